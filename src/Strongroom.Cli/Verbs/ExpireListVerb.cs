using System.CommandLine;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Output;

namespace Strongroom.Cli.Verbs;

/// <summary><c>expire list</c>: secrets by their expiry.</summary>
internal sealed class ExpireListVerb : VaultVerb
{
    private readonly Option<string?> _within;
    private readonly Option<bool> _exitCode;

    public ExpireListVerb()
        : base(
            "list",
            "List what has expired or expires within a time, the first to expire first. No value is decrypted.",
            new Example("strongroom expire list", "Within 30 days"),
            new Example("strongroom expire list --within 7d --exit-code", "For a timer: exit code 9 when there is anything"))
    {
        _within = With(Make.Text("--within", "TIME", "How far ahead. Default: 30d."));
        _exitCode = With(Make.Flag("--exit-code", $"End with {ExitCodes.Findings} when anything is listed."));
    }

    public override async ValueTask<int> RunAsync(CommandContext context)
    {
        var within = context.Duration(_within) ?? TimeSpan.FromDays(30);
        using var vault = await OpenAsync(context);
        var entries = new List<SecretEntry>();
        await foreach (var entry in vault.ListAsync(new SecretQuery { ExpiringWithin = within }, context.Cancellation))
            entries.Add(entry);
        entries.Sort(static (one, other) => (one.Metadata.ExpiresAt, one.Name).CompareTo((other.Metadata.ExpiresAt, other.Name)));
        if (context.Output.IsJson)
            context.Output.Json(json =>
            {
                json.WriteStartArray("secrets");
                foreach (var entry in entries)
                {
                    json.WriteStartObject();
                    json.WriteString("name", entry.Name.ToString());
                    json.Time("expires_at", entry.Metadata.ExpiresAt);
                    json.WriteBoolean("expired", entry.Metadata.ExpiresAt <= context.Now);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            });
        else
            context.Output.Table(["Name", "Expires", ""], [.. entries.Select(entry => new[] { entry.Name.ToString(), HumanText.Time(entry.Metadata.ExpiresAt), HumanText.Relative(entry.Metadata.ExpiresAt!.Value, context.Now) })]);
        return entries.Count > 0 && context.Get(_exitCode) ? ExitCodes.Findings : ExitCodes.Ok;
    }
}
