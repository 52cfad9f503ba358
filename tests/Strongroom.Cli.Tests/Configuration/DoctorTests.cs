using Strongroom.Cli.Tests.Support;

namespace Strongroom.Cli.Tests.Configuration;

/// <summary>What is wrong around a vault is found, and mended where that does no harm.</summary>
public sealed class DoctorTests
{
    [Fact]
    public void A_vault_in_good_order_has_no_findings()
    {
        using var shell = Shell.WithVault();
        shell.Variables["XDG_RUNTIME_DIR"] = Directory.CreateDirectory(shell.PathOf("run")).FullName;
        shell.Run("key add --recovery-key").Ok();

        var result = shell.Run("doctor --json").Ok();

        Assert.All(Checks(result), check => Assert.Equal("ok", check.Value));
        foreach (var name in (string[])["memory", "core-dumps", "environment", "agent", "configuration", "vault-file", "folder", "strays", "key-file", "vault", "clock", "key-derivation", "recovery"])
            Assert.Contains(name, Checks(result).Keys);
    }

    [Fact]
    public void What_is_wrong_is_found_with_a_remedy_and_mended_on_request()
    {
        using var shell = Shell.WithVault();
        shell.Variables["XDG_RUNTIME_DIR"] = Directory.CreateDirectory(shell.PathOf("run")).FullName;
        shell.Variables["STRONGROOM_PASSPHRASE"] = "not used";
        shell.Write(".vault.json.abc.tmp", "left");
        Assert.Equal(0, shell.Sh("chmod 644 vault.json vault.key; chmod g+w .; touch -d '1 hour ago' .vault.json.abc.tmp; mkdir -m 700 run/strongroom; touch run/strongroom/agent.sock").Exit);

        var found = shell.Run("doctor --json");
        Assert.Equal(9, found.Exit);
        Assert.Equal(["agent", "environment", "folder", "key-file", "recovery", "strays", "vault-file"], Checks(found).Where(check => check.Value == "finding").Select(check => check.Key).Order());
        Assert.Equal(9, shell.Run("doctor").Exit);

        var mended = Checks(shell.Run("doctor --fix --json"));
        Assert.Equal(["agent", "key-file", "strays", "vault-file"], mended.Where(check => check.Value == "mended").Select(check => check.Key).Order());
        Assert.False(File.Exists(shell.PathOf(".vault.json.abc.tmp")));
        Assert.Equal("600 600", shell.Sh("echo $(stat -c %a vault.json vault.key)").Output.Trim());
        Assert.Equal(["environment", "folder", "recovery"], Checks(shell.Run("doctor --json")).Where(check => check.Value == "finding").Select(check => check.Key).Order());
    }

    [Fact]
    public void A_configuration_that_can_not_be_read_is_a_finding_and_no_failure()
    {
        using var shell = new Shell();
        shell.Write(".strongroom.toml", "nothing");

        var result = shell.Run("doctor --json");

        Assert.Equal(9, result.Exit);
        Assert.Equal("finding", Checks(result)["configuration"]);
    }

    private static Dictionary<string, string> Checks(CommandResult result) =>
        result.Json.GetProperty("checks").EnumerateArray().ToDictionary(check => check.GetProperty("check").GetString()!, check => check.GetProperty("state").GetString()!);
}
