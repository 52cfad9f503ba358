using System.Globalization;
using Strongroom.Cli.Tests.Support;

namespace Strongroom.Cli.Tests.Running;

/// <summary>The contract of <c>run</c>, where no terminal is needed.</summary>
public sealed class RunTests
{
    [Fact]
    public void Only_what_is_declared_is_set()
    {
        using var shell = SharedVault.Shell();
        shell.Variables["BY_REFERENCE"] = "strongroom://db/main#password";
        shell.Write("app.env", "FROM_FILE=strongroom://ci/token\nPLAIN='as it is'\n");

        shell.Run(["run", "--env", "BY_OPTION=db/main#username", "--env-file", "app.env", "--", "sh", "-c", "echo $BY_REFERENCE; echo $BY_OPTION; echo $FROM_FILE; echo $PLAIN; env | grep -c 'value-of'"], [])
            .Prints("value-of-password\napp\nvalue-of-token\nas it is\n2\n");
    }

    [Fact]
    public void The_nearest_declaration_wins()
    {
        using var shell = SharedVault.Shell();
        shell.Variables["X"] = "strongroom://nothing/here";
        shell.Write("app.env", "X=from the file\n");

        shell.Run(["run", "--env-file", "app.env", "--", "sh", "-c", "echo $X"], []).Prints("from the file\n");
        shell.Run(["run", "--env-file", "app.env", "--env", "X=ci/token", "--", "sh", "-c", "echo $X"], []).Prints("value-of-token\n");
    }

    [Fact]
    public void One_reference_that_does_not_resolve_stops_all_and_each_is_named()
    {
        using var shell = SharedVault.Shell();

        shell.Run(["run", "-e", "A=ci/token", "-e", "B=no/such", "-e", "C=db/main#pin", "-e", "D=other@ci/token", "-e", "E=ci/token?v=7", "--", "touch", "started"], [])
            .Fails(125, "SR2040", "B: ", "no/such", "C: ", "'pin'", "D: ", "'other'", "E: ").Hides("value-of");

        Assert.False(File.Exists(shell.PathOf("started")));
    }

    [Theory]
    [InlineData("run -- no-such-command", 127, "SR2044")]
    [InlineData("run -- ./no-such-command", 127, "SR2044")]
    [InlineData("run -- ./a-file", 126, "SR2045")]
    [InlineData("run -- /tmp", 126, "SR2045")]
    [InlineData("run -e A=no/such -- true", 125, "SR2040")]
    [InlineData("run --maks -- true", 125, "SR2001")]
    [InlineData("run true", 125, "SR2001")]
    [InlineData("run", 125, "SR2001")]
    [InlineData("run --env A -- true", 125, "SR2002")]
    [InlineData("run --env 'A=b c' -- true", 125, "SR1101")]
    [InlineData("run --mask --no-mask -- true", 125, "SR2001")]
    [InlineData("run --on-change HUP -- true", 125, "SR2001")]
    [InlineData("run --mount-format json -- true", 125, "SR2001")]
    public void Its_own_failures_have_codes_of_their_own(string line, int exit, string code)
    {
        using var shell = SharedVault.Shell();
        shell.Write("a-file", "");

        shell.Run(line).Fails(exit, code);
    }

    [Theory]
    [InlineData("--no-mask")]
    [InlineData("--mask")]
    public void The_exit_code_is_the_commands(string mask)
    {
        using var shell = SharedVault.Shell();

        Assert.Equal(42, shell.Run(["run", mask, "-e", "A=ci/token", "--", "sh", "-c", "exit 42"], []).Exit);
        Assert.Equal(143, shell.Run(["run", mask, "-e", "A=ci/token", "--", "sh", "-c", "kill -TERM $$; sleep 60"], []).Exit);
    }

    [Fact]
    public void Unmasked_the_command_takes_the_place_of_strongroom()
    {
        using var shell = SharedVault.Shell();

        using var process = shell.Start([.. shell.Command.Line, "run", "-e", "A=ci/token", "--", "sh", "-c", "echo $$"]);

        Assert.Equal(process.Id.ToString(CultureInfo.InvariantCulture), process.StandardOutput.ReadToEnd().Trim());
        process.WaitForExit();
    }

    [Fact]
    public void What_opens_the_vault_is_not_handed_on()
    {
        using var shell = SharedVault.Shell();
        shell.Write("pass", "unused");

        shell.Run(["run", "--", "sh", "-c", "env | grep -c -e KEY_FILE -e PASSPHRASE; true"], []).Prints("0\n");
        // The descriptor that a passphrase came from is closed too.
        shell.Variables.Remove("STRONGROOM_KEY_FILE");
        shell.Sh("printf 'a passphrase of this test' > pass && strongroom init --passphrase-file pass --vault p.json && strongroom set --vault p.json --passphrase-file pass a --value b").Ok();
        shell.Sh("strongroom run --vault p.json --passphrase-fd 7 -e A=a -- sh -c 'cat <&7' 7<pass").Hides("a passphrase");
    }

    [Fact]
    public void Signals_and_limits_are_as_they_were()
    {
        using var shell = SharedVault.Shell();

        // HUP is ignored before, as nohup does it; PIPE, which the runtime ignores, is not. The C library's own signals (32, 33) are no matter.
        foreach (var mask in (string[])["--no-mask", "--mask"])
            shell.Sh($"ulimit -c 77; trap '' HUP; strongroom run {mask} -e A=ci/token -- sh -c 'echo $(sed -n \"s/Sig[BI][lg][kn].*\\(.......\\)$/\\1/p\" /proc/self/status) $(ulimit -c)'").Prints("0000000 0000001 77\n");
    }

    [Fact]
    public void With_a_clean_environment_little_is_handed_on()
    {
        using var shell = SharedVault.Shell();
        shell.Variables["SOMETHING"] = "else";

        var names = shell.Run(["run", "--clean-env", "-e", "A=ci/token", "--", "env"], []).Ok().Output.Split('\n').Select(line => line.Split('=')[0]).ToHashSet(StringComparer.Ordinal);

        Assert.Superset(new HashSet<string>(["A", "PATH", "HOME"], StringComparer.Ordinal), names);
        Assert.DoesNotContain("SOMETHING", names);
        Assert.DoesNotContain("STRONGROOM_VAULT", names);
    }

    [Fact]
    public void An_environment_is_handed_on_byte_for_byte()
    {
        using var shell = SharedVault.Shell();

        shell.Sh(@"export ODD=$(printf 'a\377b') EMPTY=; strongroom run -- sh -c 'printf %s ""$ODD"" | od -An -tx1; test -z ""${EMPTY-unset}"" && echo empty'").Prints(" 61 ff 62\nempty\n");
    }

    [Fact]
    public void Both_streams_are_masked_in_every_form()
    {
        using var shell = SharedVault.Shell();

        var result = shell.Run(["run", "--mask", "-e", "A=odd/value", "--", "sh", "-c", "printf '%s\\n' \"$A\"; printf '%s\\n' \"$A\" >&2; printf %s \"$A\" | base64; printf %s \"$A\" | od -An -tx1 | tr -d ' \\n'; echo; printf 'x%s' \"$A\" | base64"], []);

        result.Hides("s3cr", "czNjcjN0", "73336372");
        Assert.Equal("***\n***=\n***\ne***\n", result.Output);
        Assert.Equal("***\n", result.Errors);
    }

    [Fact]
    public void Without_a_terminal_nothing_is_masked_unless_asked()
    {
        using var shell = SharedVault.Shell();

        shell.Run(["run", "-e", "A=ci/token", "--", "sh", "-c", "echo $A"], []).Prints("value-of-token\n");
    }

    [Fact]
    public void A_value_too_short_to_mask_is_told()
    {
        using var shell = SharedVault.Shell();
        shell.Run("set pin", input: "123").Ok();

        shell.Run(["run", "--mask", "-e", "A=pin", "-e", "B=ci/token", "--", "sh", "-c", "echo $A $B"], []).Says("shorter than 4 bytes").Prints("123 ***\n");
    }

    [Fact]
    public void Much_output_comes_through_whole()
    {
        using var shell = SharedVault.Shell();

        var result = shell.Run(["run", "--mask", "-e", "A=ci/token", "--", "sh", "-c", "seq 1 200000; echo $A; seq 1 1000"], []).Ok();

        var lines = result.Output.Split('\n');
        Assert.Equal(201_002, lines.Length);
        Assert.Equal("***", lines[200_000]);
        Assert.Equal(Enumerable.Range(1, 200_000).Select(i => i.ToString(CultureInfo.InvariantCulture)), lines[..200_000]);
    }

    [Fact]
    public void A_reader_that_goes_away_ends_the_command_like_any_other()
    {
        using var shell = SharedVault.Shell();

        shell.Sh("strongroom run --mask -e A=ci/token -- yes | head -n 1").Prints("y\n");
    }

    [Fact]
    public void As_files_in_memory_that_are_gone_afterwards()
    {
        using var shell = SharedVault.Shell();

        var lines = shell.Run(["run", "--files", "-e", "A=odd/value", "--", "sh", "-c", "echo $A_FILE; stat -c %a $A_FILE; stat -f -c %T $A_FILE; wc -c <$A_FILE; echo ${A-unset}"], []).Ok().Output.Split('\n');

        Assert.Equal(["600", "tmpfs", "17", "unset"], lines[1..5]);
        Assert.False(Directory.Exists(Path.GetDirectoryName(lines[0])));
    }

    [Fact]
    public void What_a_killed_run_left_in_memory_the_next_one_removes()
    {
        using var shell = SharedVault.Shell();

        var path = shell.Run(["run", "--files", "-e", "A=ci/token", "--", "sh", "-c", "echo $A_FILE; kill -KILL $PPID"], []).Output.Trim();
        Assert.True(File.Exists(path));
        shell.Run(["run", "--files", "-e", "A=ci/token", "--", "true"], []).Ok();

        Assert.False(Directory.Exists(Path.GetDirectoryName(path)));
    }

    [Theory]
    [InlineData("--no-mask")]
    [InlineData("--mask")]
    public void On_standard_input(string mask)
    {
        using var shell = SharedVault.Shell();
        var large = new byte[200_000];
        new Random(3).NextBytes(large);
        shell.Run(["set", "large"], large).Ok();

        shell.Run(["run", mask, "--stdin", "ci/token", "--", "wc", "-c"], []).Prints("14\n");
        shell.Run(["run", mask, "--stdin", "strongroom://large", "--", "sha256sum"], []).Prints(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(large)) + "  -\n");
    }

    [Fact]
    public void As_a_named_pipe_that_every_reader_gets_whole()
    {
        using var shell = SharedVault.Shell();
        shell.Write("t.yaml", "password: {{ strongroom://db/main#password }}\n");

        shell.Run(["run", "--mount", "p", "-e", "A=odd/value", "-e", "B=db/main#username", "--", "sh", "-c", "test -p p && stat -c %a p && cat p && cat p && echo ${A-unset}"], [])
            .Prints("600\nA=\"s3cr3t \\\"with\\\" \\\\ \\$\"\nB=\"app\"\nA=\"s3cr3t \\\"with\\\" \\\\ \\$\"\nB=\"app\"\nunset\n");
        shell.Run(["run", "--mount", "p", "--mount-format", "json", "-e", "B=db/main#username", "--", "cat", "p"], []).Prints("{\"B\":\"app\"}");
        shell.Run(["run", "--mount", "p", "--mount-template", "t.yaml", "--", "cat", "p"], []).Prints("password: value-of-password\n");
        Assert.False(File.Exists(shell.PathOf("p")));
        shell.Run(["run", "--mount", "t.yaml", "-e", "A=ci/token", "--", "true"], []).Fails(125, "SR2011");
    }

    [Fact]
    public void A_zero_byte_fits_into_no_variable()
    {
        using var shell = SharedVault.Shell();
        shell.Run(["set", "bytes"], [1, 0, 2]).Ok();

        shell.Run("run -e A=bytes -- true").Fails(125, "SR2043", "as=base64");
        shell.Run(["run", "-e", "A=bytes?as=base64", "--", "sh", "-c", "echo $A"], []).Prints("AQAC\n");
    }

    [Fact]
    public void A_script_without_a_first_line_is_run_by_the_shell()
    {
        using var shell = SharedVault.Shell();
        File.SetUnixFileMode(shell.Write("script", "echo \"$1 $A\"\n"), UnixFileMode.UserRead | UnixFileMode.UserExecute);

        shell.Run("run -e A=ci/token -- ./script said").Prints("said value-of-token\n");
        shell.Run("run --mask -e A=ci/token -- ./script said").Prints("said ***\n");
    }
}
