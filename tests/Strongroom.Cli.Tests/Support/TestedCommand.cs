using System.Diagnostics;

namespace Strongroom.Cli.Tests.Support;

/// <summary>How the command under test is called.</summary>
/// <param name="Line">The program and its first arguments.</param>
internal sealed record TestedCommand(params string[] Line)
{
    private static readonly Lazy<TestedCommand> s_native = new(BuildNative);

    /// <summary>The managed build, which the tests' own build has made.</summary>
    public static TestedCommand Managed { get; } = new(Path.Join(AppContext.BaseDirectory, "Strongroom.Cli"));

    /// <summary>The binary that <c>STRONGROOM_TEST_COMMAND</c> names (<c>./test</c> sets it to the native one, which starts ten times faster), else the managed build.</summary>
    public static TestedCommand Default { get; } = Environment.GetEnvironmentVariable("STRONGROOM_TEST_COMMAND") is { Length: > 0 } path ? new(path) : Managed;

    /// <summary>The native binary, which <c>./strongroom</c> builds when it is not there or out of date. About a minute then.</summary>
    public static TestedCommand Native => s_native.Value;

    /// <summary>The folder of the repository.</summary>
    public static string Root { get; } = FindRoot();

    private static TestedCommand BuildNative()
    {
        using var process = Process.Start(new ProcessStartInfo(Path.Join(Root, "strongroom"), ["version", "--json"]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true })!;
        var result = Shell.Finish(process, "version --json (first start)", [], TimeSpan.FromMinutes(9)).Ok();
        Need.That(result.Json.GetProperty("native").GetBoolean(), "a C compiler and the headers of zlib are not installed (Debian: gcc, zlib1g-dev)");
        return new(Path.Join(Root, ".strongroom-build/native/strongroom"));
    }

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Join(folder, "Strongroom.slnx")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests run outside of the repository.");
        return folder;
    }
}
