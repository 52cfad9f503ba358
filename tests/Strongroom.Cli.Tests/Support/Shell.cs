using System.Diagnostics;
using System.Text;

namespace Strongroom.Cli.Tests.Support;

/// <summary>
/// A folder in which the <c>strongroom</c> command runs as a process, with a home, a state directory and an environment of its own and without a terminal:
/// <code>
/// using var shell = Shell.WithVault();
/// shell.Run("set ci/token", input: "value").Ok();
/// shell.Run("get ci/token").Prints("value");
/// shell.Run("get nothing").Fails(3, "SR1417");
/// </code>
/// A line is split at spaces; single quotes keep a word together.
/// </summary>
internal sealed class Shell : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    public Shell(TestedCommand? command = null)
    {
        Command = command ?? TestedCommand.Default;
        Variables["HOME"] = Folder;
        Variables["STRONGROOM_STATE_DIR"] = PathOf("state");
        Variables["LANG"] = "C.UTF-8";
        foreach (var name in (string[])["PATH", "DOTNET_ROOT", "TMPDIR"])
        {
            if (Environment.GetEnvironmentVariable(name) is { } value)
                Variables[name] = value;
        }
    }

    /// <summary>What is run.</summary>
    public TestedCommand Command { get; }

    /// <summary>The folder, which the command runs in.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("strongroom-cli-").FullName;

    /// <summary>The command's whole environment.</summary>
    public Dictionary<string, string> Variables { get; } = new(StringComparer.Ordinal);

    /// <summary>A folder with the vault <c>vault.json</c>, which <c>STRONGROOM_VAULT</c> names and the key file <c>vault.key</c> opens.</summary>
    public static Shell WithVault(TestedCommand? command = null)
    {
        var shell = new Shell(command);
        shell.Variables["STRONGROOM_VAULT"] = shell.PathOf("vault.json");
        shell.Run("init --new-key-file vault.key").Ok();
        shell.Variables["STRONGROOM_KEY_FILE"] = shell.PathOf("vault.key");
        return shell;
    }

    /// <summary>The full path of a file in the folder.</summary>
    public string PathOf(string name) => Path.Join(Folder, name);

    /// <summary>Writes a file, readable for the user only.</summary>
    public string Write(string name, string content)
    {
        var path = PathOf(name);
        File.WriteAllText(path, content);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }

    /// <summary>Runs the command with a text as its standard input.</summary>
    public CommandResult Run(string line, string input = "") => Run(Split(line), Encoding.UTF8.GetBytes(input));

    /// <summary>Runs the command with bytes as its standard input; null leaves that open and silent.</summary>
    public CommandResult Run(string[] words, byte[]? input)
    {
        using var process = Start(["setsid", "--wait", .. Command.Line, .. words]);
        return Finish(process, string.Join(' ', words), input);
    }

    /// <summary>Runs a line of the Bourne shell, in which <c>strongroom</c> is the command: pipes, here-strings, descriptors.</summary>
    public CommandResult Sh(string script)
    {
        using var process = Start(["setsid", "--wait", "sh", "-c", $"strongroom() {{ {Quoted(Command.Line)} \"$@\"; }}\n{script}"]);
        return Finish(process, script, []);
    }

    /// <summary>Starts the command on a terminal of its own, to answer its prompts.</summary>
    public TerminalSession OnTerminal(string line, bool captureOutput = false) => new(this, Split(line), captureOutput);

    /// <summary>Starts another program on a terminal of its own: a shell that calls the command.</summary>
    public TerminalSession OnTerminalOf(params string[] program) => new(this, program, captureOutput: false, isCommand: false);

    /// <summary>Starts a program in this folder and environment with its streams redirected.</summary>
    public Process Start(string[] command)
    {
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        foreach (var (name, value) in Variables)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    internal static string Quoted(IEnumerable<string> words) => string.Join(' ', words.Select(word => $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'"));

    /// <summary>Feeds a process, collects what it writes, and waits for its end.</summary>
    internal static CommandResult Finish(Process process, string line, byte[]? input, TimeSpan? patience = null)
    {
        var most = patience ?? Patience;
        using var output = new MemoryStream();
        var reading = process.StandardOutput.BaseStream.CopyToAsync(output);
        var errors = process.StandardError.ReadToEndAsync();
        var writing = input is null ? Task.CompletedTask : Task.Run(() => Feed(process, input));
        var ended = process.WaitForExit(most);
        if (!ended)
            process.Kill(entireProcessTree: true);
        Task.WaitAll([reading, errors, writing], most);
        Assert.True(ended, $"strongroom {line}: did not end within {most.TotalSeconds} s. Standard error: {errors.Result}");
        return new CommandResult(line, process.ExitCode, output.ToArray(), errors.Result);
    }

    private static void Feed(Process process, byte[] input)
    {
        try
        {
            process.StandardInput.BaseStream.Write(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The command has ended without reading all of it.
        }
    }

    private static string[] Split(string line)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var (quoted, begun) = (false, false);
        foreach (var character in line)
        {
            if (character == '\'')
                (quoted, begun) = (!quoted, true);
            else if (character != ' ' || quoted)
                (_, begun) = (word.Append(character), true);
            else
                Take();
        }

        Take();
        return [.. words];

        void Take()
        {
            if (begun)
                words.Add(word.ToString());
            word.Clear();
            begun = false;
        }
    }
}
