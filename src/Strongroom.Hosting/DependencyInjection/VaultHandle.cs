using Strongroom.Storage;

namespace Strongroom.Hosting;

/// <summary>A vault that is opened when it is first asked for, once, and shared by everything in the application that uses it.</summary>
internal sealed class VaultHandle(StrongroomOptions options) : IAsyncDisposable, IDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Lock _ending = new();
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
            return _manager ?? Opened(Synchronously);
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
            (VaultOptions vault, Unlock unlocking) = Prepare();
            using Unlock unlock = unlocking;
            return Keep(await SecretsManager.OpenAsync(vault, unlock, ct).ConfigureAwait(false));
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

    public void Dispose() => End()?.Dispose();

    public async ValueTask DisposeAsync()
    {
        if (End() is { } manager)
            await manager.DisposeAsync().ConfigureAwait(false);
    }

    private SecretsManager? End()
    {
        lock (_ending)
        {
            _disposed = true;
            return _manager;
        }
    }

    // An opening that ends after the application has must not leave an open vault behind.
    private SecretsManager Keep(SecretsManager opened)
    {
        lock (_ending)
        {
            if (!_disposed)
            {
                (_manager, Failure) = (opened, null);
                return opened;
            }
        }

        opened.Dispose();
        throw new ObjectDisposedException(nameof(VaultHandle));
    }

    private SecretsManager Opened(Func<SecretsManager> open)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        try
        {
            return Keep(open());
        }
        catch (StrongroomException error)
        {
            Failure = error;
            throw;
        }
    }

    // What the application's own code throws here - a key service that does not answer - is an error of this library like the others: tried again, told by health, answered by a sealed copy.
    private (VaultOptions Vault, Unlock Unlock) Prepare()
    {
        try
        {
            Asked = SecretMasks.Observing(options.VaultOptions());
            return (Asked, options.OpenWith());
        }
        catch (Exception error) when (error is not StrongroomException and not OperationCanceledException)
        {
            throw new VaultUnavailableException("SR1708", $"The vault can't be opened: Unlock or ConfigureVault of the application failed with {error.GetType().Name}.", "See the error within; it is tried again where that makes sense.", error);
        }
    }

    private SecretsManager Synchronously()
    {
        (VaultOptions vault, Unlock unlocking) = Prepare();
        using Unlock unlock = unlocking;
        if (vault.Backend is null or ISynchronousBackend)
            return SecretsManager.Open(vault, unlock);
        // A database that has no synchronous way: once in the life of the application.
        return Waiting.Wait(() => SecretsManager.OpenAsync(vault, unlock).AsTask());
    }
}
