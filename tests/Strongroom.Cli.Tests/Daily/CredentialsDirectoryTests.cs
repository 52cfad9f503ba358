using Strongroom.Cli.Tests.Support;

namespace Strongroom.Cli.Tests.Daily;

/// <summary>A credential that systemd has put into memory for a service opens the vault.</summary>
public sealed class CredentialsDirectoryTests
{
    [Fact]
    public void A_key_file_or_a_passphrase_of_systemd_opens_the_vault()
    {
        using var shell = new Shell();
        Directory.CreateDirectory(shell.PathOf("credentials"));
        shell.Variables["STRONGROOM_VAULT"] = shell.PathOf("vault.json");
        shell.Run("init --new-key-file credentials/strongroom").Ok();
        shell.Run("list --no-input").Fails(4);

        shell.Variables["CREDENTIALS_DIRECTORY"] = shell.PathOf("credentials");
        shell.Run("set a", "value").Ok().Hides("warning");
        shell.Write("phrase", "correct horse battery staple");
        shell.Run("key add --new-passphrase-file phrase").Ok();
        shell.Write("credentials/strongroom", "correct horse battery staple\n");
        shell.Run("get a").Prints("value").Hides("warning");
        // What is said to strongroom itself comes first.
        shell.Variables["STRONGROOM_KEY_FILE"] = shell.PathOf("nothing");
        shell.Run("get a").Hides("value");
    }
}
