namespace Strongroom.Vault;

/// <summary>Changes for one listener, newest state of each secret. One reader at a time.</summary>
internal sealed class ChangeSubscription(Action<ChangeSubscription> remove) : IDisposable
{
    private readonly OrderedDictionary<SecretName, SecretChange> _pending = [];
    private readonly SemaphoreSlim _signal = new(0);
    private Exception? _failure;

    /// <summary>Waits for changes, or for <see cref="Poke"/>; then there may be none.</summary>
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
    public void Poke()
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

    public void Offer(SecretChange change)
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

    public void Fail(Exception error)
    {
        Volatile.Write(ref _failure, error);
        Poke();
    }

    public void Dispose()
    {
        remove(this);
        _signal.Dispose();
    }
}
