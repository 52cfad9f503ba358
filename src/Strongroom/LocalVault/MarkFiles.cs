using System.Buffers;
using Strongroom.Cryptography;

namespace Strongroom.Storage;

/// <summary>The files of marks: one canonical JSON object each, replaced atomically. Not synced: after a power loss a mark may be older, which is safe, or torn, which is noticed.</summary>
internal sealed class MarkFiles(IFileSystem files, string folder)
{
    // A location is a path; paths end at 4 KiB almost everywhere.
    private const int MaxBytes = 64 * 1024;
    private const int PlaceHashBytes = 16;

    public string Folder => folder;

    /// <summary>The mark of a vault; torn when a file is there and is not a mark of this vault.</summary>
    public (Mark? Value, bool Torn) ReadVault(RandomId vaultId) => Read(VaultPath(vaultId), json =>
    {
        json.RequireExactly("commitment", "generation", "location", "mac", "revision", "vault_id");
        return json["vault_id"].Id == vaultId
            ? new Mark(json["location"].String, vaultId, json["commitment"].Digest, json["generation"].Number, json["revision"].Number, json["mac"].Digest)
            : null;
    });

    /// <summary>The vault that a place had.</summary>
    public (RandomId? Value, bool Torn) ReadPlace(string location)
    {
        (Place? place, bool torn) = Read(PlacePath(location), json =>
        {
            json.RequireExactly("location", "vault_id");
            return string.Equals(json["location"].String, location, StringComparison.Ordinal) ? new Place(json["vault_id"].Id) : null;
        });
        return (place?.VaultId, torn);
    }

    public void WriteVault(Mark mark) => Write(VaultPath(mark.VaultId), json =>
    {
        json.Name("commitment");
        json.Base64(mark.RootCommitment.Span);
        json.Name("generation");
        json.Value(mark.RootGeneration);
        json.Name("location");
        json.Value(mark.Location);
        json.Name("mac");
        json.Base64(mark.HeadMac.Span);
        json.Name("revision");
        json.Value(mark.Revision);
        json.Name("vault_id");
        json.Value(mark.VaultId.ToString());
    });

    public void WritePlace(string location, RandomId vaultId) => Write(PlacePath(location), json =>
    {
        json.Name("location");
        json.Value(location);
        json.Name("vault_id");
        json.Value(vaultId.ToString());
    });

    private string VaultPath(RandomId vaultId) => Path.Join(folder, $"vault-{vaultId}.json");

    // A location does not become a file name: it may be long, a URI, or differ in case only.
    private string PlacePath(string location) =>
        Path.Join(folder, $"place-{Convert.ToHexStringLower(Digest.Sha256(Utf8.Strict.GetBytes(location)).Span[..PlaceHashBytes])}.json");

    private (T? Value, bool Torn) Read<T>(string path, Func<JsonValue, T?> parse)
        where T : class
    {
        using IFile? file = files.OpenRead(path);
        if (file is null)
            return (null, false);
        long size = file.Status().Size;
        if (size > MaxBytes)
            return (null, true);
        var bytes = new byte[size];
        int read = file.Read(bytes, 0);
        try
        {
            T? value = parse(CanonicalJson.Parse(bytes.AsSpan(0, read)));
            return (value, value is null);
        }
        catch (VaultIntegrityException)
        {
            return (null, true);
        }
    }

    private void Write(string path, Action<CanonicalJsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        var json = new CanonicalJsonWriter(buffer);
        json.BeginObject();
        members(json);
        json.EndObject();

        // The lock is held: a temporary file of this name is a dead process's.
        string temp = path + ".tmp";
        files.Delete(temp);
        using (IFile file = files.Create(temp))
            file.Write(buffer.WrittenSpan, 0);
        files.Rename(temp, path);
    }

    private sealed record Place(RandomId VaultId);
}
