using Strongroom.Cryptography;

namespace Strongroom.Audit;

/// <summary>Checks what needs hashing: the chain of <c>previous</c>, MACs, the head's line, checkpoints. Batches come in order, one at a time.</summary>
internal sealed class BatchChecker(RandomId chain, ChainInput input, long headIndex, IReadOnlyList<AuditCheckpoint> checkpoints, VerificationResults results)
{
    private readonly ChainMac _mac = new(chain);
    private bool _any;

    /// <summary>SHA-256 of the last line.</summary>
    public Digest Last { get; private set; }

    /// <summary>Whether the head's line was met.</summary>
    public bool SawHeadLine { get; private set; }

    /// <summary>The first index whose MAC was checked, or -1.</summary>
    public long FirstVerified { get; private set; } = -1;

    /// <summary>The last entry that another chain names as the end that it replaced, or -1.</summary>
    public long NamedIndex { get; private set; } = -1;

    /// <summary>The chain that names it.</summary>
    public RandomId NamedBy { get; private set; }

    /// <summary>Checks a batch.</summary>
    public void Check(EntryBatch batch)
    {
        ReadOnlySpan<byte> keys = batch.Keys;
        ReadOnlySpan<EntryBatch.Item> items = batch.Items;
        for (int i = 0; i < items.Length; i++)
        {
            ref readonly EntryBatch.Item item = ref items[i];
            ReadOnlySpan<byte> line = batch.Line(item);
            if (item.Problem is not null)
                results.Find(chain, item.Expected, item.Problem);
            Digest hash = Digest.Sha256(line);
            if (item.IsEntry)
                CheckEntry(item, line, hash, keys.Slice(i * ChainMac.KeySize, ChainMac.KeySize));
            if (!input.IsOfHead && results.Replaced.TryGetValue(hash, out RandomId successor) && successor != chain)
                (NamedIndex, NamedBy) = (item.Expected, successor);
            Last = hash;
            _any = true;
        }
    }

    private void CheckEntry(in EntryBatch.Item item, ReadOnlySpan<byte> line, in Digest hash, ReadOnlySpan<byte> key)
    {
        AuditLine.Header entry = item.Entry;
        if (_any && entry.Previous != Last)
            results.Find(chain, entry.Index, "does not follow the line before it");
        else if (!_any)
            CheckFirst(entry);
        if (item.IsKeyed)
            CheckMac(entry, line, key);
        if (item.IsMending)
            results.Note(chain, entry.Index, $"records what a crash left (count {entry.Count}): an unfinished line that was cut off, with its bytes, or a state that was lost");
        if (entry.Index == headIndex && entry.Index == item.Expected)
        {
            SawHeadLine = true;
            if (!line.SequenceEqual(input.HeadLine)) // public
                results.Find(chain, entry.Index, "is not the line that the vault's head names");
        }

        foreach (AuditCheckpoint checkpoint in checkpoints)
        {
            if (checkpoint.Size == entry.Index + 1 && entry.Index == item.Expected && checkpoint.Root != hash)
                results.Refute(chain, entry.Index, "is not the line of the checkpoint: the log was rewritten since that was taken");
        }
    }

    // The first line that is there: of the chain, then its `previous` may name a chain that was replaced; or of a later segment.
    private void CheckFirst(in AuditLine.Header entry)
    {
        if (entry.Index == 0)
        {
            if (entry.Previous != default)
                results.Replaced.TryAdd(entry.Previous, chain);
            return;
        }

        foreach (AuditCheckpoint checkpoint in checkpoints)
        {
            if (checkpoint.Size == entry.Index && checkpoint.Root != entry.Previous)
                results.Refute(chain, entry.Index, "does not follow the line of the checkpoint: the log was rewritten since that was taken");
        }
    }

    private void CheckMac(in AuditLine.Header entry, ReadOnlySpan<byte> line, ReadOnlySpan<byte> key)
    {
        if (FirstVerified < 0)
            FirstVerified = entry.Index;
        if (_mac.Entry(key, entry.Index, line[..entry.MacStart], line[(entry.MacStart + AuditLine.Header.MacLength)..]) != entry.Mac)
            results.Find(chain, entry.Index, "has a wrong MAC: it was changed, or written by somebody without the chain's key");
    }
}
