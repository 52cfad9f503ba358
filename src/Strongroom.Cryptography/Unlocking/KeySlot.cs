namespace Strongroom.Cryptography;

/// <summary>One way to unlock the root key, as it stands in the head (format, section 5). Holds nothing secret.</summary>
/// <param name="Id">The slot's id.</param>
/// <param name="Kind">One of <see cref="SlotKinds"/>.</param>
/// <param name="Label">For people; may be empty, at most <see cref="MaxLabelLength"/> bytes of UTF-8.</param>
/// <param name="CreatedAt">A time in the format's form.</param>
/// <param name="Kdf">The slow derivation of passphrase kinds, else null.</param>
/// <param name="Salt">16 bytes.</param>
/// <param name="Commitment">What the slot's secret must lead to.</param>
/// <param name="Wrapped">The sealed root key, 60 bytes.</param>
public sealed record KeySlot(RandomId Id, string Kind, string Label, string CreatedAt, KdfParameters? Kdf, byte[] Salt, Digest Commitment, byte[] Wrapped)
{
    /// <summary>The most slots of a vault.</summary>
    public const int MaxSlots = 16;

    /// <summary>The longest label in bytes of UTF-8.</summary>
    public const int MaxLabelLength = 128;

    internal const int SaltSize = 16;
    internal const int WrappedSize = HardenedEncryption.RootKeySize + SealingKey.Overhead;

    /// <summary>Writes the slot's canonical JSON.</summary>
    public void Write(CanonicalJsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        var commitment = Commitment;
        writer.BeginObject();
        writer.Name("commitment");
        writer.Base64(commitment);
        writer.Name("created_at");
        writer.Value(CreatedAt);
        writer.Name("id");
        writer.Value(Id);
        writer.Name("kdf");
        KdfJson.Write(Kdf, writer);
        writer.Name("kind");
        writer.Value(Kind);
        writer.Name("label");
        writer.Value(Label);
        writer.Name("salt");
        writer.Base64(Salt);
        writer.Name("wrapped");
        writer.Base64(Wrapped);
        writer.EndObject();
    }

    /// <summary>Reads a slot; unknown members, kinds and sizes are refused.</summary>
    /// <exception cref="VaultIntegrityException">It is not a slot of format 1.</exception>
    public static KeySlot Read(JsonValue value)
    {
        ArgumentNullException.ThrowIfNull(value);
        value.RequireExactly("commitment", "created_at", "id", "kdf", "kind", "label", "salt", "wrapped");
        var kind = value["kind"].String;
        if (!SlotKinds.IsKnown(kind))
            throw JsonErrors.Member("a key slot's kind is unknown");
        if (value["kdf"].IsNull == SlotKinds.HasKdf(kind))
            throw JsonErrors.Member("a key slot has a kdf that does not fit its kind");
        if (value["label"].Text.Length > MaxLabelLength)
            throw JsonErrors.Cap($"a key slot's label has more than {MaxLabelLength} bytes");
        _ = value["created_at"].Time;
        return new KeySlot(
            value["id"].Id,
            kind,
            value["label"].String,
            value["created_at"].String,
            KdfJson.Read(value["kdf"]),
            value["salt"].Bytes(SaltSize),
            value["commitment"].Digest,
            value["wrapped"].Bytes(WrappedSize));
    }

    /// <summary>Checks the number of slots, their ids, and every slot's parameters and their sum against floor and ceiling.</summary>
    /// <exception cref="VaultIntegrityException">Out of bounds.</exception>
    public static void CheckBounds(IReadOnlyList<KeySlot> slots)
    {
        ArgumentNullException.ThrowIfNull(slots);
        if (slots.Count is 0 or > MaxSlots)
            throw OutOfBounds($"there are {slots.Count} key slots, allowed are 1 to {MaxSlots}");
        if (slots.Select(slot => slot.Id).Distinct().Count() != slots.Count)
            throw OutOfBounds("two key slots have one id");
        long cost = 0;
        foreach (var kdf in slots.Select(slot => slot.Kdf).OfType<KdfParameters>())
        {
            if (KdfBounds.Violation(kdf) is { } violation)
                throw OutOfBounds(violation);
            cost += kdf.Cost;
        }
        if (cost > KdfBounds.MaxTotalCost)
            throw OutOfBounds($"the key slots together cost {cost}, allowed is {KdfBounds.MaxTotalCost}");
    }

    /// <summary>Whether the parameters are weaker than <paramref name="policy"/>: PBKDF2 where Argon2id is wanted, less memory, or less work in all.</summary>
    public bool IsBelow(KdfParameters policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        if (Kdf is null)
            return false;
        if (Kdf.IsArgon2id != policy.IsArgon2id)
            return policy.IsArgon2id;
        return Kdf.MemoryCost < policy.MemoryCost || Kdf.Cost < policy.Cost;
    }

    private static VaultIntegrityException OutOfBounds(string what) =>
        new("SR1002", $"The vault's key slots are outside the format's bounds: {what}.", "Someone may have weakened or blown up the key derivation. Restore the vault from a backup.");
}
