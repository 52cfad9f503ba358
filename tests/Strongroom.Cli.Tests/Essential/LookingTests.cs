using Strongroom.Cli.Tests.Support;

namespace Strongroom.Cli.Tests.Essential;

/// <summary><c>list</c>, <c>show</c>, <c>meta</c>, <c>status</c>, <c>version</c>, <c>demo</c>.</summary>
public sealed class LookingTests
{
    [Fact]
    public void A_list_is_filtered_by_prefix_type_tag_and_expiry()
    {
        using var shell = Shell.WithVault();
        shell.Run("set broker/a --type api_key --tag env=prod --tag team=risk", input: "x").Ok();
        shell.Run("set broker/b --type token --tag env=test --expires 10d", input: "x").Ok();
        shell.Run("set db/c --type password --expires 2099-01-01", input: "x").Ok();

        shell.Run("list").Prints("broker/a\nbroker/b\ndb/c\n");
        shell.Run("ls broker/").Prints("broker/a\nbroker/b\n");
        shell.Run("list --type token").Prints("broker/b\n");
        shell.Run("list --tag env").Prints("broker/a\nbroker/b\n");
        shell.Run("list --tag env=prod --tag team=risk").Prints("broker/a\n");
        shell.Run("list --expiring 30d").Prints("broker/b\n");
        shell.Run("list nothing/").Prints("").Says("No secrets.");
        shell.Run("list --type 'No Type'").Fails(2, "SR1102");
        shell.Run("list --expiring soon").Fails(2, "SR2002");
        Assert.Matches("(?s)NAME.*VERSION.*TYPE.*broker/a +1 +api_key.*env=prod", shell.Run("list --long").Ok().Output);
    }

    [Fact]
    public void A_list_comes_in_pages()
    {
        using var shell = Shell.WithVault();
        foreach (var name in (string[])["a", "b", "c"])
            shell.Run($"set {name}", input: "x").Ok();

        shell.Run("list --page-size 2").Prints("a\nb\n").Says("--after b");
        shell.Run("list --page-size 2 --after b").Prints("c\n");
        var page = shell.Run("list --page-size 2 --json").Ok().Json;
        Assert.Equal("b", page.GetProperty("next").GetString());
        Assert.Equal(2, page.GetProperty("secrets").GetArrayLength());
    }

    [Fact]
    public void Show_masks_and_reveals()
    {
        using var shell = SharedVault.Shell();

        var shown = shell.Run("show db/main").Ok().Hides("value-of-password").Output;
        Assert.Contains("password", shown, StringComparison.Ordinal);
        Assert.Contains("********", shown, StringComparison.Ordinal);
        shell.Run("show db/main --json").Ok().Hides("value-of-password");
        Assert.Contains("value-of-password", shell.Run("show db/main --reveal").Ok().Output, StringComparison.Ordinal);
        shell.Run("show no/such").Fails(3, "SR1417");
    }

    [Fact]
    public void Metadata_changes_without_a_new_version()
    {
        using var shell = SharedVault.Shell();
        shell.Run("set meta/one --tag env=prod --tag draft=yes --description old", input: "x").Ok();

        shell.Run("meta meta/one --tag env=test --untag draft --description 'A new one' --type token --expires 2031-02-03").Ok();

        var metadata = shell.Run("meta meta/one --json").Ok().Json;
        Assert.Equal(1, metadata.GetProperty("version").GetInt64());
        Assert.Equal("token", metadata.GetProperty("type").GetString());
        Assert.Equal("A new one", metadata.GetProperty("description").GetString());
        Assert.Equal("2031-02-03T00:00:00.000Z", metadata.GetProperty("expires_at").GetString());
        Assert.Equal("{\"env\":\"test\"}", metadata.GetProperty("tags").GetRawText());
        shell.Run("get meta/one").Prints("x");

        shell.Run("meta meta/one --tag nothing").Fails(2, "SR2002");
        shell.Run("meta meta/one --expires 1d --no-expires").Fails(2, "SR2001");
        shell.Run("meta meta/one --type token --if-version 9").Fails(6, "SR1416");
        shell.Run("meta meta/none --type token").Fails(3);
        shell.Run("meta meta/none").Fails(3, "SR2014");
    }

    [Fact]
    public void Text_of_the_vault_can_not_move_the_cursor()
    {
        // Of its own: what lists the shared one expects no such text there.
        using var shell = Shell.WithVault();
        shell.Run(["set", "meta/escape", "--description", "\e[2Jgone", "--tag", "k=\e[1m", "--value", "x"], []).Ok();

        foreach (var line in (string[])["meta meta/escape", "show meta/escape", "list meta/ --long"])
        {
            using var session = shell.OnTerminal(line);
            session.End().Ok().Hides("\e[2J", "\e[1m\n");
        }
    }

    [Fact]
    public void Status_never_asks_and_says_what_is_verified()
    {
        using var shell = Shell.WithVault();
        shell.Run("set a", input: "x").Ok();
        Assert.True(shell.Run("status --json").Ok().Json.GetProperty("verified").GetBoolean());

        shell.Variables.Remove("STRONGROOM_KEY_FILE");
        var status = shell.Run("status --json").Ok().Json;
        Assert.False(status.GetProperty("verified").GetBoolean());
        Assert.Equal(1, status.GetProperty("secrets").GetInt64());
        shell.Run("status").Ok().Says("Not verified");
        using var session = shell.OnTerminal("status");
        session.End().Ok();
    }

    [Fact]
    public void Version_says_what_it_is()
    {
        using var shell = new Shell();

        Assert.Matches(@"^strongroom [0-9]+\.[0-9]+\.[0-9]+", shell.Run("version").Ok().Output);
        Assert.Equal(shell.Run("version").Output, shell.Run("--version").Ok().Output);
        Assert.Equal(1, shell.Run("version --json").Ok().Json.GetProperty("format").GetInt32());
    }

    [Fact]
    public void The_demonstration_runs_to_its_end_and_leaves_nothing()
    {
        using var shell = new Shell();
        shell.Variables["TMPDIR"] = Directory.CreateDirectory(shell.PathOf("tmp")).FullName;

        var shown = shell.Run("demo").Ok().Output;

        foreach (var text in (string[])["Make a vault", "API key", "database credentials", "typed helper", "Rotate", "versions that are kept", "expires", "change one byte", "older copy", "audit log", " ms"])
            Assert.Contains(text, shown, StringComparison.Ordinal);
        foreach (var code in (string[])["SR1001", "SR1607"])
            Assert.Contains(code, shown, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(shell.PathOf("tmp")));
        Assert.False(Directory.Exists(shell.PathOf("state")), "the demonstration leaves the user's marks alone");
    }
}
