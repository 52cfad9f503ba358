using Strongroom.Storage;

namespace Strongroom.Testing.Conformance;

/// <summary>A watch that is waited for with patience, and that ends in an orderly way even while it is waiting.</summary>
internal sealed class Watch : IAsyncDisposable
{
    private readonly ConformanceRun _run;
    private readonly CancellationTokenSource _end;
    private readonly IAsyncEnumerator<long> _hints;
    private Task<bool>? _next;

    public Watch(ConformanceRun run, IVaultBackend backend, long after)
    {
        _run = run;
        _end = CancellationTokenSource.CreateLinkedTokenSource(run.Cancellation);
        _hints = backend.WatchAsync(after, _end.Token).GetAsyncEnumerator(CancellationToken.None);
    }

    /// <summary>Begins to wait for the next hint.</summary>
    public void Begin() => _next ??= _hints.MoveNextAsync().AsTask();

    /// <summary>Waits for a hint of a revision; those of earlier ones are passed over.</summary>
    public async ValueTask UntilAsync(long revision)
    {
        do
        {
            Begin();
            ConformanceRun.Require(await InTimeAsync(_run, _next!, $"no hint of revision {revision}").ConfigureAwait(false), "the watch ended by itself");
            _next = null;
        }
        while (_hints.Current < revision);
    }

    /// <summary>Cancels the watch, and requires that it ends.</summary>
    public async ValueTask CancelAsync()
    {
        Begin();
        await _end.CancelAsync().ConfigureAwait(false);
        try
        {
            while (await InTimeAsync(_run, _next!, "a cancelled watch did not end").ConfigureAwait(false))
                _next = _hints.MoveNextAsync().AsTask();
        }
        catch (OperationCanceledException)
        {
            // As it should be.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        try
        {
            if (_next is not null)
                await _next.WaitAsync(_run.Options.Patience).ConfigureAwait(false);
            await _hints.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception error) when (error is OperationCanceledException or TimeoutException)
        {
            // Whether a watch ends when it is cancelled is another check's matter.
        }

        _end.Dispose();
    }

    public static async Task<T> InTimeAsync<T>(ConformanceRun run, Task<T> task, string otherwise)
    {
        try
        {
            return await task.WaitAsync(run.Options.Patience, run.Cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException error)
        {
            throw new ConformanceFailure($"{otherwise} within {run.Options.Patience}", error);
        }
    }
}
