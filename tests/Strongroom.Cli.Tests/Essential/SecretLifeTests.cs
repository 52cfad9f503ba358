using Strongroom.Cli.Tests.Support;

namespace Strongroom.Cli.Tests.Essential;

/// <summary>From <c>remove</c> to <c>rollback</c>: what happens to a secret after it was written.</summary>
public sealed class SecretLifeTests
{
    [Fact]
    public void A_removed_secret_can_be_restored()
    {
        using var shell = SharedVault.Shell();
        shell.Run("set life/removed", input: "value").Ok();

        shell.Run("remove life/removed --if-version 2").Fails(6, "SR1416");
        shell.Run("remove life/removed --dry-run").Ok().Says("would be deleted");
        shell.Run("remove life/removed").Prints("").Says("'strongroom restore life/removed' undoes it");

        shell.Run("get life/removed").Fails(3, "SR1418", "restore");
        shell.Run("list life/removed").Prints("");
        shell.Run("list life/removed --deleted").Prints("life/removed\n");
        shell.Run("remove life/removed").Fails(3);
        shell.Run("restore life/removed").Ok();
        shell.Run("get life/removed").Prints("value");
        shell.Run("restore life/removed").Fails(3, "SR2014");
        shell.Run("rm life/removed").Ok();
    }

    [Fact]
    public void Purge_asks_for_the_name_and_is_final()
    {
        using var shell = SharedVault.Shell();
        shell.Run("set life/purged", input: "value").Ok();

        shell.Run("purge life/purged").Fails(2, "SR2008", "--yes");
        shell.Run("purge life/purged --no-input").Fails(4, "SR2008");
        using (var wrong = shell.OnTerminal("purge life/purged"))
            Assert.Equal(12, wrong.Expect("Type life/purged to go on: ").Type("life\n").End().Exit);
        shell.Run("get life/purged").Prints("value");
        using (var right = shell.OnTerminal("purge life/purged"))
            right.Expect("Type life/purged to go on: ").Type("life/purged\n").End().Ok();

        shell.Run("get life/purged").Fails(3, "SR1417");
        shell.Run("restore life/purged").Fails(3);
        shell.Run("purge life/purged --yes").Fails(3, "SR2014");
        shell.Run("set life/purged", input: "anew").Ok().Says("version 1 written");
        shell.Run("purge life/purged --yes").Ok();
    }

    [Fact]
    public void A_rotation_counts_and_leaves_the_version_before_readable_for_its_grace()
    {
        using var shell = SharedVault.Shell();
        shell.Run("set life/rotated", input: "one").Ok();

        shell.Run("rotate life/rotated --grace 1h", input: "two").Ok().Says("rotated to version 2");
        shell.Run("get life/rotated").Prints("two");
        shell.Run("get life/rotated --version 1").Prints("one");
        shell.Run("rotate life/rotated --grace 0s", input: "three").Ok();
        shell.Run("get life/rotated --version 2").Fails(10, "SR1427", "rollback");

        Assert.Equal(2, shell.Run("meta life/rotated --json").Ok().Json.GetProperty("rotation_count").GetInt64());
        shell.Run("rotate life/none", input: "x").Fails(3);
        shell.Run("rotate life/rotated --grace soon", input: "x").Fails(2, "SR2002").Hides("soon");
    }

    [Fact]
    public void A_rotation_of_one_field_keeps_the_others()
    {
        using var shell = SharedVault.Shell();
        shell.Run("set life/fields username=app password=-", input: "old").Ok();

        shell.Run("rotate life/fields", input: "new").Fails(2, "SR2015", "--field");
        shell.Run("rotate life/fields --field password", input: "new").Ok();
        shell.Run("get life/fields#username").Prints("app");
        shell.Run("get life/fields#password").Prints("new");
        shell.Run("rotate life/fields --field password --generate --length 24").Ok();
        Assert.Equal(24, shell.Run("get life/fields#password").Ok().Bytes.Length);
        shell.Run("rotate life/fields --length 24", input: "x").Fails(2, "--generate");
    }

    [Fact]
    public void History_lists_versions_and_rollback_writes_one_anew()
    {
        using var shell = SharedVault.Shell();
        foreach (var value in (string[])["one", "two", "three"])
            shell.Run("set life/history", input: value).Ok();

        var versions = shell.Run("history life/history --json").Ok().Json.GetProperty("versions");
        Assert.Equal([3, 2, 1], versions.EnumerateArray().Select(version => version.GetProperty("version").GetInt32()));
        Assert.Contains("VERSION", shell.Run("history life/history").Ok().Output, StringComparison.Ordinal);

        shell.Run("rollback life/history --to 1 --dry-run").Ok();
        shell.Run("rollback life/history --to 1").Ok().Says("version 1 written again as version 4");
        shell.Run("get life/history").Prints("one");
        shell.Run("get life/history --version 3").Prints("three");
        shell.Run("rollback life/history --to 9").Fails(3, "SR1413");
        shell.Run("rollback life/history --to 9 --dry-run").Fails(3, "SR2014");
        shell.Run("rollback life/history").Fails(2, "--to");
        shell.Run("rollback life/history --to 1 --if-version 2").Fails(6, "SR1416");
        shell.Run("history life/none").Fails(3, "SR1417");
    }

    [Fact]
    public void An_expired_secret_is_a_warning_or_refused()
    {
        using var shell = SharedVault.Shell();
        shell.Run("set life/expired --expires 2020-01-01", input: "value").Ok().Says("warning:", "in the past");

        shell.Run("get life/expired").Prints("value").Says("warning:", "expired");
        shell.Run("get life/expired --refuse-expired").Fails(10, "SR1428").Hides("value-of");
        shell.Run("list life/expired --expiring 1d").Prints("life/expired\n");
        shell.Run("meta life/expired --no-expires").Ok();
        shell.Run("get life/expired --refuse-expired").Prints("value");
    }
}
