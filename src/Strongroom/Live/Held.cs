namespace Strongroom.Live;

/// <summary>An object that is disposed of when its last holder lets go of it. Its owner is the first holder. No lock, no allocation.</summary>
internal sealed class Held<T>(T value, long version)
    where T : class
{
    private int _holders = 1;

    /// <summary>Only for whoever holds it.</summary>
    public T Value => value;

    public long Version => version;

    public bool IsReleased => Volatile.Read(ref _holders) == 0;

    /// <summary>Becomes a holder; false when the last one has let go, for then the object is gone for good.</summary>
    public bool TryHold()
    {
        int holders = Volatile.Read(ref _holders);
        while (holders > 0)
        {
            int found = Interlocked.CompareExchange(ref _holders, holders + 1, holders);
            if (found == holders)
                return true;
            holders = found;
        }

        return false;
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
            (value as IDisposable)?.Dispose();
    }
}
