using Strongroom.Cli.Tests.Support;

namespace Strongroom.Cli.Tests.Essential;

/// <summary><c>set</c>, <c>get</c> and <c>generate</c>: what goes in comes out, to the byte, from every source.</summary>
public sealed class ValueTests
{
    [Theory]
    [InlineData("value\n")]
    [InlineData("value\r\n")]
    [InlineData(" value ")]
    [InlineData("\n")]
    public void Standard_input_is_kept_to_the_byte(string value)
    {
        using var shell = Shell.WithVault();

        shell.Run("set a/b", input: value).Ok().Says("a/b: version 1 written");

        shell.Run("get a/b").Prints(value);
    }

    [Fact]
    public void A_file_is_kept_to_the_byte()
    {
        using var shell = Shell.WithVault();
        shell.Write("value.txt", "from a file\n");

        shell.Run("set a --file value.txt").Ok();

        shell.Run("get a").Prints("from a file\n");
        shell.Run("set a --file no-such-file").Fails(2, "SR2012", "no-such-file", "there is no such file", "hint:");
    }

    [Fact]
    public void A_terminal_gets_a_newline_and_a_pipe_does_not()
    {
        using var shell = SharedVault.Shell();

        shell.Sh("strongroom get ci/token | od -An -c | tr -d ' \\n'").Prints("value-of-token");
        using var session = shell.OnTerminal("get ci/token");
        Assert.Equal("value-of-token\r\n", session.End().Ok().Output);
    }

    [Fact]
    public void A_value_with_control_characters_is_escaped_on_a_terminal_only()
    {
        using var shell = SharedVault.Shell();
        shell.Run("set odd/escape", input: "\e]0;title\a").Ok();

        shell.Run("get odd/escape").Prints("\e]0;title\a");
        using var session = shell.OnTerminal("get odd/escape");
        session.End().Ok().Hides("\e]0;title");
    }

    [Fact]
    public void A_prompt_asks_twice_and_shows_nothing()
    {
        using var shell = Shell.WithVault();
        using (var session = shell.OnTerminal("set a"))
        {
            session.Expect("Value: ").TypeHidden("typed-value\n").Expect("Value again: ").TypeHidden("typed-value\n");
            session.End().Ok().Hides("typed-value");
        }

        shell.Run("get a").Prints("typed-value");
        using var different = shell.OnTerminal("set a");
        different.Expect("Value: ").TypeHidden("one\n").Expect("Value again: ").TypeHidden("two\n");
        Assert.Contains("SR2007", different.End().Output, StringComparison.Ordinal);
        shell.Run("get a").Prints("typed-value");
    }

    [Fact]
    public void Fields_come_from_the_line_a_file_and_standard_input_and_replace_all()
    {
        using var shell = Shell.WithVault();
        shell.Write("key.pem", "line\n");

        shell.Run("set db host=db.internal key=@key.pem password=-", input: "s3cret\n").Ok();

        shell.Run("get db#host").Prints("db.internal");
        shell.Run("get db#key").Prints("line\n");
        shell.Run("get db#password").Prints("s3cret");

        shell.Run("set db username=app").Ok();
        shell.Run("get db#username").Prints("app");
        shell.Run("get db#password").Fails(3, "SR2014", "username").Hides("host");
    }

    [Theory]
    [InlineData("s3cret\n", "s3cret")]
    [InlineData("s3cret\r\n", "s3cret")]
    [InlineData("s3cret\n\n", "s3cret\n")]
    [InlineData("s3cret", "s3cret")]
    public void A_field_from_standard_input_loses_one_final_newline(string given, string kept)
    {
        using var shell = SharedVault.Shell();
        var name = $"newline/{Guid.NewGuid():N}";

        shell.Run($"set {name} password=-", input: given).Ok();

        shell.Run($"get {name}#password").Prints(kept);
    }

    [Fact]
    public void A_secret_with_fields_needs_one_named()
    {
        using var shell = SharedVault.Shell();

        shell.Run("get db/main").Fails(2, "SR2015", "password", "username", "strongroom get db/main#").Hides("value-of-password");
        shell.Run("get db/main#pin").Fails(3, "SR2014", "password, username").Hides("value-of-password");
        shell.Run("get ci/token#field").Fails(3, "SR2014", "no fields").Hides("value-of-token");
        shell.Run("get ci/token#").Fails(2, "SR2001");
    }

    [Fact]
    public void Empty_is_refused_unless_it_is_meant()
    {
        using var shell = SharedVault.Shell();
        shell.Write("empty", "");

        shell.Run("set empty/value").Fails(2, "SR2006", "Standard input is empty", "--allow-empty");
        shell.Run("set empty/value --file empty").Fails(2, "SR2006");
        shell.Run("set empty/value password=").Fails(2, "SR2006");
        shell.Run("get empty/value").Fails(3);

        shell.Run("set empty/value --allow-empty").Ok();
        shell.Run("get empty/value").Prints("");
    }

    [Fact]
    public void A_value_on_the_command_line_works_and_is_warned_about()
    {
        using var shell = SharedVault.Shell();

        shell.Run("set argv/value --value from-argv").Ok().Says("warning:", "on the command line").Hides("from-argv");
        shell.Run("get argv/value").Prints("from-argv");
        shell.Run("set argv/fields username=app password=from-argv").Ok().Says("warning:", "password").Hides("from-argv");
        Assert.DoesNotContain("warning:", shell.Run("set argv/fields username=app port=5432").Ok().Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mistyped_line_does_not_repeat_its_value()
    {
        using var shell = SharedVault.Shell();

        shell.Run("set ci/other hunter2-hunter2").Fails(2, "SR2001", "field=value").Hides("hunter2");
        shell.Run("get ci/token hunter2-hunter2").Fails(2, "SR2001").Hides("hunter2");
        shell.Run("hunter2-hunter2").Fails(2, "SR2001").Hides("hunter2");
        shell.Run("set ci/other --hunter2-Hunter2").Fails(2, "SR2001").Hides("Hunter2");
    }

    [Fact]
    public void Conditions_compare_and_set()
    {
        using var shell = SharedVault.Shell();

        shell.Run("set cas/value --if-absent", input: "one").Ok();
        shell.Run("set cas/value --if-absent", input: "two").Fails(6, "SR1414");
        shell.Run("set cas/value --if-version 2", input: "two").Fails(6, "SR1416");
        shell.Run("set cas/value --if-version 1", input: "two").Ok().Says("version 2 written");
        shell.Run("set cas/none --if-version 1", input: "two").Fails(6);
        shell.Run("set cas/value --if-version 1 --if-absent", input: "two").Fails(2, "SR2001");
        shell.Run("set cas/value --if-version x", input: "two").Fails(2, "SR2002");
    }

    [Fact]
    public void An_output_file_is_private_and_replaced_only_with_force()
    {
        using var shell = SharedVault.Shell();

        shell.Run("get ci/token -o out").Prints("");
        Assert.Equal("value-of-token", File.ReadAllText(shell.PathOf("out")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(shell.PathOf("out")));

        shell.Run("get db/main#username -o out").Fails(6, "SR2011");
        shell.Run("get db/main#username -o out --force").Ok();
        Assert.Equal("app", File.ReadAllText(shell.PathOf("out")));
    }

    [Fact]
    public void A_dry_run_writes_nothing()
    {
        using var shell = SharedVault.Shell();

        shell.Run("set dry/run --dry-run", input: "x").Ok().Says("dry run: dry/run: version 1 would be written");
        shell.Run("get dry/run").Fails(3, "SR1417");
        shell.Run("set ci/token --dry-run --if-absent", input: "x").Fails(6, "SR2016");
        shell.Run("get ci/token").Prints("value-of-token");
    }

    [Fact]
    public void Generated_values_are_stored_and_not_shown()
    {
        using var shell = SharedVault.Shell();

        shell.Run("generate gen/password --length 40").Prints("").Says("entropy 248 bits");
        Assert.Matches("^[A-Za-z0-9!#%+.:=?@_~-]{40}$", shell.Run("get gen/password").Ok().Output);
        shell.Run("generate gen/hex --kind hex --length 16").Prints("").Says("entropy 128 bits");
        Assert.Matches("^[0-9a-f]{32}$", shell.Run("get gen/hex").Ok().Output);
        shell.Run("generate gen/base64 --kind base64 --length 32").Prints("");
        Assert.Equal(32, Convert.FromBase64String(shell.Run("get gen/base64").Ok().Output).Length);
        var printed = shell.Run("generate gen/plain --no-symbols --print").Ok().Output;
        Assert.Matches("^[A-Za-z0-9]{32}$", printed);
        shell.Run("get gen/plain").Prints(printed);
    }

    [Fact]
    public void Generate_replaces_one_field_and_keeps_the_others()
    {
        using var shell = SharedVault.Shell();
        shell.Run("set gen/db username=app password=-", input: "old").Ok();

        shell.Run("generate gen/db").Fails(2, "SR2015", "--field");
        shell.Run("generate gen/db --field password --length 20").Ok();

        shell.Run("get gen/db#username").Prints("app");
        Assert.Equal(20, shell.Run("get gen/db#password").Ok().Bytes.Length);
        shell.Run("generate ci/token --field x").Fails(2, "SR2015");
        shell.Run("generate gen/x --kind words-of-mine").Fails(2, "SR2002").Hides("words-of-mine");
    }
}
