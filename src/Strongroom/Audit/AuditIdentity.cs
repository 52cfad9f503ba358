using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;

namespace Strongroom.Audit;

/// <summary>Who acts: the operating system's account, this machine, the program. What an environment variable says is not evidence and is not asked.</summary>
internal static partial class AuditIdentity
{
    /// <summary><c>user@host</c>: whose chain it is.</summary>
    public static string Owner { get; } = $"{Clean(User(), 128)}@{Clean(Environment.MachineName, 128)}";

    /// <summary><c>user@host program[pid]</c>, or <c>user@host other[pid] via program[pid]</c>.</summary>
    /// <param name="options">Name the program, or who is acted for.</param>
    public static Func<string> Actor(AuditOptions options)
    {
        string actor = Actor(options.Program);
        return options.ActingFor is { } other ? () => $"{Owner} {Clean(other(), 96)} via{actor[Owner.Length..]}" : () => actor;
    }

    /// <summary><c>user@host program[pid]</c>.</summary>
    /// <param name="program">The program's name; the process's when null.</param>
    private static string Actor(string? program)
    {
        program ??= Environment.ProcessPath is { } path ? Path.GetFileNameWithoutExtension(path) : "unknown";
        return string.Create(CultureInfo.InvariantCulture, $"{Owner} {Clean(program, 128)}[{Environment.ProcessId}]");
    }

    /// <summary>Replaces what could forge a line on a terminal or is not Unicode text, and cuts to a number of UTF-8 bytes.</summary>
    internal static string Clean(string text, int maxBytes)
    {
        var clean = new StringBuilder();
        int bytes = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            Rune shown = Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
                ? new Rune('?') : rune;
            bytes += shown.Utf8SequenceLength;
            if (bytes > maxBytes)
                break;
            clean.Append(shown);
        }

        return clean.Length == 0 ? "?" : clean.ToString();
    }

    // An account without an entry in the user database (containers) has no name, but it is somebody.
    private static string User()
    {
        string name = Environment.UserName;
        return name.Length > 0 || OperatingSystem.IsWindows() ? name : string.Create(CultureInfo.InvariantCulture, $"uid-{EffectiveUser()}");
    }

    [UnsupportedOSPlatform("windows")]
    [LibraryImport("libc", EntryPoint = "geteuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial uint EffectiveUser();
}
