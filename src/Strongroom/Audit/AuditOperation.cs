using System.Buffers;

namespace Strongroom.Audit;

/// <summary>The operations of format 1 (format, section 10). An entry is built from these words only; a reader shows words that a later version may add.</summary>
internal static class AuditOperation
{
    public const string ChainStart = "chain-start";
    public const string Create = "create";
    public const string Open = "open";
    public const string Read = "read";
    public const string Set = "set";
    public const string Metadata = "metadata";
    public const string Rotate = "rotate";
    public const string Delete = "delete";
    public const string Restore = "restore";
    public const string Purge = "purge";
    public const string Revoke = "revoke";
    public const string Rollback = "rollback";
    public const string Batch = "batch";
    public const string SlotAdd = "slot-add";
    public const string SlotChange = "slot-change";
    public const string SlotRemove = "slot-remove";
    public const string Rekey = "rekey";
    public const string AcceptRollback = "accept-rollback";
    public const string RestoreVault = "restore-vault";
    public const string Migrate = "migrate";
    public const string TornLine = "torn-line";
    public const string StateLost = "state-lost";
    public const string Denied = "denied";

    private static readonly HashSet<string> Known = new(StringComparer.Ordinal)
    {
        ChainStart, Create, Open, Read, Set, Metadata, Rotate, Delete, Restore, Purge, Revoke, Rollback, Batch, SlotAdd, SlotChange, SlotRemove, Rekey, AcceptRollback, RestoreVault, Migrate,
        TornLine, StateLost, Denied,
    };

    private static readonly SearchValues<byte> Letters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz-"u8);

    /// <summary>Whether format 1 has the operation: the only ones that are written.</summary>
    public static bool IsKnown(string operation) => Known.Contains(operation);

    /// <summary>Whether an entry of this operation never stands in a head: it changes nothing in the vault.</summary>
    public static bool IsObservation(string operation) => operation is Read or Open or Denied or TornLine or StateLost;

    /// <inheritdoc cref="IsObservation(string)"/>
    public static bool IsObservation(ReadOnlySpan<byte> operation) =>
        operation.SequenceEqual("read"u8) || operation.SequenceEqual("open"u8) || operation.SequenceEqual("denied"u8) || IsMending(operation); // public

    /// <summary>Whether an entry records what a crash has left.</summary>
    public static bool IsMending(ReadOnlySpan<byte> operation) => operation.SequenceEqual("torn-line"u8) || operation.SequenceEqual("state-lost"u8); // public

    /// <summary>Whether a reader takes it: <c>[a-z][a-z-]*</c>, at most 32 bytes.</summary>
    public static bool IsReadable(ReadOnlySpan<byte> operation) => operation.Length is > 0 and <= 32 && operation[0] != '-' && !operation.ContainsAnyExcept(Letters);

    /// <summary>Whether it is <c>ok</c> or an error's code.</summary>
    public static bool IsOutcome(ReadOnlySpan<byte> outcome) =>
        outcome.SequenceEqual("ok"u8) || (outcome.Length == 6 && outcome.StartsWith("SR"u8) && !outcome[2..].ContainsAnyExceptInRange((byte)'0', (byte)'9')); // public
}
