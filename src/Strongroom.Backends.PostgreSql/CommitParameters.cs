using Npgsql;
using NpgsqlTypes;
using Strongroom.Storage;

namespace Strongroom.Backends.PostgreSql;

/// <summary>A commit as the parameters of the function that makes it.</summary>
internal static class CommitParameters
{
    // What a reader who lags behind may have to look through; above that it resynchronises.
    private const int MaxChanged = 4096;

    public static void Add(NpgsqlCommand command, SqlText sql, VaultCommit commit)
    {
        command.CommandText = sql.Commit;
        string[] keys = new string[commit.Puts.Count];
        byte[][] bytes = new byte[keys.Length][];
        for (int i = 0; i < keys.Length; i++)
            (keys[i], bytes[i]) = (commit.Puts[i].Key.ToString(), BytesOf(commit.Puts[i].Bytes));
        string[] deletes = [.. commit.Deletes.Select(static key => key.ToString())];
        string[] changed = [.. keys.Concat(deletes).Where(static key => key.StartsWith("s/", StringComparison.Ordinal))];
        command.Parameters.Add(new NpgsqlParameter { Value = commit.ExpectedHeadMac is { } mac ? mac.Span.ToArray() : DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bytea });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = commit.Revision });
        command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = commit.HeadMac.Span.ToArray() });
        command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = BytesOf(commit.Head) });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = keys });
        command.Parameters.Add(new NpgsqlParameter<byte[][]> { TypedValue = bytes, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = deletes });
        command.Parameters.Add(new NpgsqlParameter { Value = changed.Length <= MaxChanged ? changed : DBNull.Value, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
    }

    private static byte[] BytesOf(ReadOnlyMemory<byte> memory) =>
        System.Runtime.InteropServices.MemoryMarshal.TryGetArray(memory, out ArraySegment<byte> segment) && segment.Offset == 0 && segment.Count == segment.Array!.Length ? segment.Array : memory.ToArray();
}
