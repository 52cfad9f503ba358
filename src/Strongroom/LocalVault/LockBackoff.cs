namespace Strongroom.Storage;

/// <summary>
/// The pauses of one who polls for a kernel lock: short at first, since a commit takes less than a millisecond, then longer, with jitter, so that many waiters do not march in step.
/// Waiting inside the kernel is no way: it can't be given up.
/// </summary>
internal struct LockBackoff
{
    private static readonly TimeSpan First = TimeSpan.FromMicroseconds(200);
    private static readonly TimeSpan Last = TimeSpan.FromMilliseconds(5);
    private TimeSpan _next;

    /// <summary>Sleeps once.</summary>
    public void Pause()
    {
        _next = _next == default ? First : _next + _next < Last ? _next + _next : Last;
        TimeSpan time = _next * (0.5 + Random.Shared.NextDouble());

        // Thread.Sleep knows milliseconds only.
        if (OperatingSystem.IsWindows())
            Thread.Sleep(Math.Max(1, (int)time.TotalMilliseconds));
        else
            _ = Libc.MicroSleep((uint)time.TotalMicroseconds);
    }
}
