using Strongroom.Cli.Tests.Support;

namespace Strongroom.Cli.Tests.Configuration;

/// <summary>Option, environment, project, user, default: in this order, and nothing secret in a file.</summary>
public sealed class ConfigTests
{
    [Fact]
    public void The_nearer_source_wins()
    {
        using var shell = new Shell();
        shell.Run("config get vault").Fails(3, "SR2095");
        shell.Run("config get lock_timeout").Prints("10s\n");

        shell.Run("config set vault user.json").Ok();
        Assert.Equal("600", shell.Sh("stat -c %a .config/strongroom/config.toml").Ok().Output.Trim());
        shell.Run("config get vault").Prints($"{shell.PathOf(".config/strongroom/user.json")}\n");
        shell.Run("config set vault project.json --project").Ok();
        shell.Run("config get vault").Prints($"{shell.PathOf("project.json")}\n");
        shell.Variables["STRONGROOM_VAULT"] = "env.json";
        shell.Run("config get vault").Prints("env.json\n");
        Assert.Equal("--vault", shell.Run("config get vault --vault option.json --json").Ok().Json.GetProperty("source").GetString());
        shell.Variables.Remove("STRONGROOM_VAULT");

        shell.Run("config unset vault --project").Ok();
        shell.Run("config get vault").Prints($"{shell.PathOf(".config/strongroom/user.json")}\n");
        shell.Run("config unset vault").Ok();
        shell.Run("config unset vault").Fails(3, "SR2095");
        shell.Run("status").Fails(2, "SR2003");
    }

    [Fact]
    public void A_project_is_found_from_below_and_its_vault_is_used()
    {
        using var shell = Shell.WithVault();
        shell.Variables.Remove("STRONGROOM_VAULT");
        shell.Run("config set vault vault.json --project").Ok();
        Directory.CreateDirectory(shell.PathOf("a/b"));

        shell.Sh("cd a/b && printf x | strongroom set from/below && cd .. && strongroom get from/below").Says("version 1 written");
        shell.Run("get from/below").Prints("x");
    }

    [Fact]
    public void Profiles_come_before_the_top_of_a_file_and_an_option_before_the_environment()
    {
        using var shell = new Shell();
        shell.Write(".strongroom.toml", "vault = \"top.json\"\n\n[profile.prod]\nvault = \"prod.json\" # here\nlock_timeout = \"30s\"\n");

        shell.Run("config get vault").Prints($"{shell.PathOf("top.json")}\n");
        shell.Run("config get vault -P prod").Prints($"{shell.PathOf("prod.json")}\n");
        shell.Run("config get vault --profile other").Fails(11, "SR2094", "prod");
        shell.Variables["STRONGROOM_PROFILE"] = "prod";
        shell.Run("config get lock_timeout").Prints("30s\n");
        shell.Variables["STRONGROOM_VAULT"] = "env.json";
        shell.Run("config get vault").Prints("env.json\n");
        shell.Run("config get vault -P prod").Prints($"{shell.PathOf("prod.json")}\n");

        shell.Run("config set lock_timeout 5s --project -P prod").Ok();
        shell.Run("config set lock_timeout 7s --project -P test").Ok();
        Assert.Equal(
            "vault = \"top.json\"\n\n[profile.prod]\nvault = \"prod.json\" # here\nlock_timeout = \"5s\"\n\n[profile.test]\nlock_timeout = \"7s\"\n",
            File.ReadAllText(shell.PathOf(".strongroom.toml")));
    }

    [Theory]
    [InlineData("passphrase = \"hunter2\"", "SR2092")]
    [InlineData("db_token = \"hunter2\"", "SR2092")]
    [InlineData("key_file = \"vault.key\"", "SR2092")]
    [InlineData("state_dir = \"s\"", "SR2092")]
    [InlineData("unlock_idle = \"30d\"", "SR2092")]
    [InlineData("[profile.a]\nunlock_ttl = \"30d\"", "SR2092")]
    [InlineData("profile = \"a\"", "SR2092")]
    [InlineData("vault = \"postgres://app:hunter2@host/db\"", "SR2092")]
    [InlineData("[run]\nA = \"hunter2\"", "SR2092")]
    [InlineData("[run]\nA = \"strongroom://a b\"", "SR1101")]
    [InlineData("[run]\n'a b' = \"strongroom://a\"", "SR2091")]
    [InlineData("vualt = \"x\"", "SR2091")]
    [InlineData("vault = 7", "SR2091")]
    [InlineData("vault = \"a\"\nvault = \"b\"", "SR2091")]
    [InlineData("hunter2 hunter2", "SR2091")]
    [InlineData("[other]\na = \"hunter2\"", "SR2091")]
    public void What_does_not_belong_into_a_project_is_refused_and_not_repeated(string text, string code)
    {
        using var shell = new Shell();
        shell.Write(".strongroom.toml", text + "\n");

        shell.Run("config get vault").Fails(11, code).Hides("hunter2");
        shell.Run("config list").Fails(11, code).Hides("hunter2");
    }

    [Fact]
    public void A_file_that_somebody_else_could_have_written_is_refused()
    {
        using var shell = new Shell();
        shell.Write(".strongroom.toml", "vault = \"x.json\"\n");
        Assert.Equal(0, shell.Sh("chmod o+w .strongroom.toml").Exit);
        shell.Run("config get vault").Fails(11, "SR2093", "everybody may write");
        Assert.Equal(0, shell.Sh("chmod o-w .strongroom.toml && chmod o+w .").Exit);
        shell.Run("config get vault").Fails(11, "SR2093");
        Assert.Equal(0, shell.Sh("chmod o-w .").Exit);
        shell.Run("config get vault").Ok();

        Need.Root();
        Assert.Equal(0, shell.Sh("chown 65534 .strongroom.toml").Exit);
        shell.Run("config get vault").Fails(11, "SR2093", "65534");
    }

    [Fact]
    public void The_project_declares_what_run_sets_and_the_environment_comes_before()
    {
        using var shell = SharedVault.Shell();
        shell.Write(".strongroom.toml", "[run]\nA = \"strongroom://ci/token\"\nB = \"strongroom://db/main#username\"\n");
        shell.Variables["B"] = "strongroom://db/main#password";
        shell.Run("config trust").Ok().Says("it sets A, B for run");

        shell.Run(["run", "--", "sh", "-c", "echo $A $B"], []).Prints("value-of-token value-of-password\n");
    }

    [Fact]
    public void What_a_project_chooses_for_run_is_used_only_when_it_was_trusted_as_it_stands()
    {
        using var shell = SharedVault.Shell();
        shell.Write(".strongroom.toml", "[run]\nA = \"strongroom://ci/token\"\n");
        CommandResult Printed() => shell.Run(["run", "--", "printenv", "A"], []);

        Printed().Fails(125, "SR2096", "config trust").Hides("value-of-token");
        shell.Run(["run", "-e", "B=db/main#username", "--", "printenv", "B"], []).Fails(125, "SR2096");
        shell.Run("config list").Ok().Says("warning:", "not used until");
        shell.Run("get ci/token").Prints("value-of-token");
        shell.Run("config trust --json").Ok();
        Printed().Prints("value-of-token\n");
        shell.Run("config list").Ok().Hides("warning:");
        // The user's own change keeps it; one by hand, or another place, does not.
        shell.Run("config set lock_timeout 7s --project").Ok();
        Printed().Prints("value-of-token\n");
        shell.Sh("mkdir other; cp .strongroom.toml other; cd other; strongroom run -- printenv A").Fails(125, "SR2096");
        File.AppendAllText(shell.PathOf(".strongroom.toml"), "# changed\n");
        Printed().Fails(125, "SR2096");
        shell.Run("config trust").Ok();
        Printed().Prints("value-of-token\n");
        shell.Run("config trust --revoke").Ok();
        Printed().Fails(125, "SR2096");
        shell.Sh("cd / && strongroom config trust").Fails(3, "SR2095");
    }

    [Fact]
    public void The_users_key_file_opens_when_nothing_else_is_named()
    {
        using var shell = Shell.WithVault();
        shell.Variables.Remove("STRONGROOM_KEY_FILE");
        shell.Run("list --no-input").Fails(4, "SR2004");
        shell.Run($"config set key_file {shell.PathOf("vault.key")}").Ok();

        shell.Run("list --no-input").Ok();
    }
}
