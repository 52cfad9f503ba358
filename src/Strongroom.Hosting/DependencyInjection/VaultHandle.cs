using Strongroom.Storage;

namespace Strongroom.Hosting;

/// <summary>A vault that is opened when it is first asked for, once, and shared by everything in the application that uses it.</summary>
internal sealed class VaultHandle(StrongroomOptions options) : IAsyncDisposable, IDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private volatile SecretsManager? _manager;
    private bool _disposed;

    public StrongroomOptions Options => options;

    /// <summary>With which options it was last tried to open it.</summary>
    public VaultOptions? Asked { get; private set; }

    /// <summary>The vault when it is open.</summary>
    public SecretsManager? Manager => _manager;

    /// <summary>Why the last attempt to open it failed.</summary>
    public StrongroomException? Failure { get; private set; }

    /// <summary>Opens the vault, for those who can't wait asynchronously: factories of a container, and configuration.</summary>
    public SecretsManager Open()
    {
        if (_manager is { } open)
            return open;
        _gate.Wait();
        try
        {
            return _manager ??= Opened(Synchronously);
        }
        finally
        {
            _gate.Release();
        }
    }

    public async ValueTask<SecretsManager> OpenAsync(CancellationToken ct)
    {
        if (_manager is { } open)
            return open;
        await _gate.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            if (_manager is { } now)
                return now;
            ObjectDisposedException.ThrowIf(_disposed, this);
            VaultOptions vault = Asked = SecretMasks.Observing(options.VaultOptions());
            using Unlock unlock = options.OpenWith();
            _manager = await SecretsManager.OpenAsync(vault, unlock, ct).ConfigureAwait(false);
            Failure = null;
            return _manager;
        }
        catch (StrongroomException error)
        {
            Failure = error;
            throw;
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose()
    {
        _disposed = true;
        _manager?.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        _disposed = true;
        if (_manager is { } manager)
            await manager.DisposeAsync().ConfigureAwait(false);
    }

    private SecretsManager Opened(Func<SecretsManager> open)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        try
        {
            SecretsManager manager = open();
            Failure = null;
            return manager;
        }
        catch (StrongroomException error)
        {
            Failure = error;
            throw;
        }
    }

    private SecretsManager Synchronously()
    {
        VaultOptions vault = Asked = SecretMasks.Observing(options.VaultOptions());
        using Unlock unlock = options.OpenWith();
        if (vault.Backend is null or ISynchronousBackend)
            return SecretsManager.Open(vault, unlock);
        // A database that has no synchronous way: this thread waits for one of the pool, once in the life of the application.
        return Task.Run(() => SecretsManager.OpenAsync(vault, unlock).AsTask()).ConfigureAwait(false).GetAwaiter().GetResult();
    }
}
