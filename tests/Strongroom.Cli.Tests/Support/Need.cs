namespace Strongroom.Cli.Tests.Support;

/// <summary>What a test needs of the machine. Missing on somebody's machine it is a reason to skip, in continuous integration (CI=true) a failure.</summary>
internal static class Need
{
    public static void Tool(string name) =>
        That((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Join(folder, name))), $"the program '{name}' is not installed");

    public static void Root() => That(Environment.IsPrivilegedProcess, "the test must run as root");

    public static void That(bool condition, string otherwise)
    {
        if (condition)
            return;
        if (string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.Ordinal))
            Assert.Fail(otherwise);
        Assert.Skip(otherwise);
    }
}
