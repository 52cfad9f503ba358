namespace Strongroom.Hosting;

/// <summary>A live secret that is made when it is first needed, and shared by all handlers of a client: those come and go every few minutes.</summary>
internal sealed class LiveSource<T>(IServiceProvider services, string? key, SecretName name, Func<SecretData, T> build) : IDisposable
    where T : class
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private volatile LiveSecret<T>? _live;

    public SecretName Name => name;

    public async ValueTask<LiveSecret<T>> GetAsync(CancellationToken ct)
    {
        if (_live is { } live)
            return live;
        await _gate.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            if (_live is { } now)
                return now;
            SecretsManager vault = await new VaultRegistration(key).HandleIn(services).OpenAsync(ct).ConfigureAwait(false);
            return _live = await vault.LiveAsync(name, build, ct).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    public LiveSecret<T> Get(CancellationToken ct) => _live ?? Waiting.Wait(() => GetAsync(ct).AsTask());

    /// <summary>Whether there is another version than the one that was refused, when one has looked.</summary>
    public static async ValueTask<bool> HasMovedAsync(LiveSecret<T> live, long version, CancellationToken ct)
    {
        if (live.Version == version)
            await live.RefreshAsync(ct).ConfigureAwait(false);
        return live.Version != version && live.Version != 0;
    }

    public void Dispose()
    {
        _live?.Dispose();
        _gate.Dispose();
    }
}
