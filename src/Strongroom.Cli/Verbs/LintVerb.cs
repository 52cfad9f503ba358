using System.CommandLine;
using System.Security.Cryptography;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Input;
using Strongroom.Cli.Output;
using Strongroom.Cli.Scanning;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Verbs;

/// <summary><c>lint</c>: secrets that are weak, used twice, old or expired.</summary>
internal sealed class LintVerb : VaultVerb
{
    private const int DefaultEntropy = 50;
    private static readonly TimeSpan DefaultStale = TimeSpan.FromDays(365);

    private readonly Argument<string?> _prefix;
    private readonly Option<string?> _entropy;
    private readonly Option<string?> _stale;
    private readonly Option<bool> _reused;

    public LintVerb()
        : base(
            "lint",
            "Find secrets that are weak, used twice, not changed for long, or expired.",
            new Example("strongroom lint ci/ --min-entropy 20 --stale 90d", "Below a prefix, with limits of one's own"),
            new Example("strongroom lint ci/ --reused --json", "Only values that occur twice, for programs"))
    {
        _prefix = Takes(Make.Optional("PREFIX", "Only names that begin with this text."));
        _entropy = With(Make.Text("--min-entropy", "BITS", "Weak is what has fewer bits, by a rough estimate. Default: 50."));
        _stale = With(Make.Text("--stale", "TIME", "Stale is a value that was not changed for so long. Default: 365d."));
        _reused = With(Make.Flag("--reused", "Look only for values that occur twice."));
    }

    public override string Details => "Every value is opened once, one after the other; equal values are told by a keyed digest. Fields such as host, port and username are passed over. Exit code 9 when something was found.";

    public override async ValueTask<int> RunAsync(CommandContext context)
    {
        var least = context.Number(_entropy, 0, 1000) ?? DefaultEntropy;
        var stale = context.Duration(_stale) ?? DefaultStale;
        using var vault = await OpenAsync(context);
        using var key = SecretBuffer.Random(32);
        var findings = new List<Finding>();
        var values = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        var count = 0;
        await foreach (var entry in vault.ListAsync(new SecretQuery { Prefix = context.Get(_prefix) ?? "" }, context.Cancellation))
        {
            count++;
            if (!context.Get(_reused))
                await AgesAsync(context, vault, entry, stale, findings);
            using var secret = await vault.TryGetAsync(entry.Name, null, context.Cancellation);
            if (secret is not null)
                Values(secret, context.Get(_reused) ? -1 : least, key, findings, values);
        }

        findings.AddRange(values.Values.Where(places => places.Count > 1).SelectMany(places => places.Select(place => new Finding(place, "reused", $"the same value as {string.Join(", ", places.Where(other => other != place))}"))));
        Print(context, count, [.. findings.OrderBy(finding => finding.What, StringComparer.Ordinal).ThenBy(finding => finding.Problem, StringComparer.Ordinal)]);
        return findings.Count == 0 ? ExitCodes.Ok : ExitCodes.Findings;
    }

    // The age of the value, not of its metadata.
    private static async ValueTask AgesAsync(CommandContext context, IVersionedSecretStore vault, SecretEntry entry, TimeSpan stale, List<Finding> findings)
    {
        if (entry.Metadata.ExpiresAt is { } expires && expires <= context.Now)
            findings.Add(new Finding(entry.Name.ToString(), "expired", $"expired {HumanText.Relative(expires, context.Now)}"));
        var history = await vault.HistoryAsync(entry.Name, context.Cancellation);
        var written = history.FirstOrDefault(version => version.Version == entry.Metadata.Version)?.CreatedAt ?? entry.Metadata.UpdatedAt;
        if (context.Now - written > stale)
            findings.Add(new Finding(entry.Name.ToString(), "stale", $"not changed since {HumanText.Time(written)}"));
    }

    private static void Values(SecretData secret, long least, SecretBuffer key, List<Finding> findings, Dictionary<string, List<string>> values)
    {
        if (!secret.Value.HasFields)
        {
            Value(secret.Name.ToString(), secret.Value.Span, least, key, findings, values);
            return;
        }

        foreach (var field in secret.Value.FieldNames)
        {
            if (!FieldArguments.IsOrdinary(field) && secret.Value.TryGetField(field, out var value))
                Value($"{secret.Name}#{field}", value, least, key, findings, values);
        }
    }

    private static void Value(string what, ReadOnlySpan<byte> value, long least, SecretBuffer key, List<Finding> findings, Dictionary<string, List<string>> values)
    {
        var bits = Strength.Bits(value);
        if (bits < least)
            findings.Add(new Finding(what, "weak", $"about {bits:0} bits"));
        var digest = Convert.ToHexString(HMACSHA256.HashData(key.Span, value));
        if (!values.TryGetValue(digest, out var places))
            values[digest] = places = [];
        places.Add(what);
    }

    private static void Print(CommandContext context, int count, IReadOnlyList<Finding> findings)
    {
        if (context.Output.IsJson)
        {
            context.Output.Json(json =>
            {
                json.WriteNumber("secrets", count);
                json.WriteStartArray("findings");
                foreach (var finding in findings)
                {
                    json.WriteStartObject();
                    json.WriteString("what", finding.What);
                    json.WriteString("problem", finding.Problem);
                    json.WriteString("detail", finding.Detail);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            });
            return;
        }

        if (findings.Count > 0)
            context.Output.Table(["Secret", "Problem", "Detail"], [.. findings.Select(finding => new[] { finding.What, finding.Problem, finding.Detail })]);
        context.Output.Note($"{count} secrets, {findings.Count} findings.");
    }

    private sealed record Finding(string What, string Problem, string Detail);
}
