using System.Diagnostics;

namespace Strongroom.Bench.Harness;

/// <summary>The native <c>strongroom</c> command of this checkout with a vault of its own.</summary>
internal sealed class NativeCommand : IDisposable
{
    private readonly Workspace _workspace = new();

    public NativeCommand(int secrets)
    {
        string root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "Strongroom.slnx")))
            root = Path.GetDirectoryName(root) ?? throw new InvalidOperationException("The benchmark runs outside of the repository.");
        // Builds it when it is out of date.
        using Process build = Process.Start(new ProcessStartInfo(Path.Combine(root, "strongroom"), ["--version"]) { RedirectStandardOutput = true })!;
        build.WaitForExit();
        Program = Path.Combine(root, ".strongroom-build", "native", "strongroom");
        if (!File.Exists(Program))
            throw new InvalidOperationException("There is no native command: gcc and zlib1g-dev are needed.");
        _workspace.CreateVault(secrets).Dispose();
    }

    /// <summary>The binary.</summary>
    public string Program { get; }

    /// <summary>A folder of its own.</summary>
    public string Folder => _workspace.Folder;

    /// <summary>Runs a program with the vault in its environment and waits for its end.</summary>
    /// <param name="arguments">The program first.</param>
    public void Run(params string[] arguments) => Run(0, arguments);

    /// <summary>The same for a program that ends with another code.</summary>
    public void Run(int expected, string[] arguments)
    {
        using Process process = Start(arguments);
        process.StandardOutput.BaseStream.CopyTo(Stream.Null);
        process.WaitForExit();
        if (process.ExitCode != expected)
            throw new InvalidOperationException($"{string.Join(' ', arguments)} ended with {process.ExitCode}.");
    }

    /// <summary>Starts a program with the vault in its environment.</summary>
    public Process Start(params string[] arguments)
    {
        ProcessStartInfo start = new(arguments[0], arguments[1..]) { RedirectStandardOutput = true, WorkingDirectory = Folder };
        start.Environment["STRONGROOM_VAULT"] = _workspace.VaultFile;
        start.Environment["STRONGROOM_KEY_FILE"] = _workspace.KeyFile;
        start.Environment["STRONGROOM_STATE_DIR"] = Path.Combine(Folder, "state");
        return Process.Start(start)!;
    }

    public void Dispose() => _workspace.Dispose();
}
