using Strongroom.Cli.Tests.Support;

namespace Strongroom.Cli.Tests.Running;

/// <summary><c>inject</c>, <c>check</c> and <c>shell-hook</c>.</summary>
public sealed class InjectTests
{
    [Fact]
    public void References_are_filled_and_all_else_is_copied_byte_for_byte()
    {
        using var shell = SharedVault.Shell();
        byte[] odd = [.. "a: {{strongroom://ci/token}}, b: \"strongroom://db/main#password\"; {{ x }} \r\n"u8, 0xFF, 0, .. "<strongroom://ci/token?as=base64>. strongroom://ci/token."u8];

        byte[] expected = [.. "a: value-of-token, b: \"value-of-password\"; {{ x }} \r\n"u8, 0xFF, 0, .. "<dmFsdWUtb2YtdG9rZW4=>. value-of-token."u8];
        Assert.Equal(expected, shell.Run(["inject"], odd).Ok().Bytes);
    }

    [Fact]
    public void Into_a_file_as_a_whole_or_not_at_all()
    {
        using var shell = SharedVault.Shell();
        shell.Write("t", "x=strongroom://ci/token\n");
        shell.Write("bad", "x=strongroom://ci/token\ny=strongroom://no/such\nz=strongroom://db/main\n");

        shell.Run("inject -i t -o out").Ok().Says("1 references filled");
        Assert.Equal("x=value-of-token\n", File.ReadAllText(shell.PathOf("out")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(shell.PathOf("out")));
        shell.Run("inject -i t -o out").Fails(6, "SR2011");
        shell.Run("inject -i bad -o out --force").Fails(3, "SR2040", "bad:2", "bad:3");
        Assert.Equal("x=value-of-token\n", File.ReadAllText(shell.PathOf("out")));
        shell.Run("inject -i t -o out --force").Ok();
        Assert.Equal(["bad", "out", "t"], Directory.GetFiles(shell.Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_only_looks_like_a_reference_is_an_error()
    {
        using var shell = SharedVault.Shell();

        shell.Run("inject", input: "a\nStrongroom://ci/token").Fails(11, "SR1116", "standard input:2");
        shell.Run("inject", input: "nothing to fill").Prints("nothing to fill");
    }

    [Fact]
    public void Check_names_what_does_not_resolve_and_reads_no_value()
    {
        using var shell = SharedVault.Shell();
        shell.Write("app.env", "A=strongroom://ci/token\nB=strongroom://no/such\nC=strongroom://ci/token?v=9\nD=strongroom://db/main#pin\nE=strongroom://x@ci/token\nF=strongroom://\n");

        var result = shell.Run("check app.env");
        Assert.Equal(9, result.Exit);
        Assert.Equal(["app.env:6: ", "app.env:2: ", "app.env:3: ", "app.env:5: "], result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line[..11]));
        Assert.Contains("app.env:4: db/main has no field 'pin'", shell.Run("check app.env --fields").Output, StringComparison.Ordinal);
        Assert.Equal(4, shell.Run("check app.env --json").Json.GetProperty("findings").GetArrayLength());
        shell.Run("check vault.key.missing").Fails(2, "SR2012");
    }

    [Fact]
    public void Check_looks_at_the_environment_when_no_file_is_given()
    {
        using var shell = SharedVault.Shell();
        shell.Variables["A"] = "strongroom://ci/token";
        shell.Run("check").Prints("").Says("1 references, 0 that");
        shell.Variables["B"] = "strongroom://no/such";

        Assert.Equal("B: there is no secret 'no/such'\n", shell.Run("check").Output);
    }

    [Fact]
    public void A_hook_makes_functions_that_run_commands_with_their_secrets()
    {
        using var shell = SharedVault.Shell();

        var hook = shell.Run(["shell-hook", "bash", "--env", "A=ci/token", "printenv"], []).Ok().Output;
        Assert.StartsWith("printenv() { command strongroom 'run' '--vault' '/", hook, StringComparison.Ordinal);
        // The shell finds the command as any other.
        Directory.CreateDirectory(shell.PathOf("bin"));
        File.SetUnixFileMode(shell.Write("bin/strongroom", $"#!/bin/sh\nexec {Shell.Quoted(shell.Command.Line)} \"$@\"\n"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        shell.Sh("PATH=$PWD/bin:$PATH; eval \"$(command strongroom shell-hook bash --env A=ci/token printenv)\"; printenv A; echo ${A-unset}").Prints("value-of-token\nunset\n");
    }

    [Theory]
    [InlineData("bash", "a() { command strongroom 'run' '--env' 'X=ci/token' -- a \"$@\"; }\n")]
    [InlineData("zsh", "a() { command strongroom 'run' '--env' 'X=ci/token' -- a \"$@\"; }\n")]
    [InlineData("fish", "function a --wraps a\n    command strongroom 'run' '--env' 'X=ci/token' -- a $argv\nend\n")]
    [InlineData("pwsh", "function global:a { & (Get-Command -CommandType Application strongroom)[0] 'run' '--env' 'X=ci/token' '--' 'a' @args }\n")]
    public void Hooks_are_in_the_words_of_each_shell(string name, string expected)
    {
        using var shell = new Shell();

        shell.Run(["shell-hook", name, "--env", "X=ci/token", "a"], []).Prints(expected);
    }

    [Theory]
    [InlineData("shell-hook bash")]
    [InlineData("shell-hook tcsh a")]
    [InlineData("shell-hook bash 'a;b'")]
    [InlineData("shell-hook bash --env X a")]
    [InlineData("shell-hook bash --env 'X=$(id)' a")]
    public void A_hook_refuses_what_a_shell_would_take_for_more(string line)
    {
        using var shell = new Shell();

        Assert.Equal(2, shell.Run(line).Exit);
    }
}
