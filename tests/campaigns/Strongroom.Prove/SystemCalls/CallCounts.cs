using System.Text.RegularExpressions;

namespace Strongroom.Prove.SystemCalls;

/// <summary>Which calls of a run were about the vault's files, each as the how-manieth of its kind on its thread: that is how strace counts.</summary>
internal static partial class CallCounts
{
    /// <summary>The calls that may have something to do with files; the others have nothing to fail for.</summary>
    public const string Traced = "openat,pread64,pwrite64,fsync,fdatasync,ftruncate,rename,renameat2,unlink,unlinkat,mkdir,fchmod,flock,getdents64,statx,newfstatat,fstat,readlink,close,read,write";

    /// <summary>Call and number, from the output of strace -f -y.</summary>
    public static IReadOnlyList<(string Call, int Number)> Of(string trace, string folder)
    {
        var counts = new Dictionary<(string Thread, string Call), int>();
        var found = new SortedSet<(string Call, int Number)>();
        foreach (string line in trace.Split('\n'))
        {
            if (Call().Match(line) is not { Success: true } match)
                continue;
            (string thread, string call) = (match.Groups[1].Value, match.Groups[2].Value);
            int number = counts[(thread, call)] = counts.GetValueOrDefault((thread, call)) + 1;
            if (line.Contains(folder, StringComparison.Ordinal))
                found.Add((call, number));
        }

        return [.. found];
    }

    [GeneratedRegex(@"^(\d+) +([a-z0-9_]+)\(")]
    private static partial Regex Call();
}
