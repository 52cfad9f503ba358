using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Strongroom.Cli.Scanning;

/// <summary>Asks git: what it tracks, what it ignores, what is staged, what its history holds.</summary>
/// <param name="folder">Where.</param>
internal sealed class Git(string folder)
{
    /// <summary>Whether the folder is in a working tree, and git is to be had.</summary>
    public bool IsRepository => TryText(out var answer, "rev-parse", "--is-inside-work-tree") && answer.Trim() == "true";

    /// <summary>Files below the folder that are tracked, or new and not ignored.</summary>
    public IReadOnlyList<string> Files() => Paths("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate");

    /// <summary>Files that a commit would change, by their place in the index.</summary>
    public IReadOnlyList<string> Staged() => Paths("diff", "--cached", "--name-only", "-z", "--diff-filter=ACMRT", "--no-ext-diff").Where(path => !path.Contains('\n', StringComparison.Ordinal)).ToList();

    /// <summary>The folder of hooks.</summary>
    public string Hooks() => Path.Combine(folder, Text("rev-parse", "--git-path", "hooks").TrimEnd('\n'));

    /// <summary>A commit that added or removed an object, short.</summary>
    public string? CommitOf(string id) => TryText(out var answer, "log", "--all", "--format=%h", "-1", $"--find-object={id}") && answer.Trim() is { Length: > 0 } commit ? commit : null;

    /// <summary>The objects that any branch, tag or stash reaches, with the path that each is known by.</summary>
    public Dictionary<string, string> Reachable()
    {
        var objects = new Dictionary<string, string>(StringComparer.Ordinal);
        using var process = Start(["rev-list", "--objects", "--all"]);
        while (process.StandardOutput.ReadLine() is { } line)
        {
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            objects.TryAdd(space < 0 ? line : line[..space], space < 0 ? "" : line[(space + 1)..]);
        }

        Finish(process);
        return objects;
    }

    /// <summary>Gives the content of objects, one after the other.</summary>
    /// <param name="names">Ids, or <c>:path</c> for what is in the index.</param>
    /// <param name="take">Takes a name, its type, its id and a reader of its content.</param>
    public void Read(IReadOnlyCollection<string> names, Action<string, string, string, TextScanner.Reader> take)
    {
        using var process = Start(["cat-file", "--batch", "--buffer"], input: true);
        var feeding = Task.Run(() =>
        {
            foreach (var name in names)
                process.StandardInput.WriteLine(name);
            process.StandardInput.Close();
        });
        using var output = new BufferedStream(process.StandardOutput.BaseStream, 256 * 1024);
        foreach (var name in names)
        {
            if (Line(output).Split(' ') is not [var id, var type, var size] || !long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var left))
                continue;
            take(name, type, id, buffer =>
            {
                var count = output.Read(buffer[..(int)Math.Min(buffer.Length, left)]);
                left -= count;
                return count;
            });
            // What was not read, and the newline behind it.
            for (var rest = left + 1; rest > 0 && output.ReadByte() >= 0; rest--)
            {
            }
        }

        feeding.Wait();
        Finish(process);
    }

    private string[] Paths(params string[] arguments) => Text(arguments).Split('\0', StringSplitOptions.RemoveEmptyEntries);

    private string Text(params string[] arguments)
    {
        using var process = Start(arguments);
        var text = process.StandardOutput.ReadToEnd();
        Finish(process);
        return text;
    }

    private bool TryText(out string text, params string[] arguments)
    {
        text = "";
        try
        {
            text = Text(arguments);
            return true;
        }
        catch (CliException)
        {
            return false;
        }
    }

    private Process Start(string[] arguments, bool input = false)
    {
        var start = new ProcessStartInfo("git", ["-C", folder, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            StandardOutputEncoding = Encoding.Latin1,
            StandardInputEncoding = Encoding.Latin1,
        };
        try
        {
            var process = Process.Start(start)!;
            process.BeginErrorReadLine();
            if (!input)
                process.StandardInput.Close();
            return process;
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new CliException(ExitCodes.Unavailable, "SR2061", "git can't be run.", "Install git.", error);
        }
    }

    private void Finish(Process process)
    {
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new CliException(ExitCodes.Unavailable, "SR2061", $"git ended with code {process.ExitCode} in {folder}.", "Check that it is a git repository that you may read.");
    }

    private static string Line(BufferedStream stream)
    {
        var line = new StringBuilder();
        for (int item; (item = stream.ReadByte()) >= 0 && item != '\n';)
            line.Append((char)item);
        return line.ToString();
    }
}
