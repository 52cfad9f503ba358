using System.Diagnostics;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Running;

namespace Strongroom.Cli.Clipboard;

/// <summary>A program that the desktop has for its clipboard. Values go to it by a pipe.</summary>
/// <param name="Name">For messages.</param>
/// <param name="Copy">Takes standard input as the new content.</param>
/// <param name="Once">The same, for one paste; null when it can't.</param>
/// <param name="Paste">Writes the content to standard output.</param>
/// <param name="Clear">Empties it; null: an empty copy does.</param>
internal sealed record ClipboardTool(string Name, string[] Copy, string[]? Once, string[] Paste, string[]? Clear)
{
    private const string Hint = "Wayland: install wl-clipboard; X11: install xclip or xsel; over SSH: --osc52 asks the terminal itself.";

    // A program of the desktop that does not answer must not hang the command.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly ClipboardTool Wayland = new("wl-copy", ["wl-copy"], ["wl-copy", "--paste-once"], ["wl-paste", "--no-newline"], ["wl-copy", "--clear"]);
    private static readonly ClipboardTool XClip = new("xclip", ["xclip", "-selection", "clipboard", "-in"], ["xclip", "-selection", "clipboard", "-in", "-loops", "1"], ["xclip", "-selection", "clipboard", "-out"], null);
    private static readonly ClipboardTool XSel = new("xsel", ["xsel", "--clipboard", "--input"], null, ["xsel", "--clipboard", "--output"], ["xsel", "--clipboard", "--delete"]);
    private static readonly ClipboardTool MacOS = new("pbcopy", ["pbcopy"], null, ["pbpaste"], null);
    private static readonly ClipboardTool Windows = new("clip.exe", ["clip.exe"], null, ["powershell.exe", "-NoProfile", "-Command", "[Console]::Out.Write((Get-Clipboard -Raw))"], null);

    /// <summary>The one for this session.</summary>
    /// <exception cref="CliException">There is no desktop, or no program for its clipboard.</exception>
    public static ClipboardTool Find()
    {
        var candidates = new List<ClipboardTool>();
        if (OperatingSystem.IsWindows())
            candidates.Add(Windows);
        if (OperatingSystem.IsMacOS())
            candidates.Add(MacOS);
        if (CommandContext.Variable("WAYLAND_DISPLAY") is not null)
            candidates.Add(Wayland);
        if (CommandContext.Variable("DISPLAY") is not null)
            candidates.AddRange([XClip, XSel]);
        if (candidates.Count == 0)
            throw new CliException(ExitCodes.Unavailable, "SR2072", "There is no desktop here whose clipboard could be used.", Hint);
        return candidates.Find(tool => IsInstalled(tool.Copy[0]) && IsInstalled(tool.Paste[0]))
            ?? throw new CliException(ExitCodes.Unavailable, "SR2072", $"No program for the clipboard is installed: {string.Join(", ", candidates.Select(tool => tool.Name))}.", Hint);
    }

    /// <summary>Runs one of its commands with this input.</summary>
    /// <exception cref="CliException">It can't be run, or fails.</exception>
    public static void Give(string[] command, ReadOnlySpan<byte> input)
    {
        using var process = Start(command);
        try
        {
            process.StandardInput.BaseStream.Write(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended early; its exit code is judged below.
        }

        // Its output is not read to the end: the program that goes on in the background to serve the clipboard holds it open.
        Finish(process, command[0]);
    }

    /// <summary>Reads the content; null when that can't be had, as when there is none.</summary>
    public static byte[]? Read(string[] command)
    {
        using var process = Start(command);
        process.StandardInput.Close();
        using var content = new MemoryStream();
        var reading = process.StandardOutput.BaseStream.CopyToAsync(content);
        if (process.WaitForExit(Patience) && reading.Wait(Patience))
            return process.ExitCode == 0 ? content.ToArray() : null;
        process.Kill();
        return null;
    }

    private static Process Start(string[] command)
    {
        var start = new ProcessStartInfo(command[0], command[1..]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var name in ChildEnvironment.Unlocking)
            start.Environment.Remove(name);
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new CliException(ExitCodes.Unavailable, "SR2072", $"{command[0]} can't be run.", Hint, error);
        }
    }

    private static void Finish(Process process, string name)
    {
        if (!process.WaitForExit(Patience))
        {
            process.Kill();
            throw new CliException(ExitCodes.Unavailable, "SR2072", $"{name} does not end.", "Check that the desktop answers.");
        }

        if (process.ExitCode != 0)
            throw new CliException(ExitCodes.Unavailable, "SR2072", $"{name} ended with code {process.ExitCode}.", "Check that the desktop of DISPLAY or WAYLAND_DISPLAY is there and may be used.");
    }

    private static bool IsInstalled(string name) =>
        OperatingSystem.IsWindows() || (CommandContext.Variable("PATH") ?? "").Split(':').Any(folder => folder.Length > 0 && File.Exists(Path.Combine(folder, name)));
}
