using System.Text.Json;

namespace Strongroom.Bench.Against;

/// <summary>A durable store of the same records without protection: serialise all with JsonSerializer, replace the file atomically.</summary>
internal sealed class PlainStore(string path, PlainFile content)
{
    /// <summary>Takes the records of a vault's file, so that both sides hold the same.</summary>
    public static PlainStore CopyOf(string vaultFile, string path) => new(path, Load(vaultFile));

    public static PlainFile Load(string vaultFile) => JsonSerializer.Deserialize(File.ReadAllBytes(vaultFile), PlainJson.Default.PlainFile)!;

    public void Set(string name, byte[] value, string now)
    {
        PlainRecord record = content.Secrets[name];
        content.Versions[$"{record.Id}/{record.Metadata.Version}"] = new PlainRecord { Id = record.Id, Key = record.Key, Metadata = Copy(record.Metadata), Value = record.Value };
        record.History.Add(new PlainVersion { CreatedAt = record.Metadata.UpdatedAt, Digest = new byte[32], State = "previous", Version = record.Metadata.Version });
        record.Metadata.Version++;
        record.Metadata.UpdatedAt = now;
        record.Value = value;
        Write();
    }

    public void Write() => DurableFile.Replace(path, JsonSerializer.SerializeToUtf8Bytes(content, PlainJson.Default.PlainFile));

    private static PlainMetadata Copy(PlainMetadata from) => new()
    {
        CreatedAt = from.CreatedAt,
        Description = from.Description,
        ExpiresAt = from.ExpiresAt,
        LastAccessed = from.LastAccessed,
        RotationCount = from.RotationCount,
        SecretType = from.SecretType,
        State = from.State,
        Tags = from.Tags,
        UpdatedAt = from.UpdatedAt,
        Version = from.Version,
    };
}
