using System.Diagnostics;
using Strongroom.Cli.Tests.Support;

namespace Strongroom.Cli.Tests.Essential;

/// <summary>Everything that can be wrong around a vault has an error of its own: what, why and a hint, a stable code and exit code; and what was there before stays readable.</summary>
public sealed class BadInputTests
{
    [Fact]
    public void A_missing_vault_is_no_new_vault()
    {
        using var shell = Shell.WithVault();
        shell.Variables["STRONGROOM_VAULT"] = shell.PathOf("missing.json");

        foreach (var line in (string[])["get a", "list", "status", "verify", "log", "key list", "rekey --yes", "backup copy.json", "restore a"])
            shell.Run(line).Fails(8, "SR1410", "missing.json", "init");
        shell.Run("set a", input: "x").Fails(8, "SR1410");

        Assert.False(File.Exists(shell.PathOf("missing.json")));
        shell.Variables.Remove("STRONGROOM_VAULT");
        shell.Run("get a").Fails(2, "SR2003", "--vault PATH", "STRONGROOM_VAULT");
    }

    [Theory]
    [InlineData("", "SR1203")]
    [InlineData("not a vault at all\n", "SR1203")]
    [InlineData("{}\n", "SR1203")]
    [InlineData("{\"strongroom\":{},\n\"secrets\":{\n},\n\"versions\":{\n}}\n", "SR1406")]
    public void What_is_no_vault_is_refused_and_left_alone(string content, string code)
    {
        using var shell = Shell.WithVault();
        File.WriteAllText(shell.PathOf("vault.json"), content);

        shell.Run("list").Fails(7, code, "hint:");
        shell.Run("set a", input: "x").Fails(7, code);
        shell.Run("init --new-key-file other.key").Fails(7, code);

        Assert.Equal(content, File.ReadAllText(shell.PathOf("vault.json")));
    }

    [Theory]
    [InlineData("\"format\":1", "\"format\":2", 11, "SR1403", "format 2")]
    [InlineData("\"suite\":1", "\"suite\":7", 11, "SR1404", "7")]
    [InlineData("\"names\":\"clear\"", "\"names\":\"hidden\"", 11, "SR1405", "hint:")]
    [InlineData("\"format\":1", "\"format\":1,\"format\":1", 7, "SR1010", "hint:")]
    [InlineData("\"format\":1", "\"format\":1.0", 7, "SR1010", "hint:")]
    [InlineData("\"format\":1", "\"format\": 1", 7, "SR1010", "hint:")]
    [InlineData("\"format\":1", "\"extra\":1,\"format\":1", 7, "SR1011", "unknown member")]
    [InlineData("\"revision\":3", "\"revision\":4", 7, "SR1602", "hint:")]
    [InlineData("\"created_at\":\"20", "\"created_at\":\"19", 7, "SR1602", "hint:")]
    [InlineData("\"a\":{\"history\":[]", "\"a\":{\"history\":[],\"history\":[]", 7, "SR1409", "hint:")]
    public void A_damaged_head_or_record_says_what_it_is(string from, string to, int exit, string code, string says)
    {
        using var shell = Shell.WithVault();
        shell.Run("set a", input: "one").Ok();
        shell.Run("set b", input: "two").Ok();
        var path = shell.PathOf("vault.json");
        var good = File.ReadAllText(path);
        Assert.Contains(from, good, StringComparison.Ordinal);
        File.WriteAllText(path, good.Replace(from, to, StringComparison.Ordinal));

        shell.Run("get a").Fails(exit, code, says);
        shell.Run("set a", input: "x").Fails(exit, code);

        File.WriteAllText(path, good);
        shell.Run("get a").Prints("one");
        shell.Run("verify").Ok();
    }

    [Theory]
    [InlineData("\"memory_cost\":12288", "\"memory_cost\":8")]
    [InlineData("\"memory_cost\":12288", "\"memory_cost\":99999999")]
    [InlineData("\"time_cost\":3", "\"time_cost\":1")]
    [InlineData("\"parallelism\":1", "\"parallelism\":0")]
    [InlineData("\"name\":\"argon2id\"", "\"name\":\"argon2i\"")]
    public void Lowered_or_blown_up_key_derivation_is_refused_before_it_runs(string from, string to)
    {
        using var shell = new Shell();
        shell.Variables["STRONGROOM_VAULT"] = shell.PathOf("vault.json");
        shell.Write("pass", "correct horse battery staple");
        shell.Run("init --passphrase-file pass --memory-cost 12288 --time-cost 3").Ok();
        var good = File.ReadAllText(shell.PathOf("vault.json"));
        Assert.Contains(from, good, StringComparison.Ordinal);
        File.WriteAllText(shell.PathOf("vault.json"), good.Replace(from, to, StringComparison.Ordinal));

        shell.Run("list --passphrase-file pass").Fails(7, "SR1", "hint:");

        File.WriteAllText(shell.PathOf("vault.json"), good);
        shell.Run("list --passphrase-file pass").Ok();
    }

    [Fact]
    public void A_truncated_file_is_refused_wherever_it_was_cut()
    {
        using var shell = Shell.WithVault();
        shell.Run("set a", input: "one").Ok();
        var good = File.ReadAllBytes(shell.PathOf("vault.json"));
        foreach (var length in (int[])[1, good.Length / 3, good.Length * 2 / 3, good.Length - 1])
        {
            File.WriteAllBytes(shell.PathOf("vault.json"), good[..length]);
            shell.Run("get a").Fails(7, "SR12", "hint:");
        }

        File.WriteAllBytes(shell.PathOf("vault.json"), good);
        shell.Run("get a").Prints("one");
    }

    [Fact]
    public void Oversized_values_are_refused_and_the_old_one_stays()
    {
        using var shell = SharedVault.Shell();

        shell.Run(["set", "ci/token"], new byte[1024 * 1024 + 1]).Fails(2, "SR1438", "hint:");
        shell.Run(["set", "ci/token"], new byte[16 * 1024 * 1024 + 1]).Fails(2, "SR2005");
        shell.Run(["set", "ci/token", .. Enumerable.Range(0, 257).Select(i => $"username{i}=x")], []).Fails(2, "SR1106");
        shell.Run(["set", "ci/token", "--value", "x", "--description", new string('x', 4097)], []).Fails(2, "SR1112");
        shell.Run(["set", "ci/token", "--value", "x", "--tag", "k=" + new string('x', 1025)], []).Fails(2, "SR1114");
        shell.Run(["set", "ci/token", "--value", "x", .. Enumerable.Range(0, 65).SelectMany(i => new[] { "--tag", $"k{i}=v" })], []).Fails(2, "SR1113");
        shell.Run(["key", "add", "--new-key-file", "long.key", "--label", new string('x', 129)], []).Fails(2, "SR1009");

        Assert.False(File.Exists(shell.PathOf("long.key")));
        shell.Run("get ci/token").Prints("value-of-token");
        shell.Run(["set", "big/one"], new byte[1024 * 1024]).Ok();
    }

    [Fact]
    public void Impossible_names_are_refused_by_every_verb_that_takes_one()
    {
        using var shell = SharedVault.Shell();
        string[] names = ["", "/", "a//b", "a/", "/a", "..", "../x", ".hidden", "a b", "a\nb", "ä", "a\\b", "a:b", "-x/y", new('x', 256)];
        foreach (var name in names)
            shell.Run(["set", "--value", "x", "--", name], []).Fails(2, "SR1101", "hint:");
        foreach (var verb in (string[])["get", "show", "meta", "remove", "restore", "purge", "history", "rotate", "generate"])
            shell.Run([verb, "../etc/passwd"], []).Fails(2, "SR1101");

        shell.Run(["set", "fields/bad", "na me=x"], []).Fails(2, "SR1107");
        shell.Run(["set", "fields/bad", "username=x", "username=y"], []).Fails(2, "SR1108");
        shell.Run(["set", "fields/bad", "--value", "x", "--type", "No Type"], []).Fails(2, "SR1102");
        shell.Run("get fields/bad").Fails(3, "SR1417");
    }

    [Fact]
    public void A_full_disk_is_named_and_the_old_state_stays()
    {
        using var disk = new SmallDisk("size=256k");
        var shell = disk.Shell;
        shell.Run("set a", input: "one").Ok();

        shell.Run(["set", "b"], new byte[400 * 1024]).Fails(8, "SR1221", "space", "hint:");

        shell.Run("get a").Prints("one");
        shell.Run("get b").Fails(3);
        shell.Run("set a", input: "two").Ok();
        shell.Run("verify").Ok();
    }

    [Fact]
    public void A_read_only_disk_is_read_and_not_written()
    {
        using var disk = new SmallDisk("size=4m");
        var shell = disk.Shell;
        shell.Run("set a", input: "one").Ok();
        shell.Sh("mount -o remount,ro disk").Ok();

        shell.Run("set a", input: "two").Fails(8, "SR1222", "read-only");
        // What can't be logged is not read, unless it is asked for without a log.
        shell.Run("get a").Fails(8, "SR1222", "audit log", "--as-copy");
        shell.Run("list").Prints("a\n");
        shell.Run("get a --as-copy").Prints("one");

        shell.Sh("mount -o remount,rw disk").Ok();
        shell.Run("get a").Prints("one");
        shell.Run("verify").Ok();
    }

    [Fact]
    public void A_folder_that_may_not_be_written_is_named()
    {
        Need.Root();
        Need.Tool("setpriv");
        using var shell = Shell.WithVault();
        shell.Run("set a", input: "one").Ok();
        shell.Sh("chmod 755 . && chmod 644 vault.json vault.key && chmod -R a+rX vault.json.audit").Ok();
        var nobody = (string line, string input) => shell.Sh($"export STRONGROOM_STATE_DIR=/tmp/strongroom-nobody-$$; {input} | setpriv --reuid 65534 --regid 65534 --clear-groups {Shell.Quoted(shell.Command.Line)} {line}; code=$?; rm -rf $STRONGROOM_STATE_DIR; exit $code");
        Need.That(nobody("version", "true").Exit == 0, "other users can't run the command where it lies");

        nobody("set a", "echo two").Fails(8, "SR1223", "permission denied");

        shell.Run("get a").Prints("one");
    }

    [Fact]
    public void A_vanished_folder_is_named_and_not_made_again()
    {
        using var shell = new Shell();
        Directory.CreateDirectory(shell.PathOf("volume"));
        shell.Variables["STRONGROOM_VAULT"] = shell.PathOf("volume/vault.json");
        shell.Run("init --new-key-file vault.key").Ok();
        shell.Variables["STRONGROOM_KEY_FILE"] = shell.PathOf("vault.key");
        shell.Run("set a", input: "one").Ok();
        Directory.Move(shell.PathOf("volume"), shell.PathOf("elsewhere"));

        shell.Run("get a").Fails(8, "SR1410", "volume");
        shell.Run("set a", input: "two").Fails(8, "SR1410");
        Assert.False(Directory.Exists(shell.PathOf("volume")));

        Directory.Move(shell.PathOf("elsewhere"), shell.PathOf("volume"));
        shell.Run("get a").Prints("one");
    }

    [Fact]
    public void A_lock_that_is_held_too_long_names_its_holder()
    {
        Need.Tool("flock");
        using var shell = Shell.WithVault();
        shell.Run("set a", input: "one").Ok();
        using var holder = shell.Start(["flock", shell.PathOf("vault.json.lock"), "sh", "-c", "echo held; sleep 60"]);
        Assert.Equal("held", holder.StandardOutput.ReadLine());
        try
        {
            var clock = Stopwatch.StartNew();
            shell.Run("set a --lock-timeout 1s", input: "two").Fails(8, "SR1210", "hint:");
            Assert.InRange(clock.Elapsed.TotalSeconds, 1, 15);
            shell.Run("get a").Prints("one");
        }
        finally
        {
            holder.Kill(entireProcessTree: true);
            holder.WaitForExit();
        }

        shell.Run("set a", input: "two").Ok();
    }

    [Fact]
    public async Task Of_two_processes_that_make_the_same_vault_one_wins_and_the_other_says_so()
    {
        using var shell = new Shell();
        var runs = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run(() => shell.Run($"init vault.json --new-key-file {i}.key"))));

        Assert.Single(runs, run => run.Exit == 0);
        foreach (var lost in runs.Where(run => run.Exit != 0))
            lost.Fails(6, "SR1429", "hint:");
        var key = Assert.Single(Directory.GetFiles(shell.Folder, "*.key"));
        shell.Run($"set a --vault vault.json --key-file {key}", input: "x").Ok();
        shell.Run($"verify --vault vault.json --key-file {key}").Ok();
    }

    [Fact]
    public void Strange_things_in_place_of_the_file_are_named()
    {
        using var shell = Shell.WithVault();
        shell.Sh("mkfifo pipe; mkdir -p folder/strongroom.json; ln -s circle circle").Ok();

        shell.Run("list --vault pipe").Fails(8, "SR1201");
        shell.Run("list --vault folder").Fails(8, "SR1201");
        shell.Run("list --vault circle").Fails(8, "SR1228");
        shell.Run("list --vault vault.key/x").Fails(8, "SR1");
        shell.Run("list --vault mongodb://host/1").Fails(11, "SR1520");
    }

    [Theory]
    [InlineData("list")]
    [InlineData("get ci/token")]
    [InlineData("show ci/token --json")]
    public void An_output_that_can_not_be_written_is_an_error(string line)
    {
        using var shell = SharedVault.Shell();

        shell.Sh($"strongroom {line} >/dev/full").Fails(8, "SR2020", "hint");
    }

    [Fact]
    public void Marks_that_can_not_be_kept_are_told()
    {
        using var shell = Shell.WithVault();
        shell.Variables["STRONGROOM_STATE_DIR"] = "/proc/nowhere";

        shell.Run("list").Ok().Says("warning:", "mark against rollback");
        shell.Run("list --json").Ok().Says("\"warning\":");
    }

    [Fact]
    public void Errors_are_json_where_json_was_asked_for()
    {
        using var shell = SharedVault.Shell();

        var error = System.Text.Json.JsonDocument.Parse(shell.Run("get no/such --json").Fails(3).Errors).RootElement;
        Assert.Equal(1, error.GetProperty("schema").GetInt32());
        Assert.Equal("SR1417", error.GetProperty("error").GetProperty("code").GetString());
        Assert.False(string.IsNullOrEmpty(error.GetProperty("error").GetProperty("message").GetString()));
        Assert.False(string.IsNullOrEmpty(error.GetProperty("error").GetProperty("hint").GetString()));
        Assert.Equal(shell.Variables["STRONGROOM_VAULT"], error.GetProperty("error").GetProperty("path").GetString());
    }

    /// <summary>A folder on a small disk of its own, with a vault on it.</summary>
    private sealed class SmallDisk : IDisposable
    {
        public SmallDisk(string options)
        {
            Need.Root();
            Shell = new Shell();
            Directory.CreateDirectory(Shell.PathOf("disk"));
            Need.That(Shell.Sh($"mount -t tmpfs -o {options},mode=700 none disk").Exit == 0, "a file system in memory can't be mounted");
            Shell.Variables["STRONGROOM_VAULT"] = Shell.PathOf("disk/vault.json");
            Shell.Run("init --new-key-file vault.key").Ok();
            Shell.Variables["STRONGROOM_KEY_FILE"] = Shell.PathOf("vault.key");
        }

        public Shell Shell { get; }

        public void Dispose()
        {
            Shell.Sh("umount disk").Ok();
            Shell.Dispose();
        }
    }
}
