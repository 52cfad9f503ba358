using System.Globalization;
using System.Text;
using Strongroom.Cli.Tests.Support;

namespace Strongroom.Cli.Tests.Moving;

/// <summary>The verbs <c>import</c> and <c>export</c> as a user runs them.</summary>
public sealed class ImportExportTests
{
    [Fact]
    public void A_dry_run_shows_all_and_writes_nothing()
    {
        using var shell = Shell.WithVault();
        shell.Write(".env", "TOKEN=abc\nEMPTY=\n");

        var report = shell.Run("import dotenv .env --prefix dev --dry-run --json").Ok().Hides("abc").Json;

        Assert.Equal(1, report.GetProperty("counts").GetProperty("created").GetInt32());
        Assert.Equal("dev/TOKEN", report.GetProperty("secrets")[0].GetProperty("name").GetString());
        Assert.Contains("'EMPTY' is empty", report.GetProperty("notes")[0].GetString(), StringComparison.Ordinal);
        shell.Run("list").Prints("");
    }

    [Fact]
    public void Conflicts_fail_are_skipped_or_become_versions()
    {
        using var shell = Shell.WithVault();
        shell.Write("one", "A=1\nB=2\n");
        shell.Write("two", "A=1\nB=3\nC=4\n");
        shell.Run("import dotenv one").Ok().Says("2 secrets of one: 2 created");

        shell.Run("import dotenv two").Fails(6, "SR2035", "2 are there already: A, B", "Nothing was written");
        shell.Run("get C").Fails(3);
        shell.Run("import dotenv two --on-conflict skip").Ok().Says("1 created, 2 skipped");
        shell.Run("get B").Prints("2");
        shell.Run("import dotenv two --on-conflict new-version").Ok().Says("1 new versions, 2 unchanged");
        shell.Run("get B").Prints("3");
        shell.Run("get B --version 1").Prints("2");
    }

    [Fact]
    public void Names_that_do_not_fit_are_refused_with_what_would_fit()
    {
        using var shell = Shell.WithVault();
        shell.Write("a.json", """{"My Bank": {"user name": "a"}, "My-Bank": "b"}""");

        shell.Run("import json a.json").Fails(2, "SR2031", "--rename slug makes it 'My-Bank'", "the field 'user name'");
        shell.Run("import json a.json --rename slug").Fails(2, "would both be 'My-Bank'", "--rename number");
        shell.Run(["import", "json", "a.json", "--rename", "slug", "--rename", "number"], []).Ok();
        shell.Run("get My-Bank#user-name").Prints("a");
        shell.Run("get My-Bank-2").Prints("b");
        shell.Run(["import", "json", "a.json", "--rename", "My Bank=bank", "--rename", "#user name=user", "--only", "My Bank"], []).Ok();
        shell.Run("get bank#user").Prints("a");
    }

    [Fact]
    public void Nothing_of_a_bad_file_is_written_and_none_of_it_is_shown()
    {
        using var shell = Shell.WithVault();
        shell.Write(".env", "GOOD=1\nhunter2-secret-value\n");

        shell.Run("import dotenv .env").Fails(11, "SR2030", "line 2: this is not NAME=value").Hides("hunter2");
        shell.Run("list").Prints("");
        File.WriteAllBytes(shell.PathOf("latin1"), [(byte)'A', (byte)'=', (byte)'1', (byte)'\n', (byte)'B', (byte)'=', 0xe9]);
        shell.Run("import dotenv latin1").Fails(11, "line 2: this is not UTF-8");
        shell.Run("import dotenv nothing").Fails(2, "there is no such file");
        shell.Run("import dotnev .env").Fails(2, "Did you mean dotenv?");
    }

    [Fact]
    public void Clear_text_is_confirmed_and_only_the_user_can_read_it()
    {
        using var shell = Shell.WithVault();
        shell.Run("set dev/api-token", "abc").Ok();

        shell.Run("export --format json").Fails(2, "SR2008");
        shell.Run("export --format json --no-input").Fails(4, "SR2008");
        shell.Run("export dev --format json --yes").Ok().Prints("{\n  \"api-token\": \"abc\"\n}\n");
        shell.Run("export --format json --yes -o out.json").Ok().Hides("abc");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(shell.PathOf("out.json")));
        shell.Run("export --format json --yes -o out.json").Fails(6, "SR2011");
        shell.Run("export --format json --yes -o out.json --force").Ok();
        shell.Run("export other --format json --yes").Fails(3);
        shell.Run("export dev --format dotenv --yes").Fails(2, "--rename env makes it 'API_TOKEN'");
        shell.Run("export dev --format dotenv --yes --rename env").Prints("API_TOKEN='abc'\n");
        shell.Run("export --format json --recipient age1x").Fails(2, "--encrypted");
    }

    [Fact]
    public void A_bundle_keeps_everything()
    {
        using var shell = Shell.WithVault();
        shell.Run(["set", "all/bytes", "--tag", "env=prod", "--type", "token", "--expires", "2099-01-01", "--description", "for tests"], [0, 255, 10]).Ok();
        shell.Run("set all/fields user=me password=-", "p\n").Ok();
        shell.Run("export --format bundle --yes -o b.json").Ok();
        shell.Run("import bundle b.json --prefix copy").Ok();

        Assert.Equal([0, 255, 10], shell.Run("get copy/all/bytes").Ok().Bytes);
        shell.Run("get copy/all/fields#password").Prints("p");
        var metadata = shell.Run("list copy/all/bytes --json").Ok().Json.GetProperty("secrets")[0];
        Assert.Equal(("token", "for tests", "prod", "2099-01-01T00:00:00.000Z"), (metadata.GetProperty("type").GetString(), metadata.GetProperty("description").GetString(), metadata.GetProperty("tags").GetProperty("env").GetString(), metadata.GetProperty("expires_at").GetString()));
    }

    [Fact]
    public void Thousands_of_secrets_are_one_commit()
    {
        using var shell = Shell.WithVault();
        var json = new StringBuilder("{");
        for (var i = 0; i < 10_000; i++)
            json.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? "" : ",")}\n\"many/s{i:D5}\": \"value {i}\"");
        shell.Write("many.json", json.Append('}').ToString());

        var report = shell.Run("import json many.json --json").Ok().Json;

        Assert.Equal((2, 10_000), (report.GetProperty("revision").GetInt32(), report.GetProperty("counts").GetProperty("created").GetInt32()));
        shell.Run("get many/s09999").Prints("value 9999");
    }

    [Fact]
    public void A_change_in_between_is_refused_and_not_overwritten()
    {
        using var shell = Shell.WithVault();
        shell.Write(".env", "A=1\n");

        // Standard input is open while another process writes: the decision is made after it has ended.
        shell.Sh("(sleep 2; printf 'A=2\\n') | strongroom import dotenv - & pid=$!; strongroom import dotenv .env; wait $pid; echo \"code $?\"").Prints("code 6\n");

        shell.Run("get A").Prints("1");
    }
}
