using Strongroom.Cli.Input;
using Strongroom.Cli.Output;

namespace Strongroom.Cli.CommandLine;

/// <summary>Finds a key slot by the beginning of its id, and acknowledges what was done with it.</summary>
internal static class SlotOutcome
{
    /// <summary>The slot that an id, or an unambiguous beginning of one, names.</summary>
    public static async ValueTask<KeySlotInfo> FindAsync(CommandContext context, SecretsManager manager, string prefix)
    {
        var slots = await manager.Slots.ListAsync(context.Cancellation);
        var found = slots.Where(slot => slot.Id.ToString().StartsWith(prefix, StringComparison.OrdinalIgnoreCase)).ToArray();
        return found switch
        {
            [var one] when prefix.Length > 0 => one,
            [] => throw new CliException(ExitCodes.NotFound, "SR2014", "There is no key slot with that id.", "'strongroom key list' shows them."),
            _ => throw new CliException(ExitCodes.Usage, "SR2018", $"{found.Length} key slots begin with that id.", "Give more of its digits: 'strongroom key list --json' shows them all."),
        };
    }

    /// <summary>Acknowledges.</summary>
    public static int Report(CommandContext context, string verb, KeySlotInfo slot, long revision, NewKey? key, string what)
    {
        if (key?.MadeKeyFile is { } made)
            context.Output.Note($"Key file made: {made}.");
        key?.Recovery?.HandOver(context);
        return Outcome.Done(context, verb, null, $"Key slot {HumanText.Short(slot.Id.ToString())} ({slot.Kind}) {what} (revision {revision})", json =>
        {
            json.WriteNumber("revision", revision);
            json.WriteStartObject("slot");
            json.Slot(slot);
            json.WriteEndObject();
            json.WriteString("key_file", key?.MadeKeyFile);
            key?.Recovery?.Write(json);
        });
    }

    /// <summary>What a person must know who takes a key away from somebody.</summary>
    public static void WarnNotRevoked(CommandContext context) =>
        context.Output.Note("This is no revocation: older copies of the vault still open with the old key. 'strongroom rekey' makes what is written from now on unreadable to it.");
}
