using System.Diagnostics;
using System.Globalization;
using Strongroom.Cli.Tests.Support;

namespace Strongroom.Cli.Tests.Agent;

/// <summary>The agent as its user sees it: every verb without a key while it holds the vault open, none afterwards.</summary>
public sealed class AgentTests
{
    [Fact]
    public void Every_verb_needs_no_key_while_the_vault_is_unlocked()
    {
        using var agent = new AgentShell();
        agent.Run("get ci/token --no-input").Fails(4, "SR2004");

        agent.Unlock();

        agent.Run("get ci/token").Prints("value-of-token");
        agent.Run("get db/main#username").Prints("app");
        agent.Run("get ci/token --json").Ok();
        agent.Run("list").Prints("ci/token\ndb/main\n");
        agent.Run("set new/one --tag a=b --description 'for a test' --json", input: "first").Ok();
        agent.Run("set new/one --if-version 1", input: "second").Ok();
        agent.Run("set new/one --if-version 1", input: "third").Fails(6, "SR1416");
        agent.Run("rotate new/one", input: "fourth").Ok();
        agent.Run("rollback new/one --to 1").Ok();
        agent.Run("get new/one").Prints("first");
        agent.Run("get new/one --version 2").Prints("second");
        agent.Run("meta new/one --tag c=d").Ok();
        Assert.Equal("d", agent.Run("show new/one --json").Ok().Json.GetProperty("tags").GetProperty("c").GetString());
        Assert.Equal(4, agent.Run("history new/one --json").Ok().Json.GetProperty("versions").GetArrayLength());
        agent.Run("remove new/one").Ok();
        agent.Run("get new/one").Fails(3, "SR1418");
        agent.Run("restore new/one").Ok();
        agent.Run("purge new/one --yes").Ok();
        agent.Run("generate new/two").Ok();
        agent.Run("run -e T=ci/token -- printenv T").Prints("value-of-token\n");
        agent.Shell.Write("in", "a=strongroom://ci/token\n");
        agent.Run("inject -i in").Prints("a=value-of-token\n");
        agent.Run("check in").Ok();
        Assert.True(agent.Run("status --json").Ok().Json.GetProperty("verified").GetBoolean());
        Assert.True(agent.Run("verify --json").Ok().Json.GetProperty("intact").GetBoolean());
        agent.Run("log --verify").Ok();
        agent.Run("log checkpoint").Ok();
        agent.Run("backup copy.json").Ok();
        Assert.True(File.Exists(agent.Shell.PathOf("copy.json")));
        agent.Run("get no/such").Fails(3, "SR1417");
        agent.Run("key list --no-input").Fails(4, "SR2004");

        agent.Run("lock").Ok().Says("Locked");
        agent.Run("get ci/token --no-input").Fails(4, "SR2004");
    }

    [Fact]
    public void The_short_way_of_get_tells_of_output_that_failed()
    {
        using var agent = new AgentShell().Unlock();

        agent.Shell.Sh("strongroom get ci/token >/dev/full").Fails(8, "SR2020", "hint");
        agent.Shell.Sh("strongroom get ci/token | true").Ok();
        Assert.Equal(0, agent.Shell.Sh("{ strongroom get ci/token; echo $? >code; } | true; sleep 1; exit $(cat code)").Exit);
    }

    [Fact]
    public void The_short_way_of_get_does_not_swallow_warnings()
    {
        using var agent = new AgentShell();
        // A folder that is a file: marks can't be kept.
        agent.Shell.Variables["STRONGROOM_STATE_DIR"] = agent.Shell.Write("no-folder", "");
        agent.Unlock();

        agent.Run("list").Ok().Says("warning:", "mark against rollback");
        agent.Run("get ci/token").Prints("value-of-token").Says("warning:", "mark against rollback");
    }

    [Fact]
    public void A_key_that_is_named_comes_before_the_agent()
    {
        using var agent = new AgentShell().Unlock();
        agent.Run("key new other.key").Ok();

        agent.Run("get ci/token --key-file other.key").Fails(4, "SR1001");
    }

    [Fact]
    public void The_vault_is_found_by_every_path_to_it()
    {
        using var agent = new AgentShell().Unlock();
        var folder = Directory.CreateSymbolicLink(agent.Shell.PathOf("link"), agent.Shell.Folder);

        agent.Run($"get ci/token --vault {folder.FullName}/vault.json").Prints("value-of-token");
        agent.Run("get ci/token --vault ./run/../vault.json").Prints("value-of-token");
        agent.Run("get ci/token --vault other.json --no-input").Fails(4);
    }

    [Fact]
    public void The_log_names_the_command_and_not_only_the_agent()
    {
        using var agent = new AgentShell().Unlock();
        agent.Run("get ci/token").Ok();
        agent.Run("get db/main#password").Ok();
        agent.Run("set by/agent", input: "x").Ok();

        var actors = agent.Run("log --json").Ok().Json.GetProperty("entries").EnumerateArray().Select(entry => entry.GetProperty("actor").GetString()!).TakeLast(3).ToArray();

        Assert.All(actors, actor => Assert.Matches(@" (?:strongroom|Strongroom\.Cli)\[\d+\] via strongroom-agent\[\d+\]$", actor));
        Assert.Equal(3, actors.Distinct(StringComparer.Ordinal).Count());
        Assert.EndsWith($"strongroom-agent[{agent.Process}]", actors[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Time_limits_lock_and_the_agent_ends_with_its_last_vault()
    {
        using var agent = new AgentShell().Unlock("--idle 2s --ttl 1h");
        var process = agent.Process;

        Assert.True(AgentShell.Ends(process));
        Assert.False(File.Exists(agent.Socket));
        agent.Run("get ci/token --no-input").Fails(4, "SR2004");

        agent.Unlock("--idle 1h --ttl 2s");
        var until = Stopwatch.GetTimestamp() + (4 * Stopwatch.Frequency);
        while (Stopwatch.GetTimestamp() < until)
            agent.Run("get ci/token --no-input");
        agent.Run("get ci/token --no-input").Fails(4, "SR2004");
    }

    [Fact]
    public void What_is_killed_is_locked_and_its_socket_is_cleared_away()
    {
        using var agent = new AgentShell().Unlock();
        using (var process = Process.GetProcessById(agent.Process))
            process.Kill();

        Assert.True(SpinWait.SpinUntil(() => agent.Run("agent status").Exit == 3, TimeSpan.FromSeconds(20)));
        Assert.True(File.Exists(agent.Socket));
        agent.Run("get ci/token --no-input").Fails(4, "SR2004");

        agent.Unlock();
        agent.Run("get ci/token").Prints("value-of-token");
    }

    [Theory]
    [InlineData("kill -TERM {0}")]
    [InlineData("kill -HUP {0}")]
    [InlineData("rm {1}")]
    [InlineData("strongroom agent stop")]
    public void It_ends_when_it_is_told_to_or_the_session_is_over(string how)
    {
        using var agent = new AgentShell();
        agent.Run("agent start").Ok().Says("was started");
        agent.Unlock();
        agent.Run("lock --all").Ok();
        var process = agent.Process;
        agent.Unlock();

        agent.Shell.Sh(string.Format(CultureInfo.InvariantCulture, how, process, agent.Socket)).Ok();

        Assert.True(AgentShell.Ends(process));
        agent.Run("get ci/token --no-input").Fails(4, "SR2004");
        Assert.False(File.Exists(agent.Socket));
    }

    [Fact]
    public void A_vault_that_was_put_back_to_an_older_state_is_refused_and_locked()
    {
        using var agent = new AgentShell();
        File.Copy(agent.Shell.PathOf("vault.json"), agent.Shell.PathOf("old.json"));
        agent.Unlock();
        agent.Run("set a/b", input: "newer").Ok();
        File.Move(agent.Shell.PathOf("old.json"), agent.Shell.PathOf("vault.json"), overwrite: true);

        agent.Run("set c/d", input: "x").Fails(7);

        agent.Run("get ci/token --no-input").Fails(4, "SR2004");
    }

    [Fact]
    public void A_wrong_passphrase_opens_nothing_and_the_right_one_is_asked_for()
    {
        using var agent = new AgentShell();
        agent.Shell.Write("pass", "correct horse battery staple\n");
        agent.Shell.Write("wrong", "not this one\n");
        agent.Run("key add --key-file vault.key --new-passphrase-file pass").Ok();

        agent.Run("unlock --passphrase-file wrong").Fails(4, "SR1001").Hides("not this one");
        Assert.Empty(agent.Run("agent status --json").Ok().Json.GetProperty("vaults").EnumerateArray());
        using var session = agent.Shell.OnTerminal("unlock");
        session.Expect("Passphrase: ").TypeHidden("correct horse battery staple\n");
        session.End().Ok().Hides("correct horse");
        agent.Run("get ci/token").Prints("value-of-token");
    }

    [Fact]
    public void Two_vaults_are_held_side_by_side()
    {
        using var agent = new AgentShell().Unlock();
        agent.Run("init second.json --new-key-file second.key").Ok();
        agent.Run("unlock --vault second.json --key-file second.key").Ok();
        agent.Run("set only/here --vault second.json", input: "2").Ok();

        agent.Run("get only/here --vault second.json").Prints("2");
        agent.Run("get only/here").Fails(3);
        agent.Run("lock --vault second.json").Ok();
        agent.Run("get ci/token").Prints("value-of-token");
        agent.Run("get only/here --vault second.json --no-input").Fails(4);
    }

    [Fact]
    public void Unlocking_at_once_starts_one_agent()
    {
        using var agent = new AgentShell();

        var results = Enumerable.Range(0, 6).AsParallel().WithDegreeOfParallelism(6).Select(_ => agent.Run("unlock --key-file vault.key --json").Ok().Json.GetProperty("agent").GetInt64()).ToArray();

        Assert.Single(results.Distinct());
        agent.Run("get ci/token").Prints("value-of-token");
    }

    [Fact]
    public void Unlocking_right_after_locking_is_not_lost()
    {
        using var agent = new AgentShell();
        agent.Shell.Write("pass", "correct horse battery staple\n");
        agent.Run("key add --key-file vault.key --new-passphrase-file pass").Ok();
        agent.Run("unlock --passphrase-file pass").Ok();
        // Longer than the agent's look at whether it is still needed; with a passphrase most of the time goes into unlocking.
        for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(5);)
        {
            agent.Run("lock").Ok();
            agent.Run("unlock --passphrase-file pass").Ok();
            agent.Run("get ci/token").Prints("value-of-token");
        }
    }

    [Fact]
    public void An_expired_secret_that_is_refused_is_in_the_log()
    {
        using var agent = new AgentShell();
        agent.Run("set old/one --expires 1s --key-file vault.key", input: "x").Ok();
        agent.Unlock();
        Thread.Sleep(1100);

        agent.Run("get old/one --refuse-expired").Fails(10, "SR1428");

        var last = agent.Run("log --json").Ok().Json.GetProperty("entries").EnumerateArray().Last();
        Assert.Equal("old/one", last.GetProperty("secrets")[0].GetProperty("name").GetString());
        Assert.Contains("strongroom-agent", last.GetProperty("actor").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void More_than_a_request_may_hold_is_told_before_anything_is_sent()
    {
        using var agent = new AgentShell().Unlock();
        agent.Shell.Write("big.env", string.Concat(Enumerable.Range(0, 25).Select(i => $"V{i}={new string('x', 1_000_000)}\n")));

        agent.Run("import dotenv big.env").Fails(2, "SR2086", "it takes 20");
        agent.Run("import dotenv big.env --key-file vault.key").Ok();
    }

    [Fact]
    public void The_option_for_the_lock_says_that_it_does_nothing()
    {
        using var agent = new AgentShell().Unlock();

        agent.Run("list --lock-timeout 1s").Ok().Says("warning:", "--lock-timeout");
        agent.Run("list --lock-timeout 1s --key-file vault.key").Ok().Hides("warning:");
    }

    [Fact]
    public void A_vault_in_a_database_is_held_too()
    {
        using var agent = new AgentShell();
        agent.Shell.Variables["STRONGROOM_VAULT"] = "sqlite:vault.db";
        agent.Run("init --new-key-file db.key").Ok();
        agent.Run("get in/database --no-input").Fails(4, "SR2004");

        agent.Run("unlock --key-file db.key").Ok();

        agent.Run("set in/database", input: "value").Ok();
        agent.Run("get in/database").Prints("value");
        agent.Run($"get in/database --vault sqlite:{agent.Shell.PathOf("run/../vault.db")}").Prints("value");
        agent.Run("set in/database --if-version 1", input: "next").Ok();
        agent.Run("get in/database --version 1").Prints("value");
        agent.Run("run -e V=in/database -- printenv V").Prints("next\n");
        Assert.True(agent.Run("verify --json").Ok().Json.GetProperty("intact").GetBoolean());
        Assert.Contains("strongroom-agent", agent.Run("log --json").Ok().Json.GetProperty("entries").EnumerateArray().Last().GetProperty("actor").GetString(), StringComparison.Ordinal);
        agent.Run("lock").Ok();
        agent.Run("get in/database --no-input").Fails(4, "SR2004");
    }
}
