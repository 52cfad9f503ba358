using Strongroom.Cli.Tests.Support;

namespace Strongroom.Cli.Tests.Running;

/// <summary><c>run</c> on a terminal: the command has one of its own, and all of it works.</summary>
public sealed class RunTerminalTests
{
    [Fact]
    public void The_command_has_a_terminal_and_what_it_shows_is_masked()
    {
        using var shell = SharedVault.Shell();
        using var session = shell.OnTerminal("run -e A=ci/token -- sh -c 'test -t 0 && test -t 1 && test -t 2 && echo terminal $A; tty </dev/tty >/dev/null && echo own; echo $A >/dev/tty'");

        session.Expect("terminal ***").Expect("own").Expect("***");

        session.End().Ok().Hides("value-of-token");
    }

    [Fact]
    public void With_no_mask_it_has_ours()
    {
        using var shell = SharedVault.Shell();
        using var session = shell.OnTerminal("run --no-mask -e A=ci/token -- sh -c 'test -t 1 && echo terminal $A'");

        session.Expect("terminal value-of-token").End().Ok();
    }

    [Fact]
    public void Keys_reach_it_and_the_exit_code_comes_back()
    {
        using var shell = SharedVault.Shell();
        using var session = shell.OnTerminal("run -e A=ci/token -- sh -c 'printf \"say: \"; read x; echo got $x; exit 9'");

        session.Expect("say: ").Type("hello\n").Expect("got hello");

        Assert.Equal(9, session.End().Exit);
    }

    [Fact]
    public void Control_C_is_for_the_command_and_comes_once()
    {
        using var shell = SharedVault.Shell();
        shell.Write("loop.sh", "n=0; trap 'n=$((n+1)); echo caught $n' INT; echo ready; while [ $n -lt 2 ]; do sleep 0.05; done; exit 3");
        using var session = shell.OnTerminal("run -e A=ci/token -- sh loop.sh");

        session.Expect("ready").Type("\x03").Expect("caught 1").Type("\x03").Expect("caught 2");

        Assert.Equal(3, session.End().Exit);
    }

    [Fact]
    public void The_terminal_is_as_it_was_afterwards()
    {
        using var shell = SharedVault.Shell();
        using var session = shell.OnTerminal("run -e A=ci/token -- sh -c 'echo ready; read x'");

        session.Expect("ready");
        Assert.True(SpinWait.SpinUntil(() => !session.Echoes, TimeSpan.FromSeconds(30)), "keys are passed on raw");
        session.Type("x\n");
        session.End().Ok();
    }

    [Fact]
    public void Jobs_of_an_interactive_shell_work()
    {
        using var shell = SharedVault.Shell();
        shell.Variables["PS1"] = "ready> ";
        using var session = shell.OnTerminal("run -e A=ci/token -- sh -i");

        session.Expect("ready> ").Type("echo $A | cat; sleep 100\n").Expect("***");
        Thread.Sleep(300);
        session.Type("\x1a").Expect("Stopped").Type("kill -9 %1; wait; echo after; exit 4\n").Expect("after\r\n").Type("exit 4\n");

        Assert.Equal(4, session.End().Exit);
    }

    [Fact]
    public void A_stopped_command_stops_strongroom_and_goes_on_with_it()
    {
        Need.Tool("bash");
        using var shell = SharedVault.Shell();
        // It starts nothing while it waits: a shell that is stopped between vfork and exec of a child is not stopped itself.
        shell.Write("job.sh", $"set -m; mkfifo pipe\n{Shell.Quoted(shell.Command.Line)} run -e A=ci/token -- sh -c 'echo begun; read go <pipe; echo went on $A'\necho stopped with $?\necho go >pipe &\nfg %1\necho ended with $?\n");
        using var session = shell.OnTerminalOf("bash", "job.sh");

        session.Expect("begun").Type("\x1a").Expect("stopped with").Expect("went on ***").Expect("ended with 0");

        session.End().Ok();
    }

    [Fact]
    public void A_program_that_cannot_be_executed_is_told_there_too()
    {
        using var shell = SharedVault.Shell();
        File.SetUnixFileMode(shell.Write("broken", "#!/no/such/interpreter\n"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        using var session = shell.OnTerminal("run -e A=ci/token -- ./broken");

        session.Expect("SR2044");

        Assert.Equal(127, session.End().Exit);
    }

    [Fact]
    public void What_goes_into_a_file_is_not_masked_while_the_terminal_is()
    {
        using var shell = SharedVault.Shell();
        using var session = shell.OnTerminalOf("sh", "-c", $"{Shell.Quoted(shell.Command.Line)} run -e A=ci/token -- sh -c 'echo $A; echo $A >&2' >out");

        session.Expect("***").End().Ok().Hides("value-of-token");
        Assert.Equal("value-of-token\n", File.ReadAllText(shell.PathOf("out")));
    }

    [Fact]
    public void It_learns_that_the_window_has_another_size()
    {
        using var shell = SharedVault.Shell();
        shell.Write("size.sh", "stty size; trap 'stty size; exit' WINCH; echo ready; while :; do sleep 0.05; done");
        using var session = shell.OnTerminalOf("sh", "-c", $"stty rows 20 cols 70; (sleep 3; stty rows 33 cols 99 </dev/tty) & {Shell.Quoted(shell.Command.Line)} run -e A=ci/token -- sh size.sh");

        session.Expect("20 70").Expect("ready").Expect("33 99").End().Ok();
    }

    [Theory]
    [InlineData("TERM", 143)]
    [InlineData("HUP", 129)]
    [InlineData("USR1", 138)]
    public void Signals_are_passed_on(string signal, int exit)
    {
        using var shell = SharedVault.Shell();
        using var session = shell.OnTerminalOf("sh", "-c", $"{Shell.Quoted(shell.Command.Line)} run -e A=ci/token -- sh -c 'echo ready; while :; do sleep 0.05; done' & pid=$!; while ! test -e go; do sleep 0.05; done; kill -{signal} $pid; wait $pid; echo ended with $?");

        session.Expect("ready");
        File.WriteAllText(shell.PathOf("go"), "");
        session.Expect($"ended with {exit}").End().Ok();
    }
}
