using System.Security.Cryptography;
using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Audit;

/// <summary>Where a chain's log ends, and the key of its next entry.</summary>
internal sealed class ChainCursor : IDisposable
{
    private readonly ChainMac _mac;
    private readonly SecretBuffer _key = SecretBuffer.Allocate(ChainMac.KeySize);

    /// <summary>Starts at an entry whose key is <see cref="Key"/>'s to set.</summary>
    public ChainCursor(RandomId chain, long index)
    {
        _mac = new ChainMac(chain);
        Chain = chain;
        Index = index;
    }

    /// <summary>The chain.</summary>
    public RandomId Chain { get; }

    /// <summary>The last segment.</summary>
    public int Segment { get; set; }

    /// <summary>The last segment, open.</summary>
    public IFile? File { get; private set; }

    /// <summary>What identifies the open file.</summary>
    public FileStatus Identity { get; private set; }

    /// <summary>Behind the last good line of the segment.</summary>
    public long Offset { get; set; }

    /// <summary>The index of the next entry.</summary>
    public long Index { get; private set; }

    /// <summary>SHA-256 of the last line; null when that is not known (its segment was moved away).</summary>
    public Digest? Last { get; set; }

    /// <summary>The key of the next entry, K of <see cref="Index"/>.</summary>
    public Span<byte> Key => _key.Span;

    /// <summary>Goes on in another file.</summary>
    public void Enter(int segment, IFile file)
    {
        File?.Dispose();
        File = file;
        Identity = file.Status();
        Segment = segment;
        Offset = 0;
    }

    /// <summary>The MAC of the next entry, given as the parts before and after its <c>mac</c>.</summary>
    public Digest Mac(ReadOnlySpan<byte> before, ReadOnlySpan<byte> after) => _mac.Entry(Key, Index, before, after);

    /// <summary>What is wrong with a line as the next entry; null when nothing is.</summary>
    public string? Reject(in AuditLine line)
    {
        if (line.Info.Chain != Chain)
            return "is of another chain";
        if (line.Info.Index != Index)
            return $"is entry {line.Info.Index}";
        if (Last is { } last && line.Info.Previous != last)
            return "does not follow the line before it";
        return Mac(line.BeforeMac, line.AfterMac) == line.Info.Mac ? null : "has a wrong MAC";
    }

    /// <summary>Takes a line as the next entry: ratchets, which wipes its key.</summary>
    public void Take(ReadOnlySpan<byte> line)
    {
        _mac.Advance(Key, Index);
        TakeWithoutKey(line, Index);
    }

    /// <summary>Takes a line whose key is gone.</summary>
    public void TakeWithoutKey(ReadOnlySpan<byte> line, long index)
    {
        Last = Digest.Sha256(line);
        Index = index + 1;
        Offset += line.Length + 1;
    }

    /// <summary>Ratchets from K₀ to the key of an index, before anything is taken.</summary>
    public void RatchetTo(ReadOnlySpan<byte> first, long index)
    {
        first.CopyTo(Key);
        for (long i = 0; i < index; i++)
            _mac.Advance(Key, i);
        Index = index;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        File?.Dispose();
        CryptographicOperations.ZeroMemory(Key);
        _key.Dispose();
    }
}
