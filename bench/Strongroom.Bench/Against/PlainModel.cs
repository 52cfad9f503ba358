using System.Text.Json.Serialization;

namespace Strongroom.Bench.Against;

/// <summary>The vault's file as types of its own, for what a program without Strongroom would do with the same data: no verification, no encryption.</summary>
internal sealed class PlainFile
{
    [JsonPropertyName("secrets")]
    public Dictionary<string, PlainRecord> Secrets { get; set; } = new(StringComparer.Ordinal);

    [JsonPropertyName("versions")]
    public Dictionary<string, PlainRecord> Versions { get; set; } = new(StringComparer.Ordinal);
}

internal sealed class PlainRecord
{
    [JsonPropertyName("history")]
    public List<PlainVersion> History { get; set; } = [];

    [JsonPropertyName("id")]
    public string Id { get; set; } = "";

    [JsonPropertyName("key")]
    public PlainKey Key { get; set; } = new();

    [JsonPropertyName("metadata")]
    public PlainMetadata Metadata { get; set; } = new();

    [JsonPropertyName("value")]
    public byte[] Value { get; set; } = [];
}

internal sealed class PlainKey
{
    [JsonPropertyName("epoch")]
    public long Epoch { get; set; }

    [JsonPropertyName("generation")]
    public long Generation { get; set; }
}

internal sealed class PlainVersion
{
    [JsonPropertyName("created_at")]
    public string CreatedAt { get; set; } = "";

    [JsonPropertyName("digest")]
    public byte[] Digest { get; set; } = [];

    [JsonPropertyName("readable_until")]
    public string? ReadableUntil { get; set; }

    [JsonPropertyName("state")]
    public string State { get; set; } = "";

    [JsonPropertyName("version")]
    public long Version { get; set; }
}

internal sealed class PlainMetadata
{
    [JsonPropertyName("created_at")]
    public string CreatedAt { get; set; } = "";

    [JsonPropertyName("description")]
    public string Description { get; set; } = "";

    [JsonPropertyName("expires_at")]
    public string? ExpiresAt { get; set; }

    [JsonPropertyName("last_accessed")]
    public string? LastAccessed { get; set; }

    [JsonPropertyName("rotation_count")]
    public long RotationCount { get; set; }

    [JsonPropertyName("secret_type")]
    public string SecretType { get; set; } = "";

    [JsonPropertyName("state")]
    public string State { get; set; } = "";

    [JsonPropertyName("tags")]
    public Dictionary<string, string> Tags { get; set; } = new(StringComparer.Ordinal);

    [JsonPropertyName("updated_at")]
    public string UpdatedAt { get; set; } = "";

    [JsonPropertyName("version")]
    public long Version { get; set; }
}

/// <summary>Generated serialisers: the fastest that JsonSerializer has.</summary>
[JsonSerializable(typeof(PlainFile))]
internal sealed partial class PlainJson : JsonSerializerContext;
