using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Output;

namespace Strongroom.Cli.Verbs;

/// <summary><c>key list</c>.</summary>
internal sealed class KeyListVerb : VaultVerb
{
    public KeyListVerb()
        : base(
            "list",
            "List the key slots: any one of them opens the vault.",
            new Example("strongroom key list", "Ids, kinds, costs"),
            new Example("strongroom key list --json", "The same for programs")) => Aliases.Add("ls");

    public override async ValueTask<int> RunAsync(CommandContext context)
    {
        using var manager = await OpenManagerAsync(context);
        var slots = await manager.Slots.ListAsync(context.Cancellation);
        if (context.Output.IsJson)
            context.Output.Json(json => json.Slots("slots", slots));
        else
            PrintTable(context, slots);
        return ExitCodes.Ok;
    }

    /// <summary>The table of slots.</summary>
    public static void PrintTable(CommandContext context, IReadOnlyList<KeySlotInfo> slots) =>
        context.Output.Table(["Slot", "Kind", "Label", "Created", "Cost", "Note"], [.. slots.Select(Row)]);

    private static string[] Row(KeySlotInfo slot)
    {
        var cost = slot.Kdf switch
        {
            null => "-",
            { Name: "argon2id" } kdf => $"argon2id {kdf.MemoryCost / 1024} MiB × {kdf.TimeCost}, {kdf.Parallelism}",
            var kdf => $"{kdf.Name} × {kdf.TimeCost}",
        };
        var note = (slot.OpenedThis, slot.IsBelowPolicy) switch
        {
            (true, true) => "opened this, weaker than the policy",
            (true, false) => "opened this",
            (false, true) => "weaker than the policy",
            _ => "",
        };
        return [HumanText.Short(slot.Id.ToString()), slot.Kind, slot.Label, HumanText.Time(slot.CreatedAt), cost, note];
    }
}
