using System.Buffers;
using Strongroom.Cryptography;

namespace Strongroom.Storage;

/// <summary>
/// The files of marks: one canonical JSON object each, replaced atomically. Mostly not synced: after a power loss a mark may be older, which is safe, or torn, which is noticed. What is to lower a mark, or
/// to give its place to another vault, is synced and announces itself first: <c>announced</c> is then beside what was seen.
/// </summary>
internal sealed class MarkFiles(IFileSystem files, string folder)
{
    // A location is a path; paths end at 4 KiB almost everywhere.
    private const int MaxBytes = 64 * 1024;
    private const int PlaceHashBytes = 16;
    private const string Announced = "announced";

    public string Folder => folder;

    /// <summary>The mark of a vault; torn when a file is there and is not a mark of this vault.</summary>
    public (Mark? Value, bool Torn) ReadVault(RandomId vaultId) => Read(VaultPath(vaultId), json =>
    {
        Require(json, "commitment", "generation", "location", "mac", "revision", "vault_id");
        return json["vault_id"].Id == vaultId ? ReadMark(json, vaultId) with { Announced = json.Find(Announced) is { } next ? ReadMark(next, vaultId) : null } : null;
    });

    /// <summary>The vault that a place had, and the one that is about to be put there.</summary>
    public (PlaceMark? Value, bool Torn) ReadPlace(string location) => Read(PlacePath(location), json =>
    {
        Require(json, "location", "vault_id");
        return string.Equals(json["location"].String, location, StringComparison.Ordinal) ? new PlaceMark(json["vault_id"].Id, json.Find(Announced)?.Id) : null;
    });

    /// <param name="mark">The mark.</param>
    /// <param name="durable">Whether it has to survive a power loss.</param>
    public void WriteVault(Mark mark, bool durable = false) => Write(VaultPath(mark.VaultId), durable, json =>
    {
        if (mark.Announced is { } next)
        {
            json.Name(Announced);
            json.BeginObject();
            WriteMark(json, next);
            json.EndObject();
        }

        WriteMark(json, mark);
    });

    /// <param name="location">The place.</param>
    /// <param name="place">The vault there, and the one that is about to be.</param>
    /// <param name="durable">Whether it has to survive a power loss.</param>
    public void WritePlace(string location, PlaceMark place, bool durable = false) => Write(PlacePath(location), durable, json =>
    {
        if (place.Announced is { } next)
        {
            json.Name(Announced);
            json.Value(next.ToString());
        }

        json.Name("location");
        json.Value(location);
        json.Name("vault_id");
        json.Value(place.VaultId.ToString());
    });

    private static void Require(JsonValue json, params string[] names) => json.RequireExactly(json.Find(Announced) is null ? names : [Announced, .. names]);

    private static Mark ReadMark(JsonValue json, RandomId vaultId) =>
        new(json["location"].String, vaultId, json["commitment"].Digest, json["generation"].Number, json["revision"].Number, json["mac"].Digest);

    private static void WriteMark(CanonicalJsonWriter json, Mark mark)
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
    }

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

    private void Write(string path, bool durable, Action<CanonicalJsonWriter> members)
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
        {
            file.Write(buffer.WrittenSpan, 0);
            if (durable)
                file.Sync();
        }

        files.Rename(temp, path);
        if (durable)
            files.SyncDirectory(folder);
    }
}

/// <summary>Which vault a place has.</summary>
/// <param name="VaultId">The one that was seen there.</param>
/// <param name="Announced">One that is about to be put there on purpose; until the mark is written anew, both are right.</param>
internal sealed record PlaceMark(RandomId VaultId, RandomId? Announced = null)
{
    /// <summary>Whether a vault may stand there.</summary>
    public bool Allows(RandomId vaultId) => VaultId == vaultId || Announced == vaultId;
}
