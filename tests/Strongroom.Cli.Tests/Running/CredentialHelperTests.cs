using Strongroom.Cli.Tests.Support;

namespace Strongroom.Cli.Tests.Running;

/// <summary>The helper protocols of git (with git itself) and docker.</summary>
public sealed class CredentialHelperTests
{
    private const string Host = "protocol=https\nhost=git.example\n";

    [Fact]
    public void Git_keeps_finds_and_forgets_a_password()
    {
        using var shell = WithGit();

        Assert.NotEqual(0, Git(shell, "fill", Host).Exit);
        Git(shell, "approve", Host + "username=me\npassword=first pw=\n").Ok();
        Assert.Contains("username=me\npassword=first pw=\n", Git(shell, "fill", Host).Ok().Output, StringComparison.Ordinal);
        // The same again is no new version.
        Git(shell, "approve", Host + "username=me\npassword=first pw=\n").Ok();
        Assert.Equal("1", Version(shell, "git/git.example"));
        Git(shell, "approve", Host + "username=me\npassword=second\n").Ok();
        Assert.Equal("2", Version(shell, "git/git.example"));
        // What was refused is forgotten only if it is what is kept.
        Git(shell, "reject", Host + "username=me\npassword=first pw=\n").Ok();
        Assert.Contains("password=second\n", Git(shell, "fill", Host).Ok().Output, StringComparison.Ordinal);
        Git(shell, "reject", Host + "username=me\npassword=second\n").Ok();
        Assert.NotEqual(0, Git(shell, "fill", Host).Exit);
        shell.Run("restore git/git.example").Ok();
        Assert.Contains("password=second\n", Git(shell, "fill", Host).Ok().Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_users_of_a_host_are_told_apart()
    {
        using var shell = WithGit();
        Git(shell, "approve", Host + "username=me\npassword=one\n").Ok();
        Git(shell, "approve", Host + "username=you@home.example\npassword=two\n").Ok();

        Assert.Contains("password=two\n", Git(shell, "fill", Host + "username=you@home.example\n").Ok().Output, StringComparison.Ordinal);
        Assert.Contains("password=one\n", Git(shell, "fill", Host + "username=me\n").Ok().Output, StringComparison.Ordinal);
        Assert.Contains("password=one\n", Git(shell, "fill", Host).Ok().Output, StringComparison.Ordinal);
        Assert.NotEqual(0, Git(shell, "fill", Host + "username=nobody\n").Exit);
    }

    [Fact]
    public void A_password_is_given_to_no_other_host_protocol_or_port()
    {
        using var shell = WithGit();
        Git(shell, "approve", Host + "username=me\npassword=one\n").Ok();

        Assert.NotEqual(0, Git(shell, "fill", "protocol=http\nhost=git.example\n").Exit);
        Assert.NotEqual(0, Git(shell, "fill", "protocol=https\nhost=git.example:8443\n").Exit);
        Assert.NotEqual(0, Git(shell, "fill", "protocol=https\nhost=other.example\n").Exit);
    }

    [Fact]
    public void A_secret_that_a_person_wrote_is_used()
    {
        using var shell = WithGit();
        shell.Run(["set", "git/github.com", "username=octo", "password=-"], "ghp_x\n"u8.ToArray()).Ok();

        Assert.Contains("username=octo\npassword=ghp_x\n", Git(shell, "fill", "url=https://github.com/a/b\n").Ok().Output, StringComparison.Ordinal);
    }

    [Fact]
    public void With_paths_each_repository_has_its_own()
    {
        using var shell = WithGit();
        shell.Sh("git config --file $HOME/.gitconfig credential.useHttpPath true").Ok();
        Git(shell, "approve", Host + "path=a/b.git\nusername=me\npassword=one\n").Ok();
        Git(shell, "approve", Host + "path=c/d.git\nusername=me\npassword=two\n").Ok();

        Assert.Contains("password=one\n", Git(shell, "fill", Host + "path=a/b.git\n").Ok().Output, StringComparison.Ordinal);
        Assert.Contains("password=two\n", Git(shell, "fill", Host + "path=c/d.git\n").Ok().Output, StringComparison.Ordinal);
    }

    [Fact]
    public void What_git_does_not_say_is_refused_and_what_it_may_say_later_passed_over()
    {
        using var shell = Shell.WithVault();

        shell.Run("git-credential get", "no equals sign\n").Fails(2, "SR2050").Hides("no equals");
        shell.Run("git-credential capability", "").Prints("");
        shell.Run("git-credential get", "capability[]=authtype\n" + Host + "\n").Prints("");
        shell.Run(["set", "git/git.example", "username=me", "password=@two-lines"], []).Fails(2);
        shell.Write("two-lines", "a\nhost=evil.example");
        shell.Run(["set", "git/git.example", "username=me", "password=@two-lines"], []).Ok();
        shell.Run("git-credential get", Host).Fails(2, "SR2050").Hides("evil");
    }

    [Fact]
    public void Docker_keeps_finds_lists_and_forgets()
    {
        using var shell = Shell.WithVault();
        const string Server = "https://index.docker.io/v1/";

        var missing = shell.Run("docker-credential get", Server);
        Assert.Equal((1, "credentials not found in native keychain\n"), (missing.Exit, missing.Output));
        shell.Run("docker-credential store", $$"""{"ServerURL":"{{Server}}","Username":"me","Secret":"p\u00e4ss"}""").Prints("");
        var answer = shell.Run("docker-credential get", Server + "\n").Ok().Json;
        Assert.Equal((Server, "me", "päss"), (answer.GetProperty("ServerURL").GetString(), answer.GetProperty("Username").GetString(), answer.GetProperty("Secret").GetString()));
        shell.Run("docker-credential list", "").Prints($$"""{"{{Server}}":"me"}""");
        shell.Run("list docker/").Prints("docker/index.docker.io/v1\n");
        shell.Run("docker-credential erase", Server).Prints("");
        Assert.Equal(1, shell.Run("docker-credential get", Server).Exit);
        shell.Run("docker-credential list", "").Prints("{}");
    }

    [Theory]
    [InlineData("store", "{\"ServerURL\":\"a\",\"Username\":\"b\"}", 2)]
    [InlineData("store", "secret text", 2)]
    [InlineData("store", "[]", 2)]
    [InlineData("get", "", 2)]
    [InlineData("frob", "", 2)]
    public void What_docker_does_not_say_is_refused(string operation, string input, int exit)
    {
        using var shell = SharedVault.Shell();

        shell.Run($"docker-credential {operation}", input).Fails(exit).Hides("secret text");
    }

    private static Shell WithGit()
    {
        Need.Tool("git");
        var shell = Shell.WithVault();
        shell.Variables["GIT_TERMINAL_PROMPT"] = "0";
        shell.Variables["GIT_CONFIG_NOSYSTEM"] = "1";
        shell.Write(".gitconfig", $"[credential]\n\thelper = \"!{Shell.Quoted(shell.Command.Line)} git-credential\"\n");
        return shell;
    }

    private static CommandResult Git(Shell shell, string operation, string input)
    {
        using var process = shell.Start(["git", "credential", operation]);
        return Shell.Finish(process, $"git credential {operation}", System.Text.Encoding.UTF8.GetBytes(input));
    }

    private static string Version(Shell shell, string name) => shell.Run($"meta {name} --json").Ok().Json.GetProperty("version").ToString();
}
