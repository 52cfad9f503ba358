using System.Buffers;
using System.Collections.Immutable;
using Strongroom.Cryptography;

namespace Strongroom.Vault;

/// <summary>A secret as stored (format, section 7): sealed value, metadata, and what is kept of older versions. Immutable.</summary>
internal sealed record SecretRecord
{
    public required RandomId Id { get; init; }

    public required long Epoch { get; init; }

    public required long Generation { get; init; }

    public required SecretMetadata Metadata { get; init; }

    public required byte[] Value { get; init; }

    public ImmutableArray<HistoryEntry> History { get; init; } = [];

    /// <summary>Unknown members of the metadata, which are kept.</summary>
    public ImmutableArray<KeyValuePair<string, JsonValue>> Extra { get; init; } = [];

    public static SecretRecord Parse(ReadOnlySpan<byte> bytes)
    {
        JsonValue json = CanonicalJson.Parse(bytes);
        json.RequireExactly("history", "id", "key", "metadata", "value");
        JsonValue key = json["key"];
        key.RequireExactly("epoch", "generation");
        (SecretMetadata metadata, ImmutableArray<KeyValuePair<string, JsonValue>> extra) = MetadataFormat.Read(json["metadata"]);
        var record = new SecretRecord
        {
            Id = json["id"].Id,
            Epoch = key["epoch"].Number,
            Generation = key["generation"].Number,
            Metadata = metadata,
            Extra = extra,
            Value = json["value"].Bytes(),
            History = [.. json["history"].Items.Select(HistoryEntry.Read)],
        };
        record.CheckShape();
        return record;
    }

    public byte[] Write()
    {
        var buffer = new ArrayBufferWriter<byte>(512 + (Value.Length * 4 / 3));
        Write(buffer);
        return buffer.WrittenSpan.ToArray();
    }

    public void Write(IBufferWriter<byte> destination)
    {
        var json = new CanonicalJsonWriter(destination);
        json.BeginObject();
        json.Name("history"u8);
        json.BeginArray();
        foreach (HistoryEntry entry in History)
            entry.Write(json);
        json.EndArray();
        json.Name("id"u8);
        json.Value(Id);
        json.Name("key"u8);
        json.BeginObject();
        json.Name("epoch"u8);
        json.Value(Epoch);
        json.Name("generation"u8);
        json.Value(Generation);
        json.EndObject();
        json.Name("metadata"u8);
        MetadataFormat.Write(json, Metadata, Extra);
        json.Name("value"u8);
        json.Base64(Value);
        json.EndObject();
    }

    private void CheckShape()
    {
        if (History.Length > 1000)
            throw Bad("more than 1,000 older versions");
        for (int i = 0; i < History.Length; i++)
        {
            if (History[i].Version >= Metadata.Version || (i > 0 && History[i].Version <= History[i - 1].Version))
                throw Bad("older versions that are not ascending");
        }

        if (Value.Length < SealingKey.Overhead + 64 || (Value.Length - SealingKey.Overhead) % 64 != 0)
            throw Bad("a sealed value of an impossible length");
    }

    internal static VaultIntegrityException Bad(string what) =>
        new("SR1407", $"A record is not of the format: {what}.", "It was written by a defective program that held the keys. Restore a backup, or purge and write the secret again.");
}

/// <summary>An older version that is kept: its row's digest, and how long it may be read.</summary>
internal sealed record HistoryEntry(long Version, DateTimeOffset CreatedAt, Digest Digest, DateTimeOffset? ReadableUntil, string State)
{
    public static HistoryEntry Read(JsonValue json)
    {
        json.RequireExactly("created_at", "digest", "readable_until", "state", "version");
        return new HistoryEntry(json["version"].Number, json["created_at"].Time, json["digest"].Digest, json["readable_until"].IsNull ? null : json["readable_until"].Time, json["state"].String);
    }

    public void Write(CanonicalJsonWriter json)
    {
        json.BeginObject();
        json.Name("created_at"u8);
        json.Value(CreatedAt);
        json.Name("digest"u8);
        json.Base64(Digest.Span);
        json.Name("readable_until"u8);
        if (ReadableUntil is { } until)
            json.Value(until);
        else
            json.NullValue();
        json.Name("state"u8);
        json.Value(State);
        json.Name("version"u8);
        json.Value(Version);
        json.EndObject();
    }
}
