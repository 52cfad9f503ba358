namespace Strongroom.Cli.Tests.Support;

/// <summary>
/// One vault for all tests that only read: making one for each would take longer than they do. It holds <c>ci/token</c>, <c>db/main</c> with <c>username</c> and <c>password</c>, and <c>odd/value</c>; what a test adds has a name
/// of its own.
/// </summary>
internal static class SharedVault
{
    private static readonly Lazy<Shell> s_vault = new(Make);

    /// <summary>A folder of its own, in which <c>STRONGROOM_VAULT</c> names the shared vault.</summary>
    public static Shell Shell()
    {
        var shell = new Shell();
        foreach (var name in (string[])["STRONGROOM_VAULT", "STRONGROOM_KEY_FILE", "STRONGROOM_STATE_DIR"])
            shell.Variables[name] = s_vault.Value.Variables[name];
        return shell;
    }

    private static Shell Make()
    {
        var shell = Support.Shell.WithVault();
        shell.Run("set ci/token", input: "value-of-token").Ok();
        shell.Run(["set", "db/main", "username=app", "password=-"], "value-of-password"u8.ToArray()).Ok();
        shell.Run("set odd/value", input: "s3cr3t \"with\" \\ $").Ok();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => shell.Dispose();
        return shell;
    }
}
