using Strongroom.Cli.Tests.Support;

namespace Strongroom.Cli.Tests.Daily;

public sealed class CopyVerbTests
{
    [Fact]
    public void A_copy_has_value_and_metadata_and_overwrites_only_when_asked()
    {
        using var shell = Shell.WithVault();
        shell.Run("set a --type token --tag env=prod --description text --expires 2099-01-01", "first").Ok();
        shell.Run("set a", "second").Ok();

        shell.Run("copy a b --dry-run").Ok().Says("dry run: a: would be copied to b");
        shell.Run("get b").Fails(3);
        shell.Run("copy a b").Ok().Says("a: copied to b.");
        shell.Run("get b").Prints("second");
        var copy = shell.Run("meta b --json").Ok().Json;
        Assert.Equal(1, copy.GetProperty("version").GetInt32());
        Assert.Equal("token", copy.GetProperty("type").GetString());
        Assert.Equal("prod", copy.GetProperty("tags").GetProperty("env").GetString());
        Assert.StartsWith("2099", copy.GetProperty("expires_at").GetString(), StringComparison.Ordinal);
        shell.Run("get a").Prints("second");

        shell.Run("cp a b").Fails(6, "SR2016");
        shell.Run("copy a b --dry-run").Fails(6, "SR2016");
        shell.Run("copy a b --force --history --json").Ok();
        shell.Run("get b --version 2").Prints("first");
        shell.Run("get b").Prints("second");
        shell.Run("copy a a").Fails(2);
        shell.Run("copy a folder/").Fails(2);
        shell.Run("copy nothing c").Fails(3);
        shell.Run("copy nothing/ c/").Fails(3);
    }

    [Fact]
    public void A_move_takes_the_versions_along_and_the_old_name_can_be_restored()
    {
        using var shell = Shell.WithVault();
        shell.Run("set db/one", "first").Ok();
        shell.Run("set db/one", "second").Ok();
        shell.Run("set db/two host=h user=u").Ok();

        var moved = shell.Run("move db/ database/ --json").Ok().Json;

        Assert.Equal("database/one", moved.GetProperty("secrets")[0].GetProperty("to").GetString());
        Assert.Equal(2, moved.GetProperty("secrets")[0].GetProperty("versions").GetInt32());
        shell.Run("list").Prints("database/one\ndatabase/two\n");
        shell.Run("get database/one --version 1").Prints("first");
        shell.Run("get database/two#user").Prints("u");
        shell.Run("restore db/one").Ok();
        shell.Run("get db/one").Prints("second");
        shell.Run("mv db/one database/one").Fails(6);
        shell.Run("get db/one").Prints("second");
        shell.Run("mv db/one new --current-only").Ok();
        shell.Run("get new --version 2").Fails(3);
        shell.Run("verify").Ok();
    }

    [Fact]
    public void A_revoked_version_is_left_behind_with_a_word()
    {
        using var shell = Shell.WithVault();
        shell.Run("set a", "first").Ok();
        shell.Run("rotate a --grace 0s", "second").Ok();

        shell.Run("move a b").Ok().Says("1 older version(s) whose grace period is over");

        shell.Run("get b").Prints("second");
    }
}
