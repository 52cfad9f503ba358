using Strongroom.Cli.Tests.Support;

namespace Strongroom.Cli.Tests.Essential;

/// <summary><c>key</c> and <c>rekey</c>.</summary>
public sealed class KeyTests
{
    private static (string Id, string Kind, string Label)[] Slots(Shell shell, string more = "") =>
        [.. shell.Run($"key list --json {more}").Ok().Json.GetProperty("slots").EnumerateArray().Select(slot => (slot.GetProperty("id").GetString()!, slot.GetProperty("kind").GetString()!, slot.GetProperty("label").GetString()!))];

    [Fact]
    public void Slots_are_added_changed_and_removed()
    {
        using var shell = Shell.WithVault();
        shell.Write("first", "correct horse battery staple");
        shell.Write("second", "another five random words here");

        shell.Run("key add --new-passphrase-file first --label ops --memory-cost 12288 --time-cost 3").Ok().Says("added");
        shell.Run("key add --recovery-key").Ok();
        var slots = Slots(shell);
        Assert.Equal(["key-file", "passphrase", "recovery-key"], slots.Select(slot => slot.Kind).Order(StringComparer.Ordinal));
        var ops = slots.Single(slot => slot.Label == "ops").Id;
        shell.Run("list --passphrase-file first").Ok();

        shell.Run($"key change {ops} --new-passphrase-file second --memory-cost 12288 --time-cost 3").Ok().Says("no revocation");
        shell.Run("list --passphrase-file first").Fails(4, "SR1001");
        shell.Run("list --passphrase-file second").Ok();

        ops = Slots(shell).Single(slot => slot.Label == "ops").Id;
        shell.Run($"key remove {ops}").Fails(2, "SR2008");
        shell.Run($"key remove {ops[..8]} --yes").Ok();
        shell.Run("list --passphrase-file second").Fails(4, "SR1001");
        shell.Run($"key remove {ops} --yes").Fails(3, "SR2014");
        Assert.Equal(2, Slots(shell).Length);
        Assert.Contains("opened this", shell.Run("key list").Ok().Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_last_slot_stays()
    {
        using var shell = Shell.WithVault();

        shell.Run($"key remove {Slots(shell)[0].Id} --yes").Fails(6, "SR1435", "Add another one first");

        shell.Run("list").Ok();
    }

    [Fact]
    public void There_are_at_most_sixteen()
    {
        using var shell = Shell.WithVault();
        for (var i = 1; i < 16; i++)
            shell.Run($"key add --new-key-file {i}.key").Ok();

        shell.Run("key add --new-key-file 17.key").Fails(2, "SR1434");

        Assert.False(File.Exists(shell.PathOf("17.key")));
        shell.Run("list --key-file 15.key").Ok();
    }

    [Fact]
    public void A_weak_slot_is_offered_an_upgrade()
    {
        using var shell = new Shell();
        shell.Variables["STRONGROOM_VAULT"] = shell.PathOf("vault.json");
        shell.Write("pass", "correct horse battery staple");
        shell.Variables["STRONGROOM_PASSPHRASE_FILE"] = shell.PathOf("pass");
        shell.Run("init --memory-cost 12288 --time-cost 3").Ok();

        Assert.Contains("weaker than the policy", shell.Run("key list").Ok().Output, StringComparison.Ordinal);
        shell.Run("list").Ok().Says("warning:", "weaker parameters");
        shell.Run($"key change {Slots(shell)[0].Id} --new-passphrase-file pass").Ok();

        Assert.DoesNotContain("warning:", shell.Run("list").Ok().Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_lanes_work()
    {
        using var shell = new Shell();
        shell.Variables["STRONGROOM_VAULT"] = shell.PathOf("vault.json");
        shell.Write("pass", "correct horse battery staple");

        shell.Run("init --passphrase-file pass --memory-cost 12288 --time-cost 3 --parallelism 2").Ok();

        shell.Run("list --passphrase-file pass").Ok();
    }

    [Fact]
    public void Parameters_out_of_bounds_are_refused()
    {
        using var shell = new Shell();
        shell.Write("pass", "correct horse battery staple");

        shell.Run("init vault.json --passphrase-file pass --memory-cost 64").Fails(11, "SR1007");
        shell.Run("init vault.json --passphrase-file pass --memory-cost lots").Fails(2, "SR2002").Hides("lots");

        Assert.False(File.Exists(shell.PathOf("vault.json")));
    }

    [Fact]
    public void A_key_file_is_new_and_private()
    {
        using var shell = new Shell();

        shell.Run("key new my.key").Ok();

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(shell.PathOf("my.key")));
        Assert.StartsWith("strongroom-key-1 ", File.ReadAllText(shell.PathOf("my.key")), StringComparison.Ordinal);
        shell.Run("key new my.key").Fails(6, "SR2011");
        shell.Run("init vault.json --key-file my.key").Ok();
    }

    [Fact]
    public void A_rekey_keeps_what_is_named_and_shuts_out_the_rest()
    {
        using var shell = Shell.WithVault();
        shell.Run("set a", input: "one").Ok();
        shell.Run("set a", input: "two").Ok();
        shell.Run("key add --new-key-file kept.key").Ok();
        shell.Run("key add --new-key-file dropped.key --label leaver").Ok();
        File.Copy(shell.PathOf("vault.json"), shell.PathOf("stolen.json"));

        shell.Run("rekey --keep-key-file kept.key --dry-run").Ok().Says("leaver");
        shell.Run("rekey --keep-key-file kept.key").Fails(2, "SR2008");
        var report = shell.Run("rekey --keep-key-file kept.key --yes --json").Ok().Json;

        Assert.Equal(2, report.GetProperty("kept").GetArrayLength());
        Assert.Equal("leaver", report.GetProperty("dropped")[0].GetProperty("label").GetString());
        shell.Run("get a").Prints("two");
        shell.Run("get a --version 1").Prints("one");
        shell.Run("get a --key-file kept.key").Prints("two");
        shell.Run("get a --key-file dropped.key").Fails(4, "SR1001");
        shell.Run("verify").Ok();
        shell.Run("get a --vault stolen.json --as-copy --key-file dropped.key").Prints("two");
        shell.Run("rekey --keep-key-file dropped.key --yes").Fails(4);
    }
}
