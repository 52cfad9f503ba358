using System.Diagnostics;
using System.Runtime.InteropServices;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Platform;
using Strongroom.Cli.Running;

namespace Strongroom.Cli.Editing;

/// <summary>The user's editor: <c>STRONGROOM_EDITOR</c>, <c>VISUAL</c>, <c>EDITOR</c>, or one that is installed.</summary>
internal static class Editor
{
    private static readonly string[] Usual = ["editor", "nano", "vim", "vi"];

    /// <summary>Runs it on a file, on this terminal, and waits for its end.</summary>
    /// <exception cref="CliException">There is none, or it ended with an error.</exception>
    public static async Task EditAsync(CommandContext context, string file)
    {
        var command = CommandContext.Variable("STRONGROOM_EDITOR") ?? CommandContext.Variable("VISUAL") ?? CommandContext.Variable("EDITOR") ?? Usual.FirstOrDefault(name => Find(name) is not null)
            ?? throw new CliException(ExitCodes.Configuration, "SR2074", "There is no editor.", "Name one in EDITOR, for example: export EDITOR=nano.");
        // As git does it: the variable may hold options, or be quoted for the shell.
        var start = new ProcessStartInfo("/bin/sh", ["-c", $"exec {command} \"$@\"", command, .. Quiet(command), file]) { UseShellExecute = false };
        foreach (var name in ChildEnvironment.Unlocking)
            start.Environment.Remove(name);
        // Ctrl-C is the editor's; a closed terminal or a request to end must still wipe the file.
        Interrupts.LeaveKeyboardToCommand();
        using var hangUp = new CancellationTokenSource();
        using var registration = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
        {
            signal.Cancel = true;
            hangUp.Cancel();
        });
        using var both = CancellationTokenSource.CreateLinkedTokenSource(hangUp.Token, context.Cancellation);
        using var process = Process.Start(start)!;
        try
        {
            await process.WaitForExitAsync(both.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new CliException(ExitCodes.Cancelled, "SR2009", "Ended while editing. Nothing was written.");
        }
        finally
        {
            Interrupts.TakeKeyboardBack();
        }

        if (process.ExitCode != 0)
            throw new CliException(ExitCodes.Cancelled, "SR2074", $"The editor ended with code {process.ExitCode}. Nothing was written.", "Check EDITOR.");
    }

    // Vim keeps what was edited in four places of its own: none of them is in memory only. Said after the user's own settings, which would turn them on again; each alone, since a build without one of them stops at it.
    private static string[] Quiet(string command)
    {
        if (Find(Program(command)) is not { } path)
            return [];
        var target = new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path;
        return Path.GetFileName(target).Contains("vim", StringComparison.Ordinal)
            ? ["-n", "-i", "NONE", "-c", "silent! set nobackup | silent! set nowritebackup | silent! set patchmode= | silent! set noundofile | silent! set viminfo="]
            : [];
    }

    // The first word of a line of the shell, without the quotes that keep a path with spaces together.
    private static string Program(string command)
    {
        var text = command.TrimStart();
        return text is [('\'' or '"') and var quote, .. var quoted] ? quoted.Split(quote)[0] : text.Split(' ', '\t')[0];
    }

    private static string? Find(string name)
    {
        if (name.Contains('/', StringComparison.Ordinal))
            return File.Exists(name) ? name : null;
        return (CommandContext.Variable("PATH") ?? "/usr/bin:/bin").Split(':').Where(folder => folder.Length > 0).Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
    }
}
