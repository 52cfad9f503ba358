using Strongroom.Cli.Tests.Support;

namespace Strongroom.Cli.Tests.Daily;

public sealed class FieldVerbTests
{
    [Fact]
    public void Patch_changes_the_named_fields_and_keeps_the_others()
    {
        using var shell = Shell.WithVault();
        shell.Run("set db host=a password=@-p").Fails(2);
        shell.Run(["set", "db", "host=a", "user=app", "password=-"], "first-password"u8.ToArray()).Ok();

        shell.Run("patch db password=- --dry-run", "second-password\n").Ok().Says("password would be written, as version 2");
        shell.Run("get db#password").Prints("first-password");
        shell.Run("patch db password=- host=b", "second-password\n").Ok().Says("host, password written, as version 2").Hides("second-password");

        shell.Run("get db#password").Prints("second-password");
        shell.Run("get db#user").Prints("app");
        shell.Run("patch db host=c --if-version 1").Fails(6);
        shell.Run("patch db").Fails(2, "patch needs FIELD=VALUE");
        shell.Run("patch db password=").Fails(2, "SR2006");
        shell.Run("patch nothing a=b").Fails(3);
        Assert.Equal(3, shell.Run("patch db host=c --json --if-version 2").Ok().Json.GetProperty("version").GetInt32());
    }

    [Fact]
    public void Unset_removes_one_field_but_not_the_last()
    {
        using var shell = Shell.WithVault();
        shell.Run("set db host=a port=1").Ok();
        shell.Run("set plain", "value").Ok();

        shell.Run("unset db#port --dry-run").Ok().Says("port would be removed, as version 2");
        shell.Run("unset db#port").Ok().Says("port removed, as version 2");

        shell.Run("get db#port").Fails(3, "SR2014");
        shell.Run("get db#port --version 1").Prints("1");
        shell.Run("unset db#host").Fails(2, "the only field");
        shell.Run("unset db").Fails(2, "strongroom remove db");
        shell.Run("unset plain#x").Fails(3);
        shell.Run("patch plain x=1").Fails(2, "SR2015");
    }

    [Fact]
    public void Diff_names_what_differs_and_shows_values_only_when_asked()
    {
        using var shell = Shell.WithVault();
        shell.Run(["set", "db", "host=a", "old=x", "password=-"], "line one\nsecret-before\nline three"u8.ToArray()).Ok();
        shell.Run("diff db").Fails(3, "SR2014");
        shell.Write("p", "line one\nsecret-after\nline three");
        shell.Run("set db host=a new=y password=@p").Ok();

        shell.Run("diff db").Prints("db: version 1 and version 2\n= host: same\n+ new: added\n- old: removed\n~ password: changed\n");
        Assert.Equal(9, shell.Run("diff db 1 2 --exit-code").Exit);
        shell.Run("diff db 2 2 --exit-code").Ok();
        shell.Run("diff db --reveal").Ok().Prints("db: version 1 and version 2\n= host: same\n+ new: added\n    + y\n- old: removed\n    - x\n~ password: changed\n      line one\n    - secret-before\n    + secret-after\n      line three\n");

        var masked = shell.Run("diff db --json").Ok().Hides("secret-").Json;
        Assert.True(masked.GetProperty("differ").GetBoolean());
        Assert.Equal("secret-after", shell.Run("diff db --json --reveal").Ok().Json.GetProperty("fields")[3].GetProperty("after").GetProperty("data").GetString()!.Split('\n')[1]);
        shell.Run("diff db 1 7").Fails(3);
        shell.Run("diff db one").Fails(2, "SR2002");
    }
}
