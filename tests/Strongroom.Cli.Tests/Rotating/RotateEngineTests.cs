using Strongroom.Cli.Tests.Support;

namespace Strongroom.Cli.Tests.Rotating;

public sealed class RotateEngineTests
{
    [Fact]
    public void A_policy_is_planned_run_when_due_and_remembered()
    {
        using var shell = Shell.WithVault();
        shell.Run("set app/key --tag rotate.with=generated --tag rotate.every=1s --tag rotate.deadline=1s --tag rotate.length=40", input: "first value").Ok();
        shell.Run("set app/other --tag rotate.with=generated --tag rotate.every=30d", input: "other value").Ok();
        Thread.Sleep(1100);

        var plans = shell.Run("rotate plan --json").Json.GetProperty("plans");
        Assert.Equal(["app/key due", "app/other waiting"], plans.EnumerateArray().Select(plan => $"{plan.GetProperty("name")} {plan.GetProperty("state")}"));
        Assert.Equal(1, shell.Run("rotate --due --dry-run --json").Json.GetProperty("plans").GetArrayLength());
        var run = shell.Run("rotate --due --json");
        Assert.Equal(0, run.Exit);
        Assert.Equal("promoted", run.Json.GetProperty("rotations")[0].GetProperty("result").GetString());
        Assert.Equal(40, shell.Run("get app/key").Output.Length);

        shell.Run("rotate app/other --now --urgent --reason exposed").Ok().Says("app/other: completed, version 2 is current");
        Assert.Equal("exposed", shell.Run("rotate history app/other --json").Json.GetProperty("rotations")[0].GetProperty("reason").GetString());
        shell.Run("get app/other --version 1").Fails(10);
        Assert.Contains("1 to 2", shell.Run("rotate history app/other").Output, StringComparison.Ordinal);
        shell.Run("list").Prints("app/key\napp/other\n");
        shell.Run("rotate").Fails(2);
        shell.Run("rotate app/key --due").Fails(2);
        shell.Run("rotate app/key --urgent").Fails(2);
        foreach (var ignored in (string[])["--grace 1h", "--expires 10d", "--if-version 1", "--length 20", "--kind hex"])
        {
            shell.Run($"rotate app/key --now {ignored}").Fails(2, "SR2001");
            shell.Run($"rotate --due {ignored}").Fails(2, "SR2001");
        }

        shell.Run("rotate --due --urgent").Fails(2, "SR2001");
        shell.Run("rotate --due --reason why").Fails(2, "SR2001");
        shell.Run("rotate abandon app/other").Fails(6).Says("SR1810");
    }

    [Fact]
    public void A_program_of_the_host_rotates_and_its_failure_is_a_finding()
    {
        using var shell = Shell.WithVault();
        var folder = Directory.CreateTempSubdirectory("strongroom-rotators-");
        var program = Path.Combine(folder.FullName, "far.sh");
        File.WriteAllText(program, "#!/bin/sh\ncat >/dev/null\n[ -e \"$0.fails\" ] && [ \"$1\" = verify ] && exit 1\n[ \"$1\" = create ] && echo made by far\nexit 0\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        shell.Run("set app/key --tag rotate.with=far", input: "first value").Ok();

        shell.Run("rotate app/key --now").Fails(11).Says("SR1811");
        File.WriteAllText(program + ".fails", "");
        shell.Run($"rotate app/key --now --rotators {folder.FullName}").Fails(9).Says("SR1822");
        Assert.Equal("backingoff", shell.Run($"rotate plan --json --rotators {folder.FullName}").Json.GetProperty("plans")[0].GetProperty("state").GetString());
        File.Delete(program + ".fails");
        shell.Run($"rotate app/key --now --urgent --rotators {folder.FullName}").Ok();

        shell.Run("get app/key").Prints("made by far");
        folder.Delete(recursive: true);
    }

    [Fact]
    public void What_expires_is_listed_the_first_first()
    {
        using var shell = Shell.WithVault();
        shell.Run("set later --expires 20d", input: "value").Ok();
        shell.Run("set sooner --expires 3d", input: "value").Ok();
        shell.Run("set never", input: "value").Ok();

        Assert.Equal(["sooner", "later"], shell.Run("expire list --json").Json.GetProperty("secrets").EnumerateArray().Select(secret => secret.GetProperty("name").GetString()));
        Assert.Equal(9, shell.Run("expire list --within 7d --exit-code").Exit);
        shell.Run("expire list --within 1d --exit-code").Ok();
    }
}
