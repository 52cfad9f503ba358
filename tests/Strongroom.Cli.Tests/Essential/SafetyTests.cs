using System.Text;
using Strongroom.Cli.Tests.Support;

namespace Strongroom.Cli.Tests.Essential;

/// <summary><c>verify</c>, <c>log</c>, <c>backup</c>, <c>restore-vault</c>, <c>accept-rollback</c>: what is found, and what is put right.</summary>
public sealed class SafetyTests
{
    private static string AuditLog(Shell shell) => Directory.EnumerateFiles(shell.PathOf("vault.json.audit"), "*.jsonl", SearchOption.AllDirectories).Single();

    private static void Replace(string path, string from, string to)
    {
        var text = File.ReadAllText(path);
        Assert.Contains(from, text, StringComparison.Ordinal);
        File.WriteAllText(path, text.Replace(from, to, StringComparison.Ordinal));
    }

    [Fact]
    public void An_untouched_vault_is_intact()
    {
        using var shell = Shell.WithVault();
        shell.Run("set a", input: "one").Ok();
        shell.Run("set a", input: "two").Ok();

        Assert.Contains("intact", shell.Run("verify").Ok().Output, StringComparison.Ordinal);
        var report = shell.Run("verify --json").Ok().Json;
        Assert.True(report.GetProperty("intact").GetBoolean());
        Assert.Equal(1, report.GetProperty("secrets").GetInt64());
        Assert.Equal(1, report.GetProperty("versions").GetInt64());
        Assert.True(shell.Run("log --verify --json").Ok().Json.GetProperty("audit").GetProperty("intact").GetBoolean());
    }

    [Theory]
    [InlineData("\"env\":\"prod\"", "\"env\":\"test\"")]
    [InlineData("\"version\":2", "\"version\":3")]
    [InlineData("\"team/b\":", "\"team/c\":")]
    public void An_edited_vault_is_caught_by_every_verb(string from, string to)
    {
        using var shell = Shell.WithVault();
        shell.Run("set team/a --tag env=prod", input: "one").Ok();
        shell.Run("set team/b", input: "one").Ok();
        shell.Run("set team/b", input: "two").Ok();
        Replace(shell.PathOf("vault.json"), from, to);

        foreach (var line in (string[])["verify", "get team/a", "list", "show team/a", "log --verify", "backup copy.json", "key list"])
            shell.Run(line).Fails(7, "SR1", "hint:");
        shell.Run("set team/a", input: "x").Fails(7);
        Assert.False(File.Exists(shell.PathOf("copy.json")));
    }

    [Fact]
    public void An_edited_audit_log_is_caught()
    {
        using var shell = Shell.WithVault();
        shell.Run("set a", input: "one").Ok();
        shell.Run("get a").Ok();
        shell.Run("set a", input: "two").Ok();
        Replace(AuditLog(shell), "\"a\"", "\"b\"");

        var verify = shell.Run("verify");
        Assert.Equal(7, verify.Exit);
        Assert.Contains("WRONG", verify.Output, StringComparison.Ordinal);
        verify.Says("SR2017");
        var log = shell.Run("log --verify");
        Assert.Equal(7, log.Exit);
        Assert.False(shell.Run("log --verify --json").Json.GetProperty("audit").GetProperty("intact").GetBoolean());
        Assert.Equal(7, shell.Run("log --verify --json").Exit);
    }

    [Fact]
    public void A_log_that_was_cut_is_caught_and_a_new_chain_names_its_end()
    {
        using var shell = Shell.WithVault();
        shell.Run("set a", input: "one").Ok();
        shell.Run("set b", input: "two").Ok();
        var log = AuditLog(shell);
        File.WriteAllLines(log, File.ReadAllLines(log)[..^1]);

        Assert.Equal(7, shell.Run("log --verify").Exit);
        shell.Run("set c", input: "x").Fails(7, "SR1426", "log restart");
        shell.Run("log restart").Fails(2, "SR2008");
        shell.Run("log restart --yes").Ok();

        shell.Run("set c", input: "x").Ok();
        shell.Run("get c").Prints("x");
    }

    [Fact]
    public void The_log_tells_who_did_what_and_no_value()
    {
        using var shell = Shell.WithVault();
        shell.Run("set db/main username=app password=-", input: "value-of-password").Ok();
        shell.Run("get db/main#password").Ok();
        shell.Run("get db/none").Fails(3);
        shell.Run("remove db/main").Ok();

        var log = shell.Run("log --json").Ok().Hides("value-of-password").Json;
        Assert.False(log.GetProperty("verified").GetBoolean());
        var operations = log.GetProperty("entries").EnumerateArray().Select(entry => $"{entry.GetProperty("operation").GetString()}").ToArray();
        Assert.Contains("set", operations);
        Assert.Contains("read", operations);
        Assert.Contains("delete", operations);
        Assert.DoesNotContain("value-of-password", File.ReadAllText(AuditLog(shell)), StringComparison.Ordinal);
        Assert.Contains("db/main", shell.Run("log").Ok().Output, StringComparison.Ordinal);
        Assert.Equal(1, shell.Run("log --limit 1 --json").Ok().Json.GetProperty("entries").GetArrayLength());
        shell.Run("log --limit 1").Ok().Says("earlier entries");
    }

    [Fact]
    public void A_checkpoint_shows_later_that_nothing_before_was_replaced()
    {
        using var shell = Shell.WithVault();
        shell.Run("set a", input: "one").Ok();
        var checkpoint = shell.Run("log checkpoint").Ok().Output;
        Assert.Equal(3, checkpoint.TrimEnd('\n').Split('\n').Length);
        shell.Write("point", checkpoint);
        shell.Run("set a", input: "two").Ok();

        shell.Run("log --verify --checkpoint point").Ok();
        var lines = checkpoint.Split('\n');
        lines[2] = Convert.ToBase64String(new byte[32]);
        shell.Write("forged", string.Join('\n', lines));
        Assert.Equal(7, shell.Run("log --verify --checkpoint forged").Exit);
        shell.Write("nonsense", "nonsense");
        shell.Run("log --verify --checkpoint nonsense").Fails(11, "SR1307");
        shell.Run("log --checkpoint point").Fails(2, "SR2001");
    }

    [Fact]
    public void A_printed_audit_key_verifies_its_chain()
    {
        using var shell = Shell.WithVault();
        shell.Run("set a", input: "one").Ok();
        shell.Write("audit-key", shell.Run("log restart --print-key --yes").Ok().Output);
        shell.Run("set a", input: "two").Ok();

        shell.Run("log --verify --printed-key-file audit-key").Ok();
        shell.Write("nonsense", "nonsense");
        shell.Run("log --verify --printed-key-file nonsense").Fails(11, "SR2019");
    }

    [Fact]
    public void An_older_copy_is_refused_until_it_is_accepted()
    {
        using var shell = Shell.WithVault();
        shell.Run("set a", input: "one").Ok();
        File.Copy(shell.PathOf("vault.json"), shell.PathOf("older"));
        shell.Run("set a", input: "two").Ok();
        File.Copy(shell.PathOf("older"), shell.PathOf("vault.json"), overwrite: true);

        shell.Run("get a").Fails(7, "SR1607", "accept-rollback");
        shell.Run("set a", input: "x").Fails(7, "SR1607");
        shell.Run("get a --as-copy").Prints("one");
        shell.Run("set a --as-copy", input: "x").Fails(2, "SR2001");

        shell.Run("accept-rollback --dry-run").Ok();
        shell.Run("get a").Fails(7, "SR1607");
        shell.Run("accept-rollback").Fails(2, "SR2008");
        shell.Run("accept-rollback --yes").Ok();
        shell.Run("get a").Prints("one");
        shell.Run("set a", input: "three").Ok();
        Assert.Contains("accept-rollback", shell.Run("log --json").Ok().Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_vault_in_its_place_is_refused()
    {
        using var shell = Shell.WithVault();
        shell.Run("init other.json --key-file vault.key").Ok();
        File.Copy(shell.PathOf("other.json"), shell.PathOf("vault.json"), overwrite: true);

        shell.Run("list").Fails(7, "SR1608");
    }

    [Fact]
    public void Two_histories_of_the_same_length_are_a_fork()
    {
        using var shell = Shell.WithVault();
        shell.Run("list").Ok();
        shell.Sh("cp -r vault.json before && cp -r vault.json.audit before.audit && cp -r state other-machine").Ok();
        shell.Run("set a", input: "one").Ok();
        shell.Sh("rm -r vault.json vault.json.audit && mv before vault.json && mv before.audit vault.json.audit").Ok();
        shell.Variables["STRONGROOM_STATE_DIR"] = shell.PathOf("other-machine");
        shell.Run("set a", input: "two").Ok();
        shell.Variables["STRONGROOM_STATE_DIR"] = shell.PathOf("state");

        shell.Run("list").Fails(7, "SR1609", "forked", "Two copies");
    }

    [Fact]
    public void A_backup_is_verified_and_comes_back()
    {
        using var shell = Shell.WithVault();
        shell.Run("set a", input: "one").Ok();
        shell.Run("backup copy.json").Ok().Says("verified");
        shell.Run("backup copy.json").Fails(6, "SR1440");
        shell.Run("set a", input: "two").Ok();

        shell.Run("get a --vault copy.json --as-copy").Prints("one");
        shell.Run("restore-vault copy.json --dry-run").Ok();
        shell.Run("restore-vault copy.json").Fails(2, "SR2008");
        var report = shell.Run("restore-vault copy.json --yes --json").Ok().Json;

        shell.Run("get a").Prints("one");
        shell.Run("verify").Ok();
        Assert.True(File.Exists(report.GetProperty("replaced").GetString()));
        Assert.True(report.GetProperty("revision").GetInt64() > report.GetProperty("copy_revision").GetInt64());
    }

    [Fact]
    public void A_damaged_copy_is_not_restored()
    {
        using var shell = Shell.WithVault();
        shell.Run("set a", input: "one").Ok();
        shell.Run("backup copy.json").Ok();
        shell.Run("set a", input: "two").Ok();
        var bytes = File.ReadAllBytes(shell.PathOf("copy.json"));
        var at = bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes("\"value\":\"")) + 12;
        bytes[at] = bytes[at] == (byte)'A' ? (byte)'B' : (byte)'A';
        File.WriteAllBytes(shell.PathOf("copy.json"), bytes);

        shell.Run("restore-vault copy.json --yes").Fails(7);
        shell.Run("restore-vault nothing.json --yes").Fails(8, "SR1410");

        shell.Run("get a").Prints("two");
        shell.Run("verify").Ok();
    }
}
