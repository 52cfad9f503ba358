namespace Strongroom.Prove.SystemCalls;

/// <summary>A verb of the command that writes.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Input">Its standard input.</param>
/// <param name="Arguments">What it is called with; <c>{}</c> stands for the folder.</param>
internal sealed record FaultedVerb(string Name, string Input, params string[] Arguments)
{
    /// <summary>Whether it begins without a vault.</summary>
    public bool MakesVault { get; init; }

    public static IReadOnlyList<FaultedVerb> All { get; } =
    [
        new("set", "a new value", "set", "new"),
        new("set-again", "another value", "set", "a"),
        new("rotate", "a rotated value", "rotate", "a"),
        new("generate", "", "generate", "made"),
        new("remove", "", "remove", "a", "--yes"),
        new("restore", "", "restore", "gone"),
        new("purge", "", "purge", "a", "--yes"),
        new("rollback", "", "rollback", "b", "--to", "1"),
        new("meta", "", "meta", "a", "--description", "described"),
        new("import", "ONE=1\nTWO=2\n", "import", "dotenv", "-", "--rename", "lower", "--yes"),
        new("get", "", "get", "a"),
        new("key-add", "", "key", "add", "--existing-key-file", "{}/other-key"),
        new("rekey", "", "rekey", "--yes"),
        new("log-restart", "", "log", "restart", "--yes"),
        new("backup", "", "backup", "{}/vault/copy.json"),
        new("restore-vault", "", "restore-vault", "{}/copy.json", "--yes"),
        new("init", "", "init") { MakesVault = true },
    ];
}
