using System.CommandLine;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Input;
using Strongroom.Cli.Output;

namespace Strongroom.Cli.Verbs;

/// <summary><c>key add</c>: one more way to unlock.</summary>
internal sealed class KeyAddVerb : ChangingVerb
{
    private readonly NewKeyOptions _new = new();
    private readonly KdfOptions _kdf = new();
    private readonly Option<string?> _label;

    public KeyAddVerb()
        : base(
            "add",
            "Add a way to unlock the vault: a passphrase (asked for unless another is named), a key file or a recovery key.",
            new Example("strongroom key add --recovery-key", "A recovery key, printed once"),
            new Example("strongroom key add --new-key-file ci.key --label ci", "A key file for a service"))
    {
        _new.AddTo(this);
        _label = With(Make.Text("--label", "TEXT", "A label for people. It is readable in the file."));
        _kdf.AddTo(this);
    }

    protected override async ValueTask<int> ChangeAsync(CommandContext context)
    {
        using var manager = await OpenManagerAsync(context, options => _kdf.Apply(context, options));
        if (IsDryRun(context))
            return Outcome.DryRun(context, "key add", null, "a key slot would be added");
        using var key = await _new.ResolveAsync(context);
        KeySlotInfo slot;
        try
        {
            slot = await manager.Slots.AddAsync(key.Unlock, context.Get(_label) ?? "", context.Cancellation);
        }
        catch (Exception error) when (error is VaultConfigurationException or VaultLimitException)
        {
            key.TakeBack();
            throw;
        }

        return SlotOutcome.Report(context, "key add", slot, manager.Revision, key, "added");
    }
}
