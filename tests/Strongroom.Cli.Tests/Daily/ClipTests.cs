using System.Diagnostics;
using Strongroom.Cli.Tests.Support;

namespace Strongroom.Cli.Tests.Daily;

/// <summary>The clipboard of a real X server (Xvfb) with xclip and xsel; wl-copy is a stand-in that keeps the clipboard in a file, since no compositor of Wayland runs without a seat.</summary>
public sealed class ClipTests
{
    [Theory]
    [InlineData("xclip")]
    [InlineData("xsel")]
    public void On_X_a_value_goes_to_the_clipboard_and_away_again(string tool)
    {
        Need.Tool("Xvfb");
        Need.Tool("xclip");
        Need.Tool("xsel");
        using var shell = Shell.WithVault();
        using var server = new XServer(shell);
        // Only the one tool, from a folder of its own.
        Directory.CreateDirectory(shell.PathOf("bin"));
        File.CreateSymbolicLink(shell.PathOf($"bin/{tool}"), $"/usr/bin/{tool}");
        var path = shell.Variables["PATH"];
        shell.Run("set a", "the value\n").Ok();

        shell.Variables["PATH"] = shell.PathOf("bin");
        shell.Run("clip a --timeout 2s").Prints("").Says("a: copied to the clipboard, cleared in 2 s").Hides("the value");
        shell.Variables["PATH"] = path;

        Assert.Equal("the value\n", server.Clipboard());
        Assert.True(SpinWait.SpinUntil(() => server.Clipboard().Length == 0, TimeSpan.FromSeconds(30)), "it was not cleared");
    }

    [Fact]
    public void What_somebody_has_copied_meanwhile_stays()
    {
        using var shell = StandIn();
        shell.Run("set a", "the value").Ok();

        shell.Run("clip a --timeout 1s").Ok();
        Assert.Equal("the value", File.ReadAllText(shell.PathOf("clipboard")));
        File.WriteAllText(shell.PathOf("clipboard"), "something else");

        Assert.True(SpinWait.SpinUntil(() => File.Exists(shell.PathOf("looked")), TimeSpan.FromSeconds(30)), "nobody looked");
        Thread.Sleep(500);
        Assert.Equal("something else", File.ReadAllText(shell.PathOf("clipboard")));
    }

    [Fact]
    public void The_command_ends_at_once_and_whoever_clears_knows_no_value()
    {
        using var shell = StandIn();
        shell.Run("set a", "a-value-to-look-for").Ok();

        // In a command substitution: it would wait for whoever has the pipe open.
        var started = Stopwatch.StartNew();
        shell.Sh("x=$(strongroom clip a --timeout 20s --json); echo \"$x\"").Ok().Hides("a-value-to-look-for");
        Assert.True(started.Elapsed < TimeSpan.FromSeconds(15), "it waited");
        var keepers = Keepers(shell);
        var keeper = Assert.Single(keepers);
        Assert.DoesNotContain("STRONGROOM_KEY_FILE", File.ReadAllText($"/proc/{keeper}/environ"), StringComparison.Ordinal);

        // A log-out ends it: it clears first.
        Process.Start("kill", [$"{keeper}"]).WaitForExit();
        Assert.True(SpinWait.SpinUntil(() => File.ReadAllText(shell.PathOf("clipboard")).Length == 0, TimeSpan.FromSeconds(30)), "it was not cleared");
        Assert.True(SpinWait.SpinUntil(() => Keepers(shell).Count == 0, TimeSpan.FromSeconds(30)), "it is still there");
    }

    [Fact]
    public void Without_a_desktop_it_says_what_to_install_and_the_terminal_can_be_asked()
    {
        using var shell = Shell.WithVault();
        shell.Run("set a", "hello").Ok();

        shell.Run("clip a").Fails(8, "SR2072", "--osc52");
        shell.Run("clip a --osc52").Fails(2, "standard output is none");
        shell.Run("clip nothing --osc52").Fails(3);
        shell.Variables["DISPLAY"] = ":1234";
        shell.Variables["PATH"] = "/nonexistent";
        shell.Run(["clip", "a"], []).Fails(8, "xclip, xsel");
    }

    [Fact]
    public void A_terminal_gets_the_sequence()
    {
        using var shell = Shell.WithVault();
        shell.Run("set a", "hello").Ok();
        using var session = shell.OnTerminal("clip a --osc52");

        Assert.Contains("\e]52;c;aGVsbG8=\a", session.End().Ok().Output, StringComparison.Ordinal);
    }

    private static Shell StandIn()
    {
        var shell = Shell.WithVault();
        Directory.CreateDirectory(shell.PathOf("bin"));
        Script("wl-copy", "[ \"$1\" = --clear ] && : > '{0}/clipboard' || cat > '{0}/clipboard'");
        Script("wl-paste", "cat '{0}/clipboard'; touch '{0}/looked'");
        shell.Variables["PATH"] = $"{shell.PathOf("bin")}:{shell.Variables["PATH"]}";
        shell.Variables["WAYLAND_DISPLAY"] = "wayland-0";
        return shell;

        void Script(string name, string body)
        {
            var file = shell.Write($"bin/{name}", $"#!/bin/sh\n{body.Replace("{0}", shell.Folder, StringComparison.Ordinal)}\n");
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    // Those of this shell, by their state directory.
    private static List<int> Keepers(Shell shell) => [.. Process.GetProcesses().Select(process => process.Id).Where(id => Read(id, "cmdline").Contains("--clipboard-keeper", StringComparison.Ordinal) && Read(id, "environ").Contains(shell.Folder, StringComparison.Ordinal))];

    private static string Read(int process, string file)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/{file}");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private sealed class XServer : IDisposable
    {
        private readonly Shell _shell;
        private readonly Process _process;

        public XServer(Shell shell)
        {
            _shell = shell;
            // It chooses a free display and writes its number.
            _process = shell.Start(["Xvfb", "-displayfd", "1", "-screen", "0", "320x240x8", "-nolisten", "tcp"]);
            shell.Variables["DISPLAY"] = ":" + _process.StandardOutput.ReadLine();
        }

        public string Clipboard()
        {
            using var paste = _shell.Start(["timeout", "5", "xclip", "-selection", "clipboard", "-out"]);
            var text = paste.StandardOutput.ReadToEnd();
            paste.WaitForExit();
            return text;
        }

        public void Dispose()
        {
            _process.Kill();
            _process.WaitForExit();
            _process.Dispose();
        }
    }
}
