namespace Strongroom;

/// <summary>Changes of a vault for one listener, of each secret the newest state. One reader at a time. From <see cref="SecretsManager.SubscribeAsync"/>.</summary>
public sealed class ChangeSubscription : IDisposable
{
    private readonly Action<ChangeSubscription> _remove;
    private readonly OrderedDictionary<SecretName, SecretChange> _pending = [];
    private readonly SemaphoreSlim _signal = new(0);
    private Exception? _failure;

    internal ChangeSubscription(Action<ChangeSubscription> remove) => _remove = remove;

    /// <summary>Waits for changes; may give none.</summary>
    /// <exception cref="StrongroomException">The vault can't be followed any more; subscribe again.</exception>
    /// <exception cref="ObjectDisposedException">The manager has been disposed of.</exception>
    public async ValueTask<IReadOnlyList<SecretChange>> NextAsync(CancellationToken ct)
    {
        await _signal.WaitAsync(ct).ConfigureAwait(false);
        if (Volatile.Read(ref _failure) is { } failure)
            throw failure;
        lock (_pending)
        {
            SecretChange[] changes = [.. _pending.Values];
            _pending.Clear();
            return changes;
        }
    }

    /// <summary>Lets the reader look up.</summary>
    internal void Poke()
    {
        try
        {
            _signal.Release();
        }
        catch (ObjectDisposedException)
        {
            // A timer or a commit was a moment too late: nobody reads any more.
        }
    }

    internal void Offer(SecretChange change)
    {
        lock (_pending)
        {
            // The newest state counts; a new version is not hidden by a later change of metadata.
            if (_pending.TryGetValue(change.Name, out SecretChange? earlier) && earlier.Kind == SecretChangeKind.Set && change.Kind == SecretChangeKind.Metadata)
                change = change with { Kind = SecretChangeKind.Set };
            _pending[change.Name] = change;
        }

        Poke();
    }

    internal void Fail(Exception error)
    {
        Volatile.Write(ref _failure, error);
        Poke();
    }

    /// <summary>Ends the subscription.</summary>
    public void Dispose()
    {
        _remove(this);
        _signal.Dispose();
    }
}
