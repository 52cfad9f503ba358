using System.Text.Json;
using Strongroom.Audit;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Output;

/// <summary>The JSON of everything that more than one verb prints (docs/cli.md). Members are only ever added.</summary>
internal static class Shapes
{
    public static void Metadata(this Utf8JsonWriter json, SecretMetadata metadata)
    {
        json.WriteNumber("version", metadata.Version);
        json.WriteString("state", metadata.State);
        json.WriteString("type", metadata.SecretType.ToString());
        json.WriteString("description", metadata.Description);
        json.WriteStartObject("tags");
        foreach (var (key, value) in metadata.Tags)
            json.WriteString(key, value);
        json.WriteEndObject();
        json.Time("created_at", metadata.CreatedAt);
        json.Time("updated_at", metadata.UpdatedAt);
        json.Time("expires_at", metadata.ExpiresAt);
        json.Time("last_accessed", metadata.LastAccessed);
        json.WriteNumber("rotation_count", metadata.RotationCount);
    }

    public static void Versions(this Utf8JsonWriter json, IEnumerable<SecretVersion> versions)
    {
        json.WriteStartArray("versions");
        foreach (var version in versions)
        {
            json.WriteStartObject();
            json.WriteNumber("version", version.Version);
            json.WriteString("state", version.State);
            json.Time("created_at", version.CreatedAt);
            json.Time("readable_until", version.ReadableUntil);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    public static void Slots(this Utf8JsonWriter json, string name, IEnumerable<KeySlotInfo> slots)
    {
        json.WriteStartArray(name);
        foreach (var slot in slots)
        {
            json.WriteStartObject();
            json.Slot(slot);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    public static void Slot(this Utf8JsonWriter json, KeySlotInfo slot)
    {
        json.WriteString("id", slot.Id.ToString());
        json.WriteString("kind", slot.Kind);
        json.WriteString("label", slot.Label);
        json.Time("created_at", slot.CreatedAt);
        if (slot.Kdf is { } kdf)
        {
            json.WriteStartObject("kdf");
            json.WriteString("name", kdf.Name);
            json.WriteNumber("memory_cost", kdf.MemoryCost);
            json.WriteNumber("time_cost", kdf.TimeCost);
            json.WriteNumber("parallelism", kdf.Parallelism);
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("kdf");
        }

        json.WriteBoolean("below_policy", slot.IsBelowPolicy);
        json.WriteBoolean("opened_this", slot.OpenedThis);
    }

    public static void Audit(this Utf8JsonWriter json, string name, AuditReport? report)
    {
        if (report is null)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartObject(name);
        json.WriteBoolean("intact", report.IsIntact);
        json.WriteStartArray("chains");
        foreach (var chain in report.Chains)
        {
            json.WriteStartObject();
            json.WriteString("chain", chain.Chain.ToString());
            json.WriteString("owner", chain.Owner);
            json.WriteNumber("entries", chain.Entries);
            json.WriteNumber("first_verified", chain.FirstVerified);
            json.WriteString("checkpoint", chain.Checkpoint.ToString());
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.Findings("findings", report.Findings);
        json.Findings("notes", report.Notes);
        json.WriteEndObject();
    }

    public static void Entry(this Utf8JsonWriter json, AuditEntry entry)
    {
        json.WriteStartObject();
        json.WriteString("chain", entry.Chain.ToString());
        json.WriteNumber("index", entry.Index);
        json.Time("time", entry.Time);
        json.WriteString("actor", entry.Actor);
        json.WriteString("operation", entry.Operation);
        json.WriteString("outcome", entry.Outcome);
        json.WriteNumber("revision", entry.Revision);
        json.WriteNumber("count", entry.Count);
        json.WriteStartArray("secrets");
        foreach (var secret in entry.Secrets)
        {
            json.WriteStartObject();
            json.WriteString("name", secret.Name);
            json.WriteString("operation", secret.Operation);
            json.WriteNumber("version", secret.Version);
            json.WriteNumber("count", secret.Count);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>A value's bytes: as text when they are UTF-8, as base64 otherwise. Says which.</summary>
    public static void Value(this Utf8JsonWriter json, ReadOnlySpan<byte> value)
    {
        var isText = System.Text.Unicode.Utf8.IsValid(value);
        json.WriteString("encoding", isText ? "utf-8" : "base64");
        if (isText)
            json.WriteString("data", value);
        else
            json.WriteBase64String("data", value);
    }

    public static void Time(this Utf8JsonWriter json, string name, DateTimeOffset? time)
    {
        if (time is { } value)
            json.WriteString(name, CanonicalTime.Format(value));
        else
            json.WriteNull(name);
    }

    private static void Findings(this Utf8JsonWriter json, string name, IReadOnlyList<AuditFinding> findings)
    {
        json.WriteStartArray(name);
        foreach (var finding in findings)
        {
            json.WriteStartObject();
            json.WriteString("chain", finding.Chain.ToString());
            json.WriteNumber("index", finding.Index);
            json.WriteString("message", finding.Message);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
