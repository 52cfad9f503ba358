using System.CommandLine;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Input;
using Strongroom.Cli.Otp;
using Strongroom.Cli.References;
using Strongroom.Cli.Running;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Verbs;

/// <summary><c>check [FILE…]</c>: whether references resolve.</summary>
internal sealed class CheckVerb : VaultVerb
{
    private readonly Argument<string[]> _files;
    private readonly Option<bool> _fields;

    public CheckVerb()
        : base(
            "check",
            "Check that every reference in files, or in the environment, resolves. No value is read.",
            new Example("printf 'TOKEN=strongroom://ci/token\\n' > check.env && strongroom check check.env", "The references in a file"),
            new Example("TOKEN=strongroom://ci/token strongroom check --json", "Those in the environment, for programs"))
    {
        _files = Takes(Make.Many("FILE", "Files with references: environment files, templates, configuration. Default: the environment."));
        _fields = With(Make.Flag("--fields", "Look also whether the fields are there. That opens the values, and counts as reading them."));
    }

    public override string Details => "Exit code 9 when something does not resolve or has expired. Fields are inside the sealed value: without --fields they are not looked at.";

    public override async ValueTask<int> RunAsync(CommandContext context)
    {
        var (references, problems) = await CollectAsync(context);
        var findings = problems.ConvertAll(problem => new Finding(null, problem.Message));
        if (references.Count > 0)
        {
            using var vault = await OpenAsync(context);
            foreach (var group in references.GroupBy(reference => reference.Reference))
            {
                if (await ProblemAsync(context, vault, group.Key) is { } problem)
                    findings.AddRange(group.Select(reference => new Finding(reference, problem)));
            }
        }

        Print(context, references, findings);
        return findings.Count == 0 ? ExitCodes.Ok : ExitCodes.Findings;
    }

    private async ValueTask<(List<PlacedReference> References, List<CliException> Problems)> CollectAsync(CommandContext context)
    {
        var references = new List<PlacedReference>();
        var problems = new List<CliException>();
        if (context.Get(_files) is not { Length: > 0 } files)
        {
            using var environment = new ChildEnvironment(clean: false);
            foreach (var (name, value) in environment.References())
                Add(Template.Read(name, Utf8.Strict.GetBytes(value)), name);
            return (references, problems);
        }

        foreach (var path in files)
        {
            using var text = await StandardInput.ReadFileAsync(path, context.Cancellation);
            Add(Template.Read(path, text.Span.ToArray()), null);
        }

        return (references, problems);

        void Add(Template template, string? place)
        {
            references.AddRange(template.References.Select(reference => place is null ? reference : reference with { Place = place }));
            problems.AddRange(template.Problems);
        }
    }

    /// <summary>Why a reference does not resolve, or null.</summary>
    internal async ValueTask<string?> ProblemAsync(CommandContext context, IVersionedSecretStore vault, SecretReference reference)
    {
        if (reference.Store is { } store)
            return $"there is no store '{store}' here";
        if (!await vault.ExistsAsync(reference.Name, context.Cancellation))
            return $"there is no secret '{reference.Name}'";
        SecretMetadata? metadata = null;
        await foreach (var entry in vault.ListAsync(new SecretQuery { Prefix = reference.Name.ToString(), Limit = 1 }, context.Cancellation))
            metadata = entry.Metadata;
        if (reference.Version is { } version && version != metadata?.Version)
        {
            var kept = (await vault.HistoryAsync(reference.Name, context.Cancellation)).FirstOrDefault(one => one.Version == version);
            if (kept is null || kept.ReadableUntil <= context.Now)
                return $"version {version} of {reference.Name} is not kept";
        }

        if (metadata?.ExpiresAt is { } expires && expires <= context.Now)
            return $"{reference.Name} has expired";
        return context.Get(_fields) ? await FieldProblemAsync(context, vault, reference) : null;
    }

    private static async ValueTask<string?> FieldProblemAsync(CommandContext context, ISecretStore vault, SecretReference reference)
    {
        try
        {
            using var secret = await vault.GetAsync(reference.Name, reference.Version, context.Cancellation);
            if (reference.Form == SecretReferenceForm.Otp)
                OneTimePassword.Parse(OtpField.Select(secret, reference.Field)).Dispose();
            else
                reference.Select(secret);
            return null;
        }
        catch (Exception error) when (error is SecretNotFoundException or CliException)
        {
            return error.Message.TrimEnd('.');
        }
    }

    private static void Print(CommandContext context, List<PlacedReference> references, List<Finding> findings)
    {
        if (context.Output.IsJson)
        {
            context.Output.Json(json =>
            {
                json.WriteNumber("references", references.Count);
                json.WriteStartArray("findings");
                foreach (var finding in findings)
                {
                    json.WriteStartObject();
                    json.WriteString("place", finding.Reference?.Place);
                    json.WriteString("reference", finding.Reference?.Reference.ToString());
                    json.WriteString("problem", finding.Problem);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            });
            return;
        }

        foreach (var finding in findings)
            context.Output.Line(finding.Reference is { } at ? $"{at.Place}: {finding.Problem}" : finding.Problem);
        context.Output.Note($"{references.Count} references, {findings.Count} that do not resolve.");
    }

    private sealed record Finding(PlacedReference? Reference, string Problem);
}
