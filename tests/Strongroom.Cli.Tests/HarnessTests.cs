using Strongroom.Cli.Tests.Support;

namespace Strongroom.Cli.Tests;

/// <summary>That the harness itself does what the other tests rely on.</summary>
public sealed class HarnessTests
{
    [Fact]
    public void Bytes_go_in_and_come_out_as_they_are()
    {
        using var shell = Shell.WithVault();
        var bytes = Enumerable.Range(0, 256).Select(i => (byte)i).ToArray();

        shell.Run(["set", "all/bytes"], bytes).Ok();

        Assert.Equal(bytes, shell.Run("get all/bytes").Ok().Bytes);
    }

    [Fact]
    public void A_terminal_shows_prompts_and_hides_what_is_typed()
    {
        using var shell = new Shell();
        using var session = shell.OnTerminal("init vault.json");

        session.Expect("New passphrase: ").TypeHidden("correct horse battery staple\n");
        session.Expect("New passphrase again: ").TypeHidden("correct horse battery staple\n");

        session.End().Ok().Hides("correct horse");
    }

    [Fact]
    public void The_native_command_runs_in_the_same_way()
    {
        using var shell = Shell.WithVault(TestedCommand.Native);

        shell.Sh("printf %s value | strongroom set a && strongroom get a | od -c | head -n 1").Says("version 1 written");

        shell.Run("get a").Prints("value");
    }
}
