using System.CommandLine;
using System.Security.Cryptography;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Editing;
using Strongroom.Cli.Input;
using Strongroom.Cli.Output;
using Strongroom.Cli.Running;
using Strongroom.Cli.Vaults;

namespace Strongroom.Cli.Verbs;

/// <summary><c>edit NAME</c>: the value in an editor.</summary>
internal sealed class EditVerb : ChangingVerb
{
    private readonly Argument<string> _name;
    private readonly Option<bool> _create;
    private readonly Option<bool> _allowEmpty;
    private readonly ConditionOptions _condition = new(withAbsent: false);

    public EditVerb()
        : base(
            "edit",
            "Edit a secret in your editor, on a file in memory that is wiped afterwards.",
            new Example("strongroom edit db/main", "All fields, as name: value"),
            new Example("EDITOR='code --wait' strongroom edit app/config --create", "A secret that is not there yet"))
    {
        _name = Takes(Make.Required("NAME", "The secret."));
        _create = With(Make.Flag("--create", "Begin with an empty value when there is no such secret."));
        _allowEmpty = With(Make.Flag("--allow-empty", "An empty value is meant."));
        _condition.AddTo(this);
    }

    public override string Details =>
        """
        The editor is STRONGROOM_EDITOR, VISUAL or EDITOR. Leaving the text as it is writes nothing. When the secret was changed meanwhile, nothing is written (exit code 6) unless you say so at the question.
        When it can't be written (the agent has locked the vault meanwhile), the text is kept until you say otherwise.
        A newline that an editor puts at the end of a value that had none is dropped. Vim is told to keep no copies; another editor may have undo files or a history of its own.
        """;

    protected override async ValueTask<int> ChangeAsync(CommandContext context)
    {
        var name = context.Name(_name);
        var condition = _condition.Get(context);
        using var vault = await OpenAsync(context);
        using var current = await vault.TryGetAsync(name, version: null, context.Cancellation);
        if (current is null && !context.Get(_create))
            throw Outcome.NotFound(name);
        await DryRun.CheckAsync(context, vault, name, condition, mustExist: condition.IfVersion is not null);
        using var before = Text(name, current);
        using var folder = SecretFolder.Create();
        var file = folder.Write(name.ToString().Replace('/', '-') + ".txt", before.Span);
        using var value = await EditAsync(context, file, before, current is { Value.HasFields: true });
        if (value is null || (current is not null && value.FixedTimeEquals(current.Value)))
            return Outcome.Done(context, Name, name, "unchanged, nothing written", json => json.WriteBoolean("changed", false));
        return IsDryRun(context)
            ? Outcome.DryRun(context, Name, name, $"version {(current?.Metadata.Version ?? 0) + 1} would be written")
            : await WriteAsync(context, vault, name, value, current is null ? WriteCondition.Absent : WriteCondition.Version(condition.IfVersion ?? current.Metadata.Version));
    }

    private static WipedBuffer Text(SecretName name, SecretData? secret)
    {
        if (secret is { Value.HasFields: true })
            return FieldText.Write(secret.Value, $"{name}, version {secret.Metadata.Version}. Leave it as it is to write nothing.\nname: value; a longer value stands below 'name: |-', indented by two spaces; 'name: !base64 …' are bytes.");
        var text = new WipedBuffer();
        if (secret is null)
            return text;
        if (!TerminalText.IsPrintable(secret.Value.Span))
            throw new CliException(ExitCodes.Usage, "SR2075", $"{name} is not text that an editor keeps as it is.", $"Write it to a file and back: strongroom get {name} -o FILE, strongroom set {name} --file FILE.");
        text.Write(secret.Value.Span);
        return text;
    }

    // Null: nothing was changed.
    private async ValueTask<SecretValue?> EditAsync(CommandContext context, string file, WipedBuffer before, bool hasFields)
    {
        while (true)
        {
            await Editor.EditAsync(context, file);
            using var after = await StandardInput.ReadFileAsync(file, context.Cancellation);
            if (CryptographicOperations.FixedTimeEquals(after.Span, before.Span))
                return null;
            try
            {
                return hasFields ? FieldText.Parse(after.Span) : Plain(context, before, after);
            }
            catch (Exception error) when (error is CliException or VaultConfigurationException && context.Ask.CanAsk)
            {
                Errors.Report(error, context.Output, path: null);
                context.Ask.Confirm("Edit again?");
            }
        }
    }

    private SecretValue Plain(CommandContext context, WipedBuffer before, WipedBuffer after)
    {
        if (!before.Span.EndsWith("\n"u8))
            after.DropFinalNewline();
        return after.Length > 0 || context.Get(_allowEmpty)
            ? SecretValue.FromBytes(after.Span)
            : throw new CliException(ExitCodes.Usage, "SR2006", "The value is empty. Nothing was written.", "If an empty value is meant, add --allow-empty.");
    }

    private async ValueTask<int> WriteAsync(CommandContext context, IOpenVault vault, SecretName name, SecretValue value, WriteCondition condition)
    {
        IOpenVault? again = null;
        try
        {
            while (true)
            {
                try
                {
                    return await WriteOnceAsync(context, again ?? vault, name, value, condition);
                }
                catch (SecretConflictException) when (context.Ask.CanAsk)
                {
                    context.Ask.Confirm($"{name} was changed by somebody else while you edited it. Write your text over it?");
                    var now = await (again ?? vault).GetMetadataAsync(name, context.Cancellation);
                    condition = now is { IsDeleted: false } ? WriteCondition.Version(now.Version) : WriteCondition.Absent;
                }
                catch (Exception error) when (error is CliException { Code: not "SR2009" } or StrongroomException or IOException && context.Ask.CanAsk)
                {
                    // The agent's time limit was over, the disk was full, another writer took long: no reason to lose the text.
                    Errors.Report(error, context.Output, path: null);
                    again?.Dispose();
                    again = await OpenAgainAsync(context);
                }
            }
        }
        finally
        {
            again?.Dispose();
        }
    }

    private async ValueTask<int> WriteOnceAsync(CommandContext context, IOpenVault vault, SecretName name, SecretValue value, WriteCondition condition)
    {
        var metadata = await vault.SetAsync(name, value, new SetOptions { Condition = condition }, context.Cancellation);
        return Outcome.Written(context, Name, name, metadata, vault.Revision, $"version {metadata.Version} written", json => json.WriteBoolean("changed", true));
    }

    // In the agent when that holds it again, else with the key; a mistyped passphrase is no reason to lose the text either.
    private async ValueTask<IOpenVault> OpenAgainAsync(CommandContext context)
    {
        while (true)
        {
            context.Ask.Confirm("Your text is not written yet. Open the vault again and write it?");
            try
            {
                return await OpenAsync(context);
            }
            catch (Exception error) when (error is VaultLockedException or VaultUnavailableException or IOException)
            {
                Errors.Report(error, context.Output, path: null);
            }
        }
    }
}
