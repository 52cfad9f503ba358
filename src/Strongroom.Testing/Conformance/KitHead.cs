using System.Text;
using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Testing.Conformance;

/// <summary>A head as backends see one: canonical JSON with the commit ids, the MAC and the revision. Its MAC is no more than a number that occurs once.</summary>
internal sealed class KitHead
{
    private const int KeptCommits = 64;

    private KitHead(in Digest mac, long revision, IReadOnlyList<string> commits, ReadOnlyMemory<byte> bytes)
    {
        (Revision, Commits, Bytes) = (revision, commits, bytes);
        Mac = mac;
    }

    public Digest Mac { get; }

    public long Revision { get; }

    public IReadOnlyList<string> Commits { get; }

    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The head of the next commit.</summary>
    public static KitHead After(KitHead? before)
    {
        string id = RandomId.New().ToString();
        string[] commits = [.. before?.Commits.TakeLast(KeptCommits - 1) ?? [], id];
        long revision = (before?.Revision ?? 0) + 1;
        Digest mac = Digest.Sha256(Encoding.ASCII.GetBytes(id));
        string json = $$"""{"commits":["{{string.Join("\",\"", commits)}}"],"mac":"{{mac}}","revision":{{revision}}}""";
        return new KitHead(mac, revision, commits, Encoding.ASCII.GetBytes(json));
    }

    /// <summary>Reads a head that a backend gave back.</summary>
    public static KitHead Parse(ReadOnlyMemory<byte> bytes) => new(HeadFields.Mac(bytes.Span), HeadFields.Revision(bytes.Span), HeadFields.Commits(bytes.Span), bytes);

    /// <summary>The commit that puts this head in the place of another.</summary>
    public VaultCommit Commit(KitHead? expected, IReadOnlyList<StoredRow> puts, IReadOnlyList<RowKey> deletes) => new(expected?.Mac, Revision, Mac, Bytes, puts, deletes);
}
