using System.Runtime.InteropServices;

namespace Strongroom.Cli.Platform;

/// <summary>Before anything secret is read: no core dumps, and no other process of the same user may attach (ptrace, <c>/proc/PID/mem</c>).</summary>
internal static partial class ProcessHardening
{
    private const int SetDumpable = 4;
    private const int CoreLimit = 4;
    private static ResourceLimit? s_before;

    /// <summary>Best effort: a system that refuses is no reason not to run.</summary>
    public static void Apply()
    {
        if (OperatingSystem.IsWindows())
            return;
        // The hard limit stays: a command that is run later gets back what there was.
        if (GetResourceLimit(CoreLimit, out var before) == 0)
        {
            s_before = before;
            var none = before with { Soft = 0 };
            _ = SetResourceLimit(CoreLimit, in none);
        }

        if (OperatingSystem.IsLinux())
            _ = ProcessControl(SetDumpable, 0, 0, 0, 0);
    }

    /// <summary>Puts the core limit back for a program that is about to be started: it is not ours to change for others. This process stays undumpable on Linux.</summary>
    public static void RestoreForChild()
    {
        if (s_before is { } before)
            _ = SetResourceLimit(CoreLimit, in before);
    }

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int GetResourceLimit(int resource, out ResourceLimit limit);

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int ProcessControl(int option, nuint a, nuint b, nuint c, nuint d);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int SetResourceLimit(int resource, in ResourceLimit limit);

    private struct ResourceLimit
    {
        public ulong Soft;
        public ulong Hard;
    }
}
