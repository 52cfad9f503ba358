using System.Text;
using Strongroom.Cli.Tests.Support;

namespace Strongroom.Cli.Tests.Scanning;

public sealed class ScanTests
{
    private const string Token = "value-of-token";

    [Fact]
    public void A_value_is_found_in_each_form_with_its_place_and_never_shown()
    {
        using var shell = SharedVault.Shell();
        Directory.CreateDirectory(shell.PathOf("src/deep"));
        shell.Write("src/a.cs", $"one\ntwo = \"{Token}\";\n");
        shell.Write("src/deep/b.txt", "x" + Convert.ToBase64String(Encoding.ASCII.GetBytes("Basic:" + Token + "!")) + "\n");
        shell.Write("src/c.txt", Convert.ToHexString(Encoding.ASCII.GetBytes(Token)));
        shell.Write("src/d.txt", Uri.EscapeDataString("s3cr3t \"with\" \\ $"));
        shell.Write("src/clean.txt", "value-of-tokem value_of_token app");
        File.WriteAllBytes(shell.PathOf("src/e.bin"), [0, 1, 2, .. "value-of-password"u8, 0]);

        var result = shell.Run("scan src");

        Assert.Equal(9, result.Exit);
        result.Hides(Token, "value-of-password").Says("6 files", "5 findings");
        Assert.Equal(
            ["a.cs:2:8: ci/token", "c.txt:1:1: ci/token, as hex", "d.txt:1:1: odd/value, as url", "deep/b.txt:1:10: ci/token, as base64", "e.bin (byte 3): db/main#password"],
            result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Nothing_found_is_no_finding()
    {
        using var shell = SharedVault.Shell();
        shell.Write("a", "nothing here; user app");

        shell.Run("scan a").Prints("").Says("0 findings");
        shell.Run("scan missing").Fails(2, "SR2012");
    }

    [Fact]
    public void Where_a_file_is_cut_into_pieces_does_not_matter()
    {
        using var shell = SharedVault.Shell();
        var places = new List<int>();
        var bytes = new byte[2_300_000];
        Array.Fill(bytes, (byte)'x');
        for (var at = 100; at + 20 < bytes.Length; at += 32_749)
        {
            Encoding.ASCII.GetBytes(Token).CopyTo(bytes, at);
            places.Add(at);
        }

        File.WriteAllBytes(shell.PathOf("large"), bytes);

        var found = shell.Run("scan large --json").Json.GetProperty("findings").EnumerateArray().Select(finding => finding.GetProperty("offset").GetInt32());

        Assert.Equal(places, found);
    }

    [Fact]
    public void What_git_ignores_is_left_out_and_what_is_meant_is_passed_over()
    {
        using var shell = WithRepository();
        shell.Write("repo/.gitignore", "ignored.txt\nbuild/\n");
        shell.Write("repo/ignored.txt", Token);
        shell.Write("repo/new.txt", Token);
        shell.Write("repo/meant.txt", $"{Token} # strongroom:allow\n");

        Assert.Equal("new.txt:1:1: ci/token\n", shell.Run("scan repo").Output);
    }

    [Fact]
    public void Only_what_is_staged_counts_for_a_commit()
    {
        using var shell = WithRepository();
        shell.Write("repo/a.txt", $"{Token}\n");
        shell.Write("repo/b.txt", "clean\n");
        shell.Sh("cd repo && git add b.txt").Ok();

        shell.Run("scan repo --staged").Prints("");
        shell.Sh("cd repo && git add a.txt && echo clean > a.txt").Ok();
        Assert.Equal("a.txt:1:1: ci/token\n", shell.Run("scan repo --staged").Output);
    }

    [Fact]
    public void The_hook_refuses_a_commit_with_a_secret_in_it()
    {
        using var shell = WithRepository();
        shell.Write("strongroom", $"#!/bin/sh\nexec {Shell.Quoted(shell.Command.Line)} \"$@\"\n");
        File.SetUnixFileMode(shell.PathOf("strongroom"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        shell.Variables["PATH"] = shell.Folder + ":" + shell.Variables["PATH"];
        shell.Run("scan repo --install-hook").Ok();
        shell.Run("scan repo --install-hook").Fails(6, "SR2011");
        shell.Write("repo/a.txt", Token);

        var refused = shell.Sh("cd repo && git add a.txt && git commit -q -m leak");
        Assert.NotEqual(0, refused.Exit);
        Assert.Contains("a.txt:1:1: ci/token", refused.Output + refused.Errors, StringComparison.Ordinal);
        shell.Sh("cd repo && echo fine > a.txt && git add a.txt && git commit -q -m fine").Ok();
    }

    [Fact]
    public void History_has_what_files_no_longer_have()
    {
        using var shell = WithRepository();
        shell.Write("repo/a b.txt", $"x\n{Token}\n");
        shell.Sh("cd repo && git add . && git commit -q -m leak && git rm -q 'a b.txt' && git commit -q -m gone && git commit -q --allow-empty -m 'the password is value-of-password'").Ok();

        shell.Run("scan repo").Prints("");
        var found = shell.Run("scan repo --git-history").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal).ToArray();

        Assert.Equal(2, found.Length);
        Assert.Contains(found, line => line.EndsWith(":a b.txt:2:1: ci/token", StringComparison.Ordinal));
        Assert.Contains(found, line => line.Contains("commit", StringComparison.Ordinal) && line.EndsWith("db/main#password", StringComparison.Ordinal));
    }

    [Fact]
    public void Older_versions_are_found_when_asked_for()
    {
        using var shell = Shell.WithVault();
        shell.Run("set a", input: "the-first-value").Ok();
        shell.Run("set a", input: "the-second-value").Ok();
        shell.Write("f", "the-first-value\n");

        shell.Run("scan f").Prints("");
        Assert.Equal("f:1:1: a (version 1)\n", shell.Run("scan f --versions").Output);
    }

    [Fact]
    public void Tokens_of_well_known_services_need_no_vault()
    {
        using var shell = new Shell();
        // Put together here, so that no scanner takes this file for a leak.
        var body = "q8Wz3kRt5YvB2nLc7XpD9sFhJ4mG6aTe1Uo0";
        shell.Write("f", $"a = ghp_{body}\nAK" + "IAQ3EGT7RXPLM2VNZD\nAKIAAAAAAAAAAAAAAAAA\nAKIAIOSFODNN7EXAMPLE\nxghp_" + body + "\n-----BEGIN " + $"PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEA\n\"-----BEGIN PRIVATE KEY-----\"\n");

        var result = shell.Run("scan f --no-vault");

        Assert.Equal("f:1:5: GitHub token\nf:2:1: AWS access key\nf:6:1: private key\n", result.Output);
        Assert.Equal(9, result.Exit);
    }

    [Fact]
    public void Our_own_key_files_are_found()
    {
        using var shell = new Shell();
        shell.Run("key new k.key").Ok();

        Assert.Equal("k.key:1:1: Strongroom key file\n", shell.Run("scan k.key --no-vault").Output);
    }

    private static Shell WithRepository()
    {
        Need.Tool("git");
        var shell = SharedVault.Shell();
        shell.Sh("git init -q repo && cd repo && git config user.name t && git config user.email t@t.example").Ok();
        return shell;
    }
}
