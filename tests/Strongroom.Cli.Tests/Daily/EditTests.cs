using System.Text;
using CsCheck;
using Strongroom.Cli.Editing;
using Strongroom.Cli.Tests.Support;

namespace Strongroom.Cli.Tests.Daily;

public sealed class EditTests
{
    [Fact]
    public void A_plain_value_is_edited_in_memory_and_wiped()
    {
        using var shell = Shell.WithVault();
        shell.Run("set a", "old value").Ok();
        // What an editor does: it looks at the file, keeps a copy beside it, writes, and ends the last line.
        Editor(shell, "stat -f -c %T \"$1\" > kind; stat -c %a \"$1\" > mode; stat -c %a \"$(dirname \"$1\")\" > folder; printf %s \"$1\" > path; env > env; cp \"$1\" \"$1~\"; echo 'new value' > \"$1\"");

        shell.Run("edit a").Ok().Says("version 2 written").Hides("new value");

        shell.Run("get a").Prints("new value");
        Assert.Equal("tmpfs\n", File.ReadAllText(shell.PathOf("kind")));
        Assert.Equal("600\n", File.ReadAllText(shell.PathOf("mode")));
        Assert.Equal("700\n", File.ReadAllText(shell.PathOf("folder")));
        Assert.False(Directory.Exists(Path.GetDirectoryName(File.ReadAllText(shell.PathOf("path")))));
        Assert.DoesNotContain("STRONGROOM_KEY_FILE", File.ReadAllText(shell.PathOf("env")), StringComparison.Ordinal);
        Assert.EndsWith("/a.txt", File.ReadAllText(shell.PathOf("path")), StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_changed_is_nothing_written()
    {
        using var shell = Shell.WithVault();
        shell.Run("set a", "value").Ok();
        shell.Run("set b x=1").Ok();

        Editor(shell, ":");
        shell.Run("edit a").Ok().Says("unchanged, nothing written");
        Editor(shell, "echo >> \"$1\"");
        Assert.False(shell.Run("edit a --json").Ok().Json.GetProperty("changed").GetBoolean());
        shell.Run("edit b").Ok().Says("unchanged");
        Editor(shell, "echo other > \"$1\"; exit 3");
        shell.Run("edit a").Fails(12, "SR2074", "ended with code 3");
        Editor(shell, ": > \"$1\"");
        shell.Run("edit a").Fails(2, "SR2006");
        Editor(shell, "echo other > \"$1\"");
        shell.Run("edit a --dry-run").Ok().Says("version 2 would be written");
        shell.Run("edit new").Fails(3);
        shell.Run("get a").Prints("value");

        shell.Run("edit new --create").Ok().Says("version 1 written");
        shell.Run("get new").Prints("other");
        shell.Run(["set", "raw"], [0xff, 0x00]).Ok();
        shell.Run("edit raw").Fails(2, "SR2075");
    }

    [Fact]
    public void Fields_are_lines()
    {
        using var shell = Shell.WithVault();
        shell.Write("key", "-----BEGIN-----\nabc\n-----END-----\n");
        shell.Run(["set", "db", "host=db.internal", "key=@key", "password=-"], "s3cret: #1"u8.ToArray()).Ok();
        Editor(shell, "cp \"$1\" shown; sed -i -e 's/^host: .*/host: other/' -e 's/^  abc/  xyz/' \"$1\"; printf 'port: 5432\\n' >> \"$1\"");

        shell.Run("edit db").Ok();

        Assert.EndsWith("\nhost: db.internal\nkey: |\n  -----BEGIN-----\n  abc\n  -----END-----\npassword: s3cret: #1\n", File.ReadAllText(shell.PathOf("shown")), StringComparison.Ordinal);
        shell.Run("get db#host").Prints("other");
        shell.Run("get db#port").Prints("5432");
        shell.Run("get db#password").Prints("s3cret: #1");
        shell.Run("get db#key").Prints("-----BEGIN-----\nxyz\n-----END-----\n");
        Editor(shell, "echo 'a secret that is no field' >> \"$1\"");
        shell.Run("edit db").Fails(2, "SR2073", "Line 10").Hides("no field");
        Editor(shell, "echo '# nothing' > \"$1\"");
        shell.Run("edit db").Fails(2, "no field left");
    }

    [Fact]
    public void A_change_by_somebody_else_is_a_conflict()
    {
        using var shell = Shell.WithVault();
        shell.Run("set a", "value").Ok();
        Editor(shell, $"printf theirs | {Shell.Quoted(shell.Command.Line)} set a; echo mine > \"$1\"", keepUnlocking: true);

        shell.Run("edit a").Fails(6);

        shell.Run("get a").Prints("theirs");
        using var session = shell.OnTerminal("edit a");
        session.Expect("Write your text over it? (y/N) ").Type("y\n");
        session.End().Ok();
        shell.Run("get a").Prints("mine");
    }

    [Fact]
    public void A_real_editor_on_a_terminal_and_a_second_try()
    {
        Need.Tool("vim.tiny");
        using var shell = Shell.WithVault();
        shell.Run("set a x=1").Ok();
        shell.Variables["EDITOR"] = "vim.tiny";
        shell.Variables["TERM"] = "xterm";
        using var session = shell.OnTerminal("edit a");

        session.Expect("x: 1").Type("Gorubbish\e:wq\r");
        session.Expect("SR2073").Expect("Edit again? (y/N) ").Type("y\n");
        session.Expect("rubbish").Type("Gccy: 2\e:wq\r");
        session.End().Ok();

        shell.Run("get a#y").Prints("2");
        Assert.Empty(Directory.EnumerateFiles(shell.Folder, ".*vim*"));
    }

    // What the user's own settings turn on would leave the value on the disk: undo history, backups, a list of what was edited.
    [Theory]
    [InlineData("vim.tiny")]
    [InlineData("vim.tiny -f")]
    [InlineData("vim.basic -f")]
    [InlineData("'vim.basic' -f")]
    public void Settings_of_the_user_make_vim_keep_no_copies(string editor)
    {
        Need.Tool(editor.Trim('\'').Split(' ', '\'')[0]);
        using var shell = Shell.WithVault();
        shell.Run("set a", "old-value").Ok();
        Directory.CreateDirectory(shell.PathOf("kept"));
        shell.Write(".vimrc", "set nocompatible\nset backup writebackup\nset backupdir=~/kept directory=~/kept\nsilent! set undofile undodir=~/kept\nsilent! set viminfo='100,n~/kept/viminfo\n");
        shell.Variables["EDITOR"] = editor;
        shell.Variables["TERM"] = "xterm";
        using var session = shell.OnTerminal("edit a");

        session.Expect("old-value").Type("Gonew-value\e:wq\r");
        session.End().Ok();

        shell.Run("get a").Prints("old-value\nnew-value");
        Assert.Empty(Directory.EnumerateFileSystemEntries(shell.PathOf("kept")));
    }

    [Fact]
    public void The_keyboard_interrupts_again_after_the_editor()
    {
        using var shell = Shell.WithVault();
        shell.Run("set a x=1").Ok();
        Editor(shell, "echo rubbish >> \"$1\"");
        using var session = shell.OnTerminal("edit a");

        session.Expect("Edit again? (y/N) ").Type("\x03");

        Assert.Equal(130, session.End().Exit);
    }

    [Fact]
    public void A_text_that_can_not_be_written_is_kept()
    {
        using var agent = new Agent.AgentShell();
        var shell = agent.Shell;
        shell.Write("pass", "correct horse battery staple\n");
        agent.Run("key add --key-file vault.key --new-passphrase-file pass").Ok();
        agent.Unlock();
        Editor(shell, $"{Shell.Quoted(shell.Command.Line)} lock; echo 'new value' > \"$1\"");
        using var session = shell.OnTerminal("edit ci/token");

        session.Expect("SR2081").Expect("write it? (y/N)").Type("y\n").Expect("Passphrase: ").TypeHidden("wrong\n");
        session.Expect("SR1001").Expect("write it? (y/N)").Type("y\n").Expect("Passphrase: ").TypeHidden("correct horse battery staple\n");
        session.Expect("version 2 written").End().Ok();

        shell.Run("get ci/token --key-file vault.key").Prints("new value");
    }

    [Fact]
    public void Every_value_comes_back_from_the_text_of_its_fields()
    {
        var line = Gen.OneOf(Gen.Const(""), Gen.String[Gen.Char[" ab:#|!-\t\\'\"é\u4e16"], 0, 8]);
        var text = Gen.Select(line.List[1, 5], Gen.OneOf(Gen.Const(""), Gen.Const("\n"), Gen.Const("\n\n"), Gen.Const("\r\n"))).Select((lines, end) => Encoding.UTF8.GetBytes(string.Join('\n', lines) + end));
        Gen.OneOf(text, Gen.Byte.Array[0, 12]).List[1, 4].Sample(values =>
        {
            using var value = SecretValue.FromFields(values.Select((bytes, i) => KeyValuePair.Create($"field{i}", SecretValue.FromBytes(bytes))));
            using var written = FieldText.Write(value, "a comment\nof two lines");
            using var read = FieldText.Parse(written.Span);
            return read.FixedTimeEquals(value);
        }, iter: 5_000);
    }

    [Theory]
    [InlineData("a: 1\r\nb: 2\r\n", "a=1;b=2")]
    [InlineData("a:1\n\n# comment\nb:   2  \n", "a=1;b=2")]
    [InlineData("a: |\n  x\n\n  y\n\n\nb: 2", "a=x\n\ny\n;b=2")]
    [InlineData("a: |-\n  x\n    y", "a=x\n  y")]
    [InlineData("a:\n", "a=")]
    [InlineData("a: !base64 /w==", "a=\ufffd")]
    public void Texts_that_people_write(string text, string fields)
    {
        using var value = FieldText.Parse(Encoding.UTF8.GetBytes(text));

        Assert.Equal(fields, string.Join(';', value.FieldNames.Select(name => value.TryGetField(name, out var bytes) ? $"{name}={Encoding.UTF8.GetString(bytes)}" : "")));
    }

    [Theory]
    [InlineData("a: 1\n  b: 2\n")]
    [InlineData("a: |\nb: 2\n")]
    [InlineData("a: !base64 ?\n")]
    [InlineData("a: !int 3\n")]
    [InlineData("a b: 2\n")]
    [InlineData("\n\n")]
    public void Texts_that_are_refused(string text) => Assert.Equal("SR2073", Assert.Throws<CliException>(() => FieldText.Parse(Encoding.UTF8.GetBytes(text))).Code);

    private static void Editor(Shell shell, string body, bool keepUnlocking = false)
    {
        var unlock = keepUnlocking ? $"export STRONGROOM_KEY_FILE='{shell.Variables["STRONGROOM_KEY_FILE"]}'\n" : "";
        var path = shell.Write("my editor", $"#!/bin/sh\n{unlock}{body}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        shell.Variables["EDITOR"] = $"'{path}'";
    }
}
