using System.Diagnostics;

namespace Strongroom.Tests.House;

/// <summary>Programs of this repository, and tools, that tests run as processes.</summary>
internal static class Programs
{
#if DEBUG
    private const string Configuration = "Debug";
#else
    private const string Configuration = "Release";
#endif

    /// <summary>The assembly of a project that the solution builds.</summary>
    public static string Built(string project)
    {
        string name = Path.GetFileName(project);
        string framework = project.EndsWith(".Analyzers", StringComparison.Ordinal) ? "netstandard2.0" : "net10.0";
        string path = Path.Combine(Repository.Root, project, "bin", Configuration, framework, name + ".dll");
        Assert.True(File.Exists(path), $"{path} is not built: run ./test, or dotnet build Strongroom.slnx -c {Configuration}.");
        return path;
    }

    /// <summary>Starts a managed program, perhaps under another one.</summary>
    public static Process Start(string assembly, IEnumerable<string> arguments, params (string Name, string Value)[] environment) =>
        Start(["dotnet", assembly, .. arguments], environment);

    public static Process Start(string[] command, params (string Name, string Value)[] environment)
    {
        ProcessStartInfo start = new(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>Whether a tool is there.</summary>
    public static bool Has(string tool) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, tool)));
}
