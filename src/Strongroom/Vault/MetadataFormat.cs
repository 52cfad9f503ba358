using System.Collections.Immutable;
using System.Text;
using Strongroom.Cryptography;

namespace Strongroom.Vault;

/// <summary><c>metadata</c> of a record, and the bounds of what callers may put there.</summary>
internal static class MetadataFormat
{
    private const int MaxTags = 64;
    private const int MaxTagKey = 128;
    private const int MaxTagValue = 1024;
    private const int MaxDescription = 4096;
    private const int MaxExtra = 64;

    // In canonical order: UTF-16 code units.
    private static readonly string[] Known =
        ["created_at", "description", "expires_at", "last_accessed", "rotation_count", "secret_type", "state", "tags", "updated_at", "version"];

    public static (SecretMetadata Metadata, ImmutableArray<KeyValuePair<string, JsonValue>> Extra) Read(JsonValue json)
    {
        var metadata = new SecretMetadata
        {
            CreatedAt = json["created_at"].Time,
            UpdatedAt = json["updated_at"].Time,
            ExpiresAt = json["expires_at"].IsNull ? null : json["expires_at"].Time,
            LastAccessed = json["last_accessed"].IsNull ? null : json["last_accessed"].Time,
            RotationCount = json["rotation_count"].Number,
            Version = json["version"].Number,
            State = json["state"].String,
            SecretType = SecretType.TryParse(json["secret_type"].String, out SecretType type) ? type : throw SecretRecord.Bad("a secret type that is none"),
            Tags = ReadTags(json["tags"]),
            Description = json["description"].String,
        };
        if (metadata.Version < 1)
            throw SecretRecord.Bad("version 0");
        if (json.Members.Count == Known.Length)
            return (metadata, []);
        ImmutableArray<KeyValuePair<string, JsonValue>> extra = [.. json.Members.Where(static member => Array.IndexOf(Known, member.Key) < 0)];
        return extra.Length <= MaxExtra ? (metadata, extra) : throw SecretRecord.Bad($"more than {MaxExtra} unknown members of its metadata");
    }

    /// <summary>Writes the members in canonical order, with the unknown ones, which are in that order too, in between.</summary>
    public static void Write(CanonicalJsonWriter json, SecretMetadata metadata, ImmutableArray<KeyValuePair<string, JsonValue>> extra)
    {
        int next = 0;
        json.BeginObject();
        Begin("created_at", "created_at"u8);
        json.Value(metadata.CreatedAt);
        Begin("description", "description"u8);
        json.Value(metadata.Description);
        Begin("expires_at", "expires_at"u8);
        WriteTime(json, metadata.ExpiresAt);
        Begin("last_accessed", "last_accessed"u8);
        WriteTime(json, metadata.LastAccessed);
        Begin("rotation_count", "rotation_count"u8);
        json.Value(metadata.RotationCount);
        Begin("secret_type", "secret_type"u8);
        json.Value(metadata.SecretType.ToString());
        Begin("state", "state"u8);
        json.Value(metadata.State);
        Begin("tags", "tags"u8);
        WriteTags(json, metadata.Tags);
        Begin("updated_at", "updated_at"u8);
        json.Value(metadata.UpdatedAt);
        Begin("version", "version"u8);
        json.Value(metadata.Version);
        WriteExtraBefore(null);
        json.EndObject();

        void Begin(string name, ReadOnlySpan<byte> utf8)
        {
            if (next < extra.Length)
                WriteExtraBefore(name);
            json.Name(utf8);
        }

        void WriteExtraBefore(string? name)
        {
            for (; next < extra.Length && (name is null || string.CompareOrdinal(extra[next].Key, name) < 0); next++)
            {
                json.Name(extra[next].Key);
                json.Value(extra[next].Value);
            }
        }
    }

    /// <summary>Refuses what would not fit the format, before anything is written.</summary>
    public static void Check(SecretMetadata metadata)
    {
        if (Bytes(metadata.Description, "description") > MaxDescription)
            throw new VaultLimitException("SR1112", $"The description has more than {MaxDescription} bytes.", "Shorten it.");
        if (metadata.Tags.Count > MaxTags)
            throw new VaultLimitException("SR1113", $"There are {metadata.Tags.Count} tags, at most {MaxTags} are allowed.", "Remove some.");
        if (metadata.Tags.IsEmpty)
            return;
        foreach ((string key, string value) in metadata.Tags)
        {
            if (Bytes(key, "tag") is 0 or > MaxTagKey || Bytes(value, "tag") > MaxTagValue)
                throw new VaultLimitException("SR1114", $"A tag's key has 1 to {MaxTagKey} bytes and its value at most {MaxTagValue}.", "Shorten it.");
        }
    }

    /// <summary>A time as the format keeps it: UTC, to the millisecond.</summary>
    public static DateTimeOffset Truncate(DateTimeOffset time) => new(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerMillisecond), TimeSpan.Zero);

    private static int Bytes(string text, string what)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (Ascii.IsValid(text))
            return text.Length;
        for (int i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                i++;
            else if (char.IsSurrogate(text[i]))
                throw new VaultConfigurationException("SR1115", $"The {what} is not valid Unicode text: it has a lone surrogate.", "Correct the text.");
        }

        return Utf8.Strict.GetByteCount(text);
    }

    private static void WriteTags(CanonicalJsonWriter json, ImmutableSortedDictionary<string, string> tags)
    {
        json.BeginObject();
        if (!tags.IsEmpty)
        {
            foreach ((string key, string value) in tags)
            {
                json.Name(key);
                json.Value(value);
            }
        }

        json.EndObject();
    }

    private static void WriteTime(CanonicalJsonWriter json, DateTimeOffset? time)
    {
        if (time is { } value)
            json.Value(value);
        else
            json.NullValue();
    }

    private static ImmutableSortedDictionary<string, string> ReadTags(JsonValue json)
    {
        if (json.Members.Count == 0)
            return SecretMetadata.EmptyTags;
        if (json.Members.Count > MaxTags)
            throw SecretRecord.Bad($"more than {MaxTags} tags");
        ImmutableSortedDictionary<string, string>.Builder tags = SecretMetadata.EmptyTags.ToBuilder();
        foreach ((string key, JsonValue value) in json.Members)
            tags[key] = value.String;
        return tags.ToImmutable();
    }
}
