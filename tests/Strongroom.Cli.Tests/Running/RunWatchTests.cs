using Strongroom.Cli.Tests.Support;

namespace Strongroom.Cli.Tests.Running;

/// <summary><c>run --watch</c>: what happens when a secret gets a new version.</summary>
public sealed class RunWatchTests
{
    [Fact]
    public void The_command_starts_again_with_the_new_value()
    {
        using var shell = WithSecret("watch/restart");
        using var process = Start(shell, "--watch", "-e", "A=watch/restart", "--", "sh", "-c", "echo $A; exec sleep 600");

        Assert.Equal("first-value", process.StandardOutput.ReadLine());
        shell.Run("set watch/restart", input: "second-value").Ok();
        Assert.Equal("second-value", process.StandardOutput.ReadLine());
        using var kill = shell.Start(["kill", "-TERM", $"{process.Id}"]);

        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(60)));
        Assert.Equal(143, process.ExitCode);
    }

    [Fact]
    public void Or_its_files_are_renewed_and_it_is_told()
    {
        using var shell = WithSecret("watch/files");
        using var process = Start(shell, "--watch", "--on-change", "HUP", "--mask", "--files", "-e", "A=watch/files", "--", "sh", "-c", "trap 'wc -c <$A_FILE; cat $A_FILE; exit 7' HUP; echo begun; while :; do sleep 0.05; done");

        Assert.Equal("begun", process.StandardOutput.ReadLine());
        shell.Run("set watch/files", input: "a longer second value").Ok();

        Assert.Equal("21\n***", process.StandardOutput.ReadToEnd());
        process.WaitForExit();
        Assert.Equal(7, process.ExitCode);
    }

    [Fact]
    public void Or_it_is_ended()
    {
        using var shell = WithSecret("watch/exit");
        using var process = Start(shell, "--watch", "--on-change", "exit", "-e", "A=watch/exit", "--", "sh", "-c", "echo begun; exec sleep 600");

        Assert.Equal("begun", process.StandardOutput.ReadLine());
        shell.Run("set watch/exit", input: "second-value").Ok();

        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(60)));
        Assert.Equal(143, process.ExitCode);
    }

    [Fact]
    public void While_the_new_values_do_not_resolve_it_goes_on_with_the_old()
    {
        using var shell = WithSecret("watch/gone");
        using var process = Start(shell, "--watch", "-e", "A=watch/gone", "--", "sh", "-c", "echo $A; while ! test -e go; do sleep 0.05; done; echo still $A");

        Assert.Equal("first-value", process.StandardOutput.ReadLine());
        shell.Run("remove watch/gone --yes").Ok();
        Assert.Contains("can't be used", process.StandardError.ReadLine(), StringComparison.Ordinal);
        File.WriteAllText(shell.PathOf("go"), "");

        Assert.Equal("still first-value", process.StandardOutput.ReadLine());
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    private static Shell WithSecret(string name)
    {
        var shell = SharedVault.Shell();
        shell.Run($"set {name}", input: "first-value").Ok();
        return shell;
    }

    private static System.Diagnostics.Process Start(Shell shell, params string[] options) => shell.Start([.. shell.Command.Line, "run", "--quiet", "--watch-interval", "1s", .. options]);
}
