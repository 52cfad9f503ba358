using System.CommandLine;
using Strongroom.Cli.CommandLine;

namespace Strongroom.Cli.Verbs;

/// <summary><c>backup FILE</c>.</summary>
internal sealed class BackupVerb : VaultVerb
{
    private readonly Argument<string> _file;

    public BackupVerb()
        : base(
            "backup",
            "Write a verified copy of the vault to a new file. It opens with the same keys.",
            new Example("strongroom backup secrets-2027-01-01.json", "Nothing is overwritten"),
            new Example("strongroom list --vault secrets-2027-01-01.json --as-copy", "Look into it later")) =>
        _file = Takes(Make.Required("FILE", "Where."));

    public override string Details => "The audit log is a folder beside the vault and is not in the copy: back it up like other logs, and keep checkpoints (log checkpoint).";

    public override async ValueTask<int> RunAsync(CommandContext context)
    {
        var file = context.Get(_file)!;
        using var vault = await OpenAsync(context);
        await vault.BackupAsync(file, context.Cancellation);
        return Outcome.Done(context, Name, null, $"Copy of revision {vault.Revision} written to {file} and verified", json =>
        {
            json.WriteNumber("revision", vault.Revision);
            json.WriteString("file", file);
        });
    }
}
