using System.CommandLine;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Input;
using Strongroom.Cli.Moving;
using Strongroom.Cli.Output;
using Strongroom.Cli.Platform;

namespace Strongroom.Cli.Verbs;

/// <summary><c>import FORMAT FILE</c>: takes secrets from elsewhere, all of them or none.</summary>
internal sealed class ImportVerb : ChangingVerb
{
    private readonly Argument<string> _format;
    private readonly Argument<string?> _file;
    private readonly Option<string?> _prefix;
    private readonly Option<string[]> _rename;
    private readonly Option<string[]> _only;
    private readonly Option<string?> _onConflict;
    private readonly Option<string?> _type;
    private readonly Option<string[]> _tags;
    private readonly Option<bool> _allowEmpty;
    private readonly Option<string?> _project;
    private readonly Option<bool> _thenClear;
    private readonly ReadingSource _source = new();

    public ImportVerb()
        : base(
            "import",
            "Take secrets from a file of another tool: all of them, or none.",
            new Example("strongroom import dotenv .env --prefix dev --dry-run", "Look at what would happen"),
            new Example("strongroom import user-secrets --project . --prefix dev --then-clear", "Move the secrets of 'dotnet user-secrets' into the vault"),
            new Example("strongroom import keepass-xml passwords.xml --rename slug --on-conflict new-version", "What names can't have becomes '-'; secrets that are there get a new version"))
    {
        _format = Takes(Make.Required("FORMAT", $"One of {string.Join(", ", MoveFormats.Words)}."));
        _file = Takes(Make.Optional("FILE", "The file, '-' for standard input, or the folder of pass."));
        _prefix = With(Make.Text("--prefix", "PATH", "Put the names below this path."));
        _rename = With(Make.Texts("--rename", "RULE", "How names are changed: slug, lower, upper, env, dns, number, OLD=NEW, OLD*=NEW* or #OLD=NEW. Without it a name that does not fit is refused."));
        _only = With(Make.Texts("--only", "NAME", "Only this one, as the source calls it; NAME* takes all that begin so."));
        _onConflict = With(Make.Text("--on-conflict", "WHAT", "What happens to a secret that is there: fail (the default), skip or new-version (if the value differs)."));
        _type = With(Make.Text("--type", "TYPE", "The type of all of them. Default: what the source says."));
        _tags = With(Make.Texts("--tag", "KEY=VALUE", "A tag for all of them."));
        _allowEmpty = With(Make.Flag("--allow-empty", "Take empty values too. Default: they are left out, and the report says so."));
        _project = With(Make.Text("--project", "PATH", "For user-secrets: the project whose secrets they are, a file or folder."));
        _thenClear = With(Make.Flag("--then-clear", "For user-secrets: take what was imported out of its secrets.json."));
        _source.AddTo(this);
    }

    public override string Details =>
        $"""
        Formats:
        {string.Join('\n', MoveFormats.All.Select(static format => $"  {format.Name,-15}{format.Summary}"))}
          {MoveFormats.Pass,-15}a folder of pass or gopass, decrypted with gpg. Default: ~/.password-store

        Rules of --rename, applied in the order given:
        {string.Join('\n', NameRules.Help.Split('\n').Select(static line => "  " + line))}

        A file that age has encrypted is opened with --identity or its passphrase.
        """;

    protected override async ValueTask<int> ChangeAsync(CommandContext context)
    {
        var word = context.Get(_format)!;
        var policy = Policy(context);
        var rules = new NameRules(context.Get(_rename) ?? []);
        var prefix = ImportNames.Prefix(context.Get(_prefix));
        var options = WriteOptions(context);
        using var sink = new ImportSink();
        var source = await ReadAsync(context, word, sink);
        sink.Problems.ThrowIfAny($"{source} can't be imported as it is");
        sink.Keep(secret => IsWanted(context, secret.Source));
        if (!context.Get(_allowEmpty))
            DropEmpty(sink);
        ImportNames.Apply(sink.Secrets, rules, prefix, sink.Problems);
        sink.Problems.ThrowIfAny($"{source} can't be imported as it is");
        using var vault = await OpenAsync(context);
        var plan = await ImportPlan.MakeAsync(vault, sink.Secrets, policy, context.Cancellation);
        RefuseConflicts(plan);
        if (IsDryRun(context))
            return new ImportReport(word, source, plan, sink.Notes, IsDryRun: true, vault.Revision, 0).Print(context);
        int batches;
        using (var progress = new ProgressLine(context.Output, "secrets written"))
            batches = await plan.CommitAsync(vault.CommitAsync, options, progress, context.Cancellation);
        if (context.Get(_thenClear))
            await ClearAsync(context, plan);
        return new ImportReport(word, source, plan, sink.Notes, IsDryRun: false, vault.Revision, batches).Print(context);
    }

    private async Task<string> ReadAsync(CommandContext context, string word, ImportSink sink)
    {
        var file = context.Get(_file);
        if (context.Has(_project) || context.Get(_thenClear))
            RequireUserSecrets(context, word);
        if (word == MoveFormats.Pass)
        {
            var folder = file ?? PassFolder.Default;
            await PassFolder.ReadAsync(context, folder, name => IsWanted(context, name), sink);
            return folder;
        }

        var format = MoveFormats.Named(word);
        file ??= context.Get(_project) is { } project ? UserSecretsPlace.Of(project) : throw CliException.Usage("strongroom import needs FILE.", "Give a file, or '-' for standard input.");
        await _source.ReadAsync(context, file, format, sink);
        return file == "-" ? "standard input" : file;
    }

    private void RequireUserSecrets(CommandContext context, string word)
    {
        if (word != "user-secrets")
            throw CliException.Usage("--project and --then-clear are for user-secrets.", "Leave them away for other formats.");
        if (context.Has(_project) && context.Get(_file) is not null)
            throw CliException.Together("FILE", _project.Name);
        if (context.Get(_thenClear) && !context.Has(_project))
            throw CliException.Usage("--then-clear needs --project.", "For a file of your own: remove it yourself, once the import is verified.");
    }

    private bool IsWanted(CommandContext context, string name) =>
        context.Get(_only) is not { Length: > 0 } only
        || Array.Exists(only, pattern => pattern.EndsWith('*') ? name.StartsWith(pattern[..^1], StringComparison.Ordinal) : name == pattern);

    private static void DropEmpty(ImportSink sink)
    {
        foreach (var secret in sink.Secrets)
        {
            if (secret.IsEmpty)
                sink.Note($"{(secret.Line == 0 ? "" : $"line {secret.Line}: ")}'{secret.Source}' is empty and was left out; --allow-empty takes it");
            else
                secret.DropEmptyFields();
        }

        sink.Keep(static secret => !secret.IsEmpty);
    }

    private ConflictPolicy Policy(CommandContext context) => Values.OneOf(_onConflict.Name, context.Get(_onConflict) ?? "fail", "fail", "skip", "new-version") switch
    {
        "skip" => ConflictPolicy.Skip,
        "new-version" => ConflictPolicy.NewVersion,
        _ => ConflictPolicy.Fail,
    };

    private Func<MovedSecret, SetOptions> WriteOptions(CommandContext context)
    {
        SecretType? type = context.Get(_type) is { } text ? SecretType.Parse(text) : null;
        var tags = (context.Get(_tags) ?? []).Select(tag => Values.Tag(_tags.Name, tag)).ToList();
        return secret =>
        {
            var all = new Dictionary<string, string>(secret.Tags ?? SecretMetadata.EmptyTags, StringComparer.Ordinal);
            foreach (var (key, value) in tags)
                all[key] = value;
            return new SetOptions { Type = type ?? secret.Type, Description = secret.Description, ExpiresAt = secret.ExpiresAt, Tags = all.Count > 0 ? all : null };
        };
    }

    private static void RefuseConflicts(ImportPlan plan)
    {
        var conflicts = plan.Steps.Where(static step => step.Action == ImportAction.Conflict).ToList();
        if (conflicts.Count == 0)
            return;
        var names = string.Join(", ", conflicts.Take(10).Select(static step => step.Name.ToString())) + (conflicts.Count > 10 ? $" and {conflicts.Count - 10} more" : "");
        throw new CliException(ExitCodes.Conflict, "SR2035", $"Of {plan.Steps.Count} secrets {conflicts.Count} are there already: {names}. Nothing was written.", "Add --on-conflict skip or --on-conflict new-version.");
    }

    // What was not imported stays, and so does a file that was changed meanwhile.
    private async Task ClearAsync(CommandContext context, ImportPlan plan)
    {
        var file = UserSecretsPlace.Of(context.Get(_project)!);
        var format = MoveFormats.Named("user-secrets");
        using var sink = new ImportSink();
        await _source.ReadAsync(context, file, format, sink);
        var imported = plan.Steps.Where(static step => step.Action != ImportAction.Skip).ToDictionary(static step => step.Secret.Source, static step => step.Secret, StringComparer.Ordinal);
        if (sink.Problems.Any || imported.Keys.Any(name => !sink.Secrets.Any(secret => secret.Source == name && secret.Plain!.FixedTimeEquals(imported[name].Plain!))))
        {
            context.Output.Warning($"{file} was changed meanwhile and was not cleared. Import it again.");
            return;
        }

        sink.Keep(secret => !imported.ContainsKey(secret.Source));
        using var left = new WipedBuffer();
        format.Write(sink.Secrets, left, sink.Problems);
        PrivateFile.Replace(file, left.Span);
        context.Output.Note($"{imported.Count} secrets were taken out of {file}; {sink.Secrets.Count} are left.");
    }
}
