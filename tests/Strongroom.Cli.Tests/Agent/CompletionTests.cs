using Strongroom.Cli.Tests.Support;

namespace Strongroom.Cli.Tests.Agent;

/// <summary>Completion in the real shells. Names only while the agent holds the vault open; nothing is ever asked.</summary>
public sealed class CompletionTests
{
    [Theory]
    [InlineData("'unl'", "unlock")]
    [InlineData("key ''", "add change list new remove")]
    [InlineData("get --vers", "--version")]
    [InlineData("get --color ''", "")]
    [InlineData("run -- ''", "")]
    [InlineData("config ''", "get list path set trust unset")]
    [InlineData("no-such-verb --ver", "--verbose")]
    public void Words_come_from_the_model(string typed, string expected)
    {
        using var shell = new Shell();

        var words = shell.Sh($"strongroom completion words -- {typed}").Ok().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(expected, string.Join(' ', words));
    }

    [Fact]
    public void Names_are_shown_while_the_vault_is_unlocked_in_every_shell()
    {
        Need.Tool("bash");
        Need.Tool("zsh");
        Need.Tool("fish");
        using var agent = new AgentShell();
        var shell = agent.Shell;
        Directory.CreateDirectory(shell.PathOf("bin"));
        shell.Write("bin/strongroom", $"#!/bin/sh\nexec {Shell.Quoted(shell.Command.Line)} \"$@\"\n");
        Assert.Equal(0, shell.Sh("chmod +x bin/strongroom").Exit);
        shell.Variables["PATH"] = $"{shell.PathOf("bin")}:{shell.Variables["PATH"]}";
        shell.Write("bash.sh", "source <(strongroom completion bash)\nCOMP_WORDS=(strongroom get \"$1\") COMP_CWORD=2\n_strongroom\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n");
        shell.Write("zsh.sh", "compdef() { :; }\ncompadd() { shift; print -l -- $@; }\n_files() { :; }\nsource <(strongroom completion zsh)\nwords=(strongroom get \"$1\") CURRENT=3\n_strongroom\n");
        string Bash(string word) => shell.Sh($"bash bash.sh '{word}'").Ok().Output.Trim();
        string Zsh(string word) => shell.Sh($"zsh -f zsh.sh '{word}'").Ok().Output.Trim();
        string Fish(string word) => shell.Sh($"fish --no-config -c 'strongroom completion fish | source; complete -C \"strongroom get {word}\"'").Ok().Output.Trim();

        Assert.Equal(["", "", ""], [Bash("db/"), Zsh("db/"), Fish("db/")]);
        agent.Unlock();
        Assert.Equal(["db/main", "db/main", "db/main"], [Bash("db/"), Zsh("db/"), Fish("db/")]);
        Assert.Equal("ci/token\ndb/main", Bash(""));
        Assert.Equal("unlock", shell.Sh("fish --no-config -c 'strongroom completion fish | source; complete -C \"strongroom unl\"'").Ok().Output.Trim());
    }

    [Fact]
    public void The_script_for_PowerShell_calls_the_same()
    {
        using var shell = new Shell();

        Assert.Contains("strongroom completion words -- @words", shell.Run("completion pwsh").Ok().Output, StringComparison.Ordinal);
        shell.Run("completion tcsh").Fails(2, "SR2002");
    }

    [Fact]
    public void Help_knows_topics_and_mistyped_names_are_suggested()
    {
        using var shell = SharedVault.Shell();

        foreach (var topic in (string[])["concepts", "environment", "references", "security"])
            Assert.Contains("strongroom", shell.Run($"help {topic}").Ok().Output, StringComparison.OrdinalIgnoreCase);
        shell.Run("help get").Ok();
        shell.Run("help no-such-thing").Fails(2, "SR2001");
        Assert.Contains("125", shell.Run("exit-codes").Ok().Output, StringComparison.Ordinal);
        shell.Run("get ci/tokne").Fails(3, "SR1417", "Did you mean ci/token?");
        shell.Run("gte ci/token").Fails(2, "SR2001", "Did you mean 'strongroom get'?");
    }
}
