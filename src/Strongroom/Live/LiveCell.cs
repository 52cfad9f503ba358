namespace Strongroom.Live;

/// <summary>One secret that is kept up to date. Changed only by <see cref="LiveSecrets"/>, one change after the other; read by everybody.</summary>
internal abstract class LiveCell(SecretName name)
{
    private readonly Lock _gate = new();
    private readonly List<Action> _callbacks = [];
    private bool _untold;
    private bool _telling;
    private StrongroomException? _trouble;
    private StrongroomException? _fault;

    public SecretName Name => name;

    /// <summary>The metadata of the value in hand.</summary>
    public SecretMetadata? Metadata { get; private set; }

    /// <summary>What keeps the newest value from being taken, or a listener's fault over the one in hand; null when the value in hand is the newest and all have heard of it.</summary>
    public StrongroomException? Trouble => _trouble ?? _fault;

    /// <summary>What keeps the newest value from being taken, whatever listeners made of the one in hand.</summary>
    public StrongroomException? Untaken => _trouble;

    /// <summary>Whether this is another value than the one in hand, or there is none in hand.</summary>
    public bool IsOther(SecretMetadata metadata) =>
        IsRefused || _trouble is not null || Metadata is null || Metadata.Version != metadata.Version || Metadata.CreatedAt != metadata.CreatedAt;

    public abstract bool IsRefused { get; }

    /// <summary>The versions that somebody may still use: the current one, and older ones with holders.</summary>
    public abstract IReadOnlyList<long> VersionsInUse { get; }

    /// <summary>Takes a value over. What the object in hand is made from stays until the new one is made. Listeners hear of it by <see cref="Tell"/>.</summary>
    public void Take(SecretData data)
    {
        SecretMetadata metadata = data.Metadata;
        Swap(data);
        (Metadata, _trouble, _fault) = (metadata, null, null);
        Untold();
    }

    public void Keep(SecretMetadata metadata) => (Metadata, _trouble) = (metadata, null);

    public void Report(StrongroomException trouble) => _trouble = trouble;

    /// <summary>The secret may no longer be used: whoever asks for it gets this error.</summary>
    public void Refuse(StrongroomException why)
    {
        bool isNew = !IsRefused;
        Drop(why);
        _trouble = why;
        if (isNew)
            Untold();
    }

    public IDisposable OnChange(Action callback)
    {
        ArgumentNullException.ThrowIfNull(callback);
        lock (_gate)
            _callbacks.Add(callback);
        return new Registration(this, callback);
    }

    /// <summary>
    /// Calls the listeners back, one call after the other. Never while a lock of the live secrets is held: a listener may look at the vault itself - send a request that is refused, open a connection - or wait for somebody who does.
    /// </summary>
    public void Tell()
    {
        for (Action[]? callbacks = TakeUntold(isFirst: true); callbacks is not null; callbacks = TakeUntold(isFirst: false))
        {
            foreach (Action callback in callbacks)
            {
                try
                {
                    callback();
                }
                catch (Exception error)
                {
                    // The swap has happened and stays; a listener's fault must not stop the others, nor have the value taken and told again.
                    _fault = new VaultConfigurationException("SR1120", $"A listener for changes of {name} failed with {error.GetType().Name}.", "Handle errors inside of the callback.");
                }
            }
        }
    }

    /// <summary>The end: the value is wiped when its last holder lets go.</summary>
    public void Close() => Drop(new ObjectDisposedException(nameof(LiveSecret), "The live secret, or the manager that it came from, has been disposed of."), forGood: true);

    protected abstract void Swap(SecretData data);

    protected abstract void Drop(Exception why, bool forGood = false);

    private void Untold()
    {
        lock (_gate)
            _untold = true;
    }

    // Null when there is nothing to tell, or somebody is at it and goes on with what is new.
    private Action[]? TakeUntold(bool isFirst)
    {
        lock (_gate)
        {
            if (isFirst && _telling)
                return null;
            _telling = _untold;
            _untold = false;
            return _telling ? [.. _callbacks] : null;
        }
    }

    private sealed class Registration(LiveCell cell, Action callback) : IDisposable
    {
        public void Dispose()
        {
            lock (cell._gate)
                cell._callbacks.Remove(callback);
        }
    }
}

/// <summary>A live secret as the object that is made from it.</summary>
/// <param name="name">The secret.</param>
/// <param name="build">Makes the object, and takes the data over.</param>
internal sealed class LiveCell<T>(SecretName name, Func<SecretData, T> build) : LiveCell(name)
    where T : class
{
    private readonly Lock _gate = new();
    private readonly List<Held<T>> _retired = [];
    private Held<T>? _current;
    private Exception? _refusal;
    private bool _closed;

    public override bool IsRefused => Volatile.Read(ref _current) is null;

    public long Version => Volatile.Read(ref _current)?.Version ?? 0;

    public override IReadOnlyList<long> VersionsInUse
    {
        get
        {
            lock (_gate)
            {
                _retired.RemoveAll(static old => old.IsReleased);
                return _current is { } current ? [.. _retired.Select(static old => old.Version), current.Version] : [.. _retired.Select(static old => old.Version)];
            }
        }
    }

    /// <summary>The hot path.</summary>
    public Held<T> Hold()
    {
        while (true)
        {
            Held<T>? current = Volatile.Read(ref _current);
            if (current is null)
                throw Refusal();

            // It fails only when the value was swapped after it was found: the next one is in place by then.
            if (current.TryHold())
                return current;
        }
    }

    protected override void Swap(SecretData data)
    {
        long version = data.Metadata.Version;
        Replace(new Held<T>(build(data), version), null);
    }

    protected override void Drop(Exception why, bool forGood = false)
    {
        lock (_gate)
            _closed |= forGood;
        Replace(null, why);
    }

    private void Replace(Held<T>? next, Exception? refusal)
    {
        Held<T>? before;
        lock (_gate)
        {
            if (_closed && next is not null)
            {
                next.Release();
                return;
            }

            before = _current;
            _refusal = refusal;
            Volatile.Write(ref _current, next);
            _retired.RemoveAll(static old => old.IsReleased);
            if (before is not null)
                _retired.Add(before);
        }

        before?.Release();
    }

    private Exception Refusal()
    {
        lock (_gate)
        {
            return _refusal switch
            {
                SecretNotFoundException error => new SecretNotFoundException(error.Code, error.Message, error.Hint),
                SecretExpiredException error => new SecretExpiredException(error.Code, error.Message, error.Hint),
                { } error => new ObjectDisposedException(nameof(LiveSecret), error.Message),
                null => new ObjectDisposedException(nameof(LiveSecret)),
            };
        }
    }
}
