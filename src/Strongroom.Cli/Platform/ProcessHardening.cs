using System.Runtime.InteropServices;

namespace Strongroom.Cli.Platform;

/// <summary>Before anything secret is read: no core dumps, and no other process of the same user may attach (ptrace, <c>/proc/PID/mem</c>).</summary>
internal static partial class ProcessHardening
{
    private const int SetDumpable = 4;
    private const int CoreLimit = 4;

    /// <summary>Best effort: a system that refuses is no reason not to run.</summary>
    public static void Apply()
    {
        if (OperatingSystem.IsWindows())
            return;
        var none = default(ResourceLimit);
        _ = SetResourceLimit(CoreLimit, in none);
        if (OperatingSystem.IsLinux())
            _ = ProcessControl(SetDumpable, 0, 0, 0, 0);
    }

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int ProcessControl(int option, nuint a, nuint b, nuint c, nuint d);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int SetResourceLimit(int resource, in ResourceLimit limit);

    private readonly struct ResourceLimit
    {
        public readonly ulong Soft;
        public readonly ulong Hard;
    }
}
