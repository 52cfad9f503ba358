using Strongroom.Cli.Tests.Support;

namespace Strongroom.Cli.Tests.Daily;

public sealed class LookingVerbTests
{
    [Fact]
    public void Find_looks_in_names_and_metadata_and_opens_no_value()
    {
        using var shell = Shell.WithVault();
        shell.Run("set ci/token --type token --tag env=prod", "hidden-value").Ok();
        shell.Run(["set", "db/main", "--description", "The orders database"], "orders-value"u8.ToArray()).Ok();

        shell.Run("find TOK").Prints("ci/token\n");
        shell.Run("find env=prod ci").Prints("ci/token\n");
        shell.Run("find orders").Prints("db/main\n");
        Assert.Equal(3, shell.Run("find hidden-value").Exit);
        Assert.Equal("ci/token", shell.Run("find token --json").Ok().Json.GetProperty("secrets")[0].GetProperty("name").GetString());
        shell.Run("find").Fails(2);
        shell.Run("log --json").Ok().Hides("\"get\"");
    }

    [Fact]
    public void Grep_looks_into_every_value_and_the_log_has_it()
    {
        using var shell = Shell.WithVault();
        shell.Run("set ci/token", "tok_abcDEF").Ok();
        shell.Run(["set", "db/main", "username=app", "url=-"], "postgres://app@host/db\nsecond"u8.ToArray()).Ok();
        shell.Run(["set", "raw"], [0xff, 0xfe, (byte)'t', (byte)'o', (byte)'k', (byte)'_']).Ok();

        shell.Run("grep tok_").Prints("ci/token\nraw\n").Says("Opens 3 secrets; the audit log records each").Hides("abcDEF");
        shell.Run("grep -", "tok_abcDEF\n").Prints("ci/token\n");
        shell.Run("grep -i ABCdef").Prints("ci/token\n");
        shell.Run(["grep", "--regex", "^postgres://.*db$", "db/"], []).Prints("db/main#url\n").Says("Opens 1 secrets");
        Assert.Equal(3, shell.Run("grep nowhere-at-all").Exit);
        shell.Run("grep --regex '('").Fails(2, "SR2070");
        shell.Run(["grep", ""], []).Fails(2);
        Assert.Equal("url", shell.Run("grep second --json").Ok().Json.GetProperty("matches")[0].GetProperty("field").GetString());
        shell.Run(["grep", "--regex", "(s+)+x", "db/"], []).Says("No value holds it");
        Assert.Contains("\"raw\"", shell.Run("log --json").Ok().Output, StringComparison.Ordinal);
    }

    [Fact]
    public void List_as_a_tree()
    {
        using var shell = Shell.WithVault();
        foreach (var name in (string[])["a", "a/b", "a/c/d", "z/last"])
            shell.Run($"set {name} --type token", "x").Ok();

        shell.Run("list --tree").Prints("a\n├── b\n└── c/\n    └── d\nz/\n└── last\n");
        shell.Run("meta z/last --expires 2020-01-01").Ok();
        Assert.Contains("└── last  (v1 token, expired ", shell.Run("list z/ --tree --long").Ok().Output, StringComparison.Ordinal);
    }
}
