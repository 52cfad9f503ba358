using System.CommandLine;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Input;
using Strongroom.Cli.Moving;
using Strongroom.Cli.Output;
using Strongroom.Cli.Platform;

namespace Strongroom.Cli.Verbs;

/// <summary><c>export [PREFIX] --format FORMAT</c>: gives secrets to others, encrypted to them or in clear on purpose.</summary>
internal sealed class ExportVerb : VaultVerb
{
    private readonly Argument<string?> _prefix;
    private readonly Option<string?> _format;
    private readonly Option<string?> _output;
    private readonly Option<bool> _force;
    private readonly Option<string[]> _rename;
    private readonly Option<bool> _keepPrefix;
    private readonly Option<string?> _project;
    private readonly Option<bool> _dryRun;
    private readonly AgeSealing _age = new();

    public ExportVerb()
        : base(
            "export",
            "Give secrets to others: encrypted to their age keys, or in clear, which has to be confirmed.",
            new Example("strongroom export --encrypted --age-passphrase-file phrase -o export.age", "Everything but older versions, encrypted; 'age -d' and 'strongroom import bundle' open it"),
            new Example("strongroom export dev --format dotenv --rename env --yes -o dev.env", "Secrets below dev/ in clear, in a new file that only you can read"))
    {
        _prefix = Takes(Make.Optional("PREFIX", "Only secrets below this path; the path is taken off their names."));
        _format = With(Make.Text("--format", "FORMAT", $"One of {string.Join(", ", MoveFormats.Words)}. Default with --encrypted: bundle."));
        _output = With(Make.Text("--output", "FILE", "Write to a new file of mode 0600, or for pass to a folder. Default: standard output.", "-o"));
        _force = With(Make.Flag("--force", "With --output: replace what is there.", "-f"));
        _rename = With(Make.Texts("--rename", "RULE", "How names are changed: slug, lower, upper, env, dns, OLD=NEW, OLD*=NEW* or #OLD=NEW. Without it a name that the format can't hold is refused."));
        _keepPrefix = With(Make.Flag("--keep-prefix", "Leave PREFIX in the names."));
        _project = With(Make.Text("--project", "PATH", "For user-secrets: into the secrets.json of this project."));
        _dryRun = With(Make.Flag("--dry-run", "Only say what would be exported; no value is read.", "-n"));
        _age.AddTo(this);
    }

    public override string Details =>
        """
        Deleted secrets and older versions are not exported: 'strongroom backup' copies the vault with all of it. Expired secrets are exported.
        What a format can't hold (bytes that are no text, fields, names) is refused, never changed silently; bundle holds everything.
        """;

    public override async ValueTask<int> RunAsync(CommandContext context)
    {
        var word = context.Get(_format) ?? (context.Get(_age.Encrypted) ? "bundle" : throw CliException.Usage("strongroom export needs --format.", $"Give one of {string.Join(", ", MoveFormats.Words)}; bundle holds everything."));
        var isPass = word == MoveFormats.Pass;
        var format = isPass ? null : MoveFormats.Named(word);
        _age.Check(context, isPass);
        var target = Target(context, word);
        var rules = new NameRules(context.Get(_rename) ?? []);
        var prefix = ImportNames.Prefix(context.Get(_prefix));
        using var vault = await OpenAsync(context);
        var names = new List<SecretName>();
        await foreach (var entry in vault.ListAsync(new SecretQuery { Prefix = prefix }, context.Cancellation))
            names.Add(entry.Name);
        if (names.Count == 0)
            throw new CliException(ExitCodes.NotFound, "SR2014", prefix.Length == 0 ? "The vault has no secrets." : $"There are no secrets below {prefix}", "'strongroom list' shows the names.");
        if (context.Get(_dryRun))
            return Outcome.DryRun(context, Name, null, $"{names.Count} secrets would be exported as {word}");
        if (!context.Get(_age.Encrypted) && !isPass)
            context.Ask.Confirm($"Write {names.Count} secrets in clear to {target ?? "standard output"}?");
        using var secrets = new ImportSink(int.MaxValue);
        await ReadAsync(context, vault, names, prefix, rules, secrets);
        if (format is null)
            await PassFolder.WriteAsync(context, target!, secrets.Secrets, context.Get(_age.Recipients) ?? [], context.Get(_force));
        else
            await WriteAsync(context, format, secrets, target);
        return Report(context, word, names.Count, target);
    }

    private string? Target(CommandContext context, string word)
    {
        if (context.Get(_project) is { } project)
        {
            if (word != "user-secrets")
                throw CliException.Usage("--project is for user-secrets.", "Leave it away for other formats.");
            return context.Has(_output) ? throw CliException.Together(_project.Name, _output.Name) : UserSecretsPlace.Of(project);
        }

        var target = context.Get(_output);
        if (target is null && word == MoveFormats.Pass)
            throw CliException.Usage("A folder of pass needs --output.", "For example: --output ~/.password-store.");
        if (target is null && context.Output.IsJson)
            throw CliException.Usage("With --json standard output is the report: say where the export goes.", "Add --output FILE.");
        if (target is null && context.Get(_age.Encrypted) && !context.Get(_age.Armor) && context.Output.IsTerminal)
            throw CliException.Usage("The export is binary, and standard output is a terminal.", "Add --output FILE or --armor.");
        return target;
    }

    private async Task ReadAsync(CommandContext context, ISecretStore store, List<SecretName> names, string prefix, NameRules rules, ImportSink secrets)
    {
        using var progress = new ProgressLine(context.Output, "secrets read");
        for (var i = 0; i < names.Count; i++)
        {
            progress.Report((i, names.Count));
            // One that was deleted meanwhile is not there to be exported.
            using var data = await store.TryGetAsync(names[i], version: null, context.Cancellation);
            if (data is null)
                continue;
            var secret = secrets.Add(MovedSecret.From(data));
            secret.Name = rules.Name(context.Get(_keepPrefix) ? secret.Source : secret.Source[prefix.Length..]);
            for (var field = 0; field < secret.Fields.Count; field++)
                secret.RenameField(field, rules.Field(secret.Fields[field].Key));
        }
    }

    private async Task WriteAsync(CommandContext context, MoveFormat format, ImportSink secrets, string? target)
    {
        using var output = new WipedBuffer(64 * 1024);
        format.Write(secrets.Secrets, output, secrets.Problems);
        secrets.Problems.ThrowIfAny($"This can't be exported as {format.Name}");
        var content = context.Get(_age.Encrypted) ? await _age.SealAsync(context, output) : null;
        var bytes = content is null ? output.Span : content;
        if (target is null)
        {
            context.Output.Bytes(bytes);
            return;
        }

        if (context.Has(_project))
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        if (context.Get(_force))
            PrivateFile.Replace(target, bytes);
        else
            PrivateFile.Create(target, bytes);
    }

    private int Report(CommandContext context, string word, int count, string? target)
    {
        var isEncrypted = context.Get(_age.Encrypted) || word == MoveFormats.Pass;
        return Outcome.Done(context, Name, null, $"{count} secrets exported as {word}{(isEncrypted ? ", encrypted" : ", in clear")}{(target is null ? "" : $", to {target}")}", json =>
        {
            json.WriteString("format", word);
            json.WriteBoolean("encrypted", isEncrypted);
            json.WriteNumber("secrets", count);
            json.WriteString("file", target);
        });
    }
}
