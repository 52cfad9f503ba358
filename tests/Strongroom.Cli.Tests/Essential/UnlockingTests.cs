using Strongroom.Cli.Tests.Support;

namespace Strongroom.Cli.Tests.Essential;

/// <summary>Every way to make and open a vault with a credential.</summary>
public sealed class UnlockingTests
{
    private const string Passphrase = "correct horse battery staple";

    // The least that format 1 allows: what is tested here is where the passphrase comes from.
    private const string Cheap = "--memory-cost 12288 --time-cost 3";

    private static Shell WithPassphrase()
    {
        var shell = new Shell();
        shell.Variables["STRONGROOM_VAULT"] = shell.PathOf("vault.json");
        shell.Write("pass", Passphrase + "\n");
        shell.Run($"init --passphrase-file pass {Cheap}").Ok().Says("Vault made at");
        return shell;
    }

    [Fact]
    public void A_passphrase_comes_from_a_file_a_descriptor_the_environment_or_a_prompt()
    {
        using var shell = WithPassphrase();
        shell.Run("set a --passphrase-file pass", input: "value").Ok();

        shell.Run("get a --passphrase-file pass").Prints("value");
        shell.Sh($"printf '{Passphrase}\\r\\n' >crlf; strongroom get a --passphrase-file crlf").Prints("value");
        shell.Sh("strongroom get a --passphrase-fd 3 3<pass").Prints("value");
        shell.Sh("cat pass | strongroom get a --passphrase-fd 0").Prints("value");
        shell.Variables["STRONGROOM_PASSPHRASE_FILE"] = shell.PathOf("pass");
        shell.Run("get a").Prints("value");
        shell.Variables.Remove("STRONGROOM_PASSPHRASE_FILE");
        shell.Variables["STRONGROOM_PASSPHRASE"] = Passphrase;
        shell.Run("get a").Prints("value").Says("warning:", "STRONGROOM_PASSPHRASE").Hides(Passphrase);
        shell.Variables.Remove("STRONGROOM_PASSPHRASE");
        using var session = shell.OnTerminal("get a", captureOutput: true);
        session.Expect("Passphrase: ").TypeHidden(Passphrase + "\n").End().Prints("value").Hides(Passphrase);
    }

    [Fact]
    public void An_option_switches_the_environment_off()
    {
        using var shell = WithPassphrase();
        shell.Run("key add --passphrase-file pass --new-key-file vault.key").Ok();
        shell.Variables["STRONGROOM_PASSPHRASE"] = "something forgotten";

        shell.Run("list --passphrase-file pass").Ok();
        shell.Run("list --key-file vault.key").Ok();
        shell.Run("list").Fails(4, "SR1001");
        shell.Variables["STRONGROOM_KEY_FILE"] = shell.PathOf("vault.key");
        shell.Run("list").Ok();
        using var session = shell.OnTerminal("list --passphrase-prompt");
        session.Expect("Passphrase: ").TypeHidden(Passphrase + "\n").End().Ok();
    }

    [Fact]
    public void A_passphrase_and_a_key_file_can_both_be_needed()
    {
        using var shell = new Shell();
        shell.Variables["STRONGROOM_VAULT"] = shell.PathOf("vault.json");
        shell.Write("pass", Passphrase);
        shell.Run($"init --passphrase-file pass --new-key-file vault.key {Cheap}").Ok();

        shell.Run("list --passphrase-file pass --key-file vault.key").Ok();
        shell.Run("list --passphrase-file pass").Fails(4, "SR1001");
        shell.Run("list --key-file vault.key --no-input").Fails(4, "SR1001");
        using var session = shell.OnTerminal("list --key-file vault.key");
        session.Expect("Passphrase: ").TypeHidden(Passphrase + "\n").End().Ok();
        shell.Variables["STRONGROOM_KEY_FILE"] = shell.PathOf("vault.key");
        shell.Variables["STRONGROOM_PASSPHRASE_FILE"] = shell.PathOf("pass");
        shell.Run("list").Ok();
    }

    [Fact]
    public void A_recovery_key_is_shown_once_and_opens_the_vault()
    {
        using var shell = new Shell();
        shell.Variables["STRONGROOM_VAULT"] = shell.PathOf("vault.json");

        var key = shell.Run("init --new-key-file vault.key --recovery-key").Ok().Output;

        shell.Write("recovery", key);
        shell.Run("list --recovery-key-file recovery").Ok();
        shell.Write("recovery", key.Trim()[..^1] + "\n");
        shell.Run("list --recovery-key-file recovery").Fails(11, "SR1006");
        shell.Run("init other.json --new-key-file other.key --recovery-key-file other.recovery").Prints("");
        shell.Run("list --vault other.json --recovery-key-file other.recovery").Ok();
    }

    [Fact]
    public void A_weak_passphrase_is_a_warning_or_refused()
    {
        using var shell = new Shell();
        shell.Write("weak", "123456");

        shell.Run($"init refused.json --passphrase-file weak --refuse-weak {Cheap}").Fails(11, "SR1509").Hides("123456");
        Assert.False(File.Exists(shell.PathOf("refused.json")));
        shell.Run($"init warned.json --passphrase-file weak {Cheap}").Ok().Says("warning:", "easy to guess").Hides("123456");
    }

    [Fact]
    public void Unusable_credentials_are_told_apart()
    {
        using var shell = WithPassphrase();
        shell.Write("wrong", "not this one");
        shell.Write("empty", "\n");
        shell.Write("long", new string('x', 1100));
        shell.Write("not-a-key", "strongroom-key-1 nonsense\n");

        shell.Run("list --passphrase-file wrong").Fails(4, "SR1001", "hint:");
        shell.Run("list --passphrase-file empty").Fails(11, "SR1004");
        shell.Run("list --passphrase-file long").Fails(11, "SR1004");
        shell.Run("list --passphrase-file none").Fails(2, "SR2012", "there is no such file");
        shell.Run("list --passphrase-fd 99").Fails(2, "SR2012");
        shell.Run("list --key-file not-a-key").Fails(11, "SR1005");
        shell.Run("list --key-file none").Fails(11, "SR1507");
        shell.Run("list --passphrase-file pass --passphrase-prompt").Fails(2, "SR2001");
        shell.Run("list").Fails(4, "SR2004", "no terminal");
        shell.Run("list --no-input").Fails(4, "SR2004", "--no-input");
    }

    [Fact]
    public void A_folder_holds_a_vault_too()
    {
        using var shell = new Shell();
        Directory.CreateDirectory(shell.PathOf("folder"));

        shell.Run("init folder --new-key-file vault.key").Ok();

        Assert.True(File.Exists(shell.PathOf("folder/strongroom.json")));
        shell.Run("set a --vault folder --key-file vault.key", input: "x").Ok();
        shell.Run("get a --vault folder/strongroom.json --key-file vault.key").Prints("x");
    }

    [Fact]
    public void Init_overwrites_nothing_and_leaves_nothing_behind()
    {
        using var shell = Shell.WithVault();
        var before = File.ReadAllBytes(shell.PathOf("vault.json"));

        shell.Run("init --new-key-file second.key").Fails(6, "SR1429");
        Assert.False(File.Exists(shell.PathOf("second.key")));
        shell.Run("init other.json --new-key-file vault.key").Fails(6, "SR2011");
        shell.Run("init vault.key/below-a-file.json --new-key-file third.key --recovery-key-file third.recovery").Fails(8, "SR1220");
        Assert.False(File.Exists(shell.PathOf("third.key")) || File.Exists(shell.PathOf("third.recovery")));
        shell.Run("init other.json --new-key-file third.key --recovery-key-file vault.key").Fails(6, "SR2011");
        Assert.False(File.Exists(shell.PathOf("third.key")) || File.Exists(shell.PathOf("other.json")));
        shell.Run("init dry.json --new-key-file dry.key --dry-run").Ok();
        Assert.False(File.Exists(shell.PathOf("dry.json")) || File.Exists(shell.PathOf("dry.key")));
        Assert.Equal(before, File.ReadAllBytes(shell.PathOf("vault.json")));
    }
}
