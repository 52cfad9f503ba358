using Strongroom.Cli.CommandLine;

namespace Strongroom.Cli.Verbs;

/// <summary><c>log checkpoint</c>: three lines to be kept elsewhere.</summary>
internal sealed class LogCheckpointVerb : VaultVerb
{
    public LogCheckpointVerb()
        : base(
            "checkpoint",
            "Print a checkpoint of this user's chain: three lines that, kept elsewhere, show later that nothing before was replaced.",
            new Example("strongroom log checkpoint > audit-2027-01-01.txt", "Keep this file on another machine"),
            new Example("strongroom log --verify --checkpoint audit-2027-01-01.txt", "Compare later"))
    {
    }

    public override async ValueTask<int> RunAsync(CommandContext context)
    {
        using var vault = await OpenAsync(context);
        var checkpoint = await vault.CheckpointAsync(context.Cancellation);
        if (context.Output.IsJson)
            context.Output.Json(json =>
            {
                json.WriteString("vault_id", checkpoint.VaultId.ToString());
                json.WriteString("chain", checkpoint.Chain.ToString());
                json.WriteNumber("size", checkpoint.Size);
                json.WriteString("root", checkpoint.Root.ToString());
                json.WriteString("checkpoint", checkpoint.ToString());
            });
        else
            context.Output.Raw(checkpoint.ToString());
        return ExitCodes.Ok;
    }
}
