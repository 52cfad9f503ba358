using System.Buffers;

namespace Strongroom.Vault;

/// <summary>Writes the changed records of a commit. Those of a large batch go into few large buffers, on all processors: an import is bound by this.</summary>
internal static class RecordWriting
{
    // Below, threads and large buffers cost more than they save.
    private const int Few = 256;
    private const int Chunk = 256 * 1024;
    private const int RoomForRecord = 2048;

    /// <summary>Writes each record; null stays null, which removes. (The type is named: a plain null would become empty bytes.)</summary>
    public static void Write(Dictionary<SecretName, SecretRecord?> records, Dictionary<SecretName, ReadOnlyMemory<byte>?> rows)
    {
        rows.EnsureCapacity(records.Count);
        if (records.Count < Few)
        {
            foreach ((SecretName name, SecretRecord? record) in records)
                rows[name] = record is null ? (ReadOnlyMemory<byte>?)null : record.Write();
            return;
        }

        KeyValuePair<SecretName, SecretRecord?>[] all = [.. records];
        var written = new ReadOnlyMemory<byte>?[all.Length];
        int parts = Math.Min(Environment.ProcessorCount, all.Length / Few * 2);
        Parallel.For(0, parts, part => Write(all, written, (int)((long)all.Length * part / parts), (int)((long)all.Length * (part + 1) / parts)));
        for (int i = 0; i < all.Length; i++)
            rows[all[i].Key] = written[i];
    }

    private static void Write(KeyValuePair<SecretName, SecretRecord?>[] all, ReadOnlyMemory<byte>?[] written, int from, int to)
    {
        var chunk = new ArrayBufferWriter<byte>(Chunk);
        for (int i = from; i < to; i++)
        {
            if (all[i].Value is not { } record)
                continue;
            if (chunk.FreeCapacity < RoomForRecord)
                chunk = new ArrayBufferWriter<byte>(Chunk);
            int start = chunk.WrittenCount;
            record.Write(chunk);
            written[i] = chunk.WrittenMemory[start..];
        }
    }
}
