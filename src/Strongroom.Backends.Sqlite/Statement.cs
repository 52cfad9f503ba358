using System.Text;
using SQLitePCL;
using Strongroom.Cryptography;
using static SQLitePCL.raw;

namespace Strongroom.Backends.Sqlite;

/// <summary>A prepared statement of one connection, used again and again.</summary>
internal sealed class Statement(Connection connection, sqlite3_stmt handle) : IDisposable
{
    private const int MaxKey = 1024;

    public Statement Bind(int index, string text)
    {
        Span<byte> utf8 = stackalloc byte[MaxKey];
        if (text.Length <= MaxKey && Encoding.ASCII.TryGetBytes(text, utf8, out int length))
            Check(sqlite3_bind_text(handle, index, utf8[..length]));
        else
            Check(sqlite3_bind_text(handle, index, text));
        return this;
    }

    public Statement Bind(int index, ReadOnlySpan<byte> bytes)
    {
        Check(sqlite3_bind_blob(handle, index, bytes));
        return this;
    }

    public Statement Bind(int index, long number)
    {
        Check(sqlite3_bind_int64(handle, index, number));
        return this;
    }

    public Statement BindNull(int index)
    {
        Check(sqlite3_bind_null(handle, index));
        return this;
    }

    /// <summary>Steps to the next line of the result; at the end the statement is ready for the next use.</summary>
    public bool Step()
    {
        int code = sqlite3_step(handle);
        if (code == SQLITE_ROW)
            return true;
        Reset();
        return code == SQLITE_DONE ? false : throw connection.Failed(code);
    }

    /// <summary>Runs a statement without a result, or whose result is not wanted.</summary>
    public void Run()
    {
        while (Step())
        {
        }
    }

    /// <summary>Ends the use before the end of the result.</summary>
    public void Reset() => sqlite3_reset(handle);

    public byte[] Blob(int column) => sqlite3_column_blob(handle, column).ToArray();

    public Digest Digest(int column)
    {
        ReadOnlySpan<byte> bytes = sqlite3_column_blob(handle, column);
        return bytes.Length == Cryptography.Digest.Size ? Cryptography.Digest.FromBytes(bytes) : default;
    }

    public long Number(int column) => sqlite3_column_int64(handle, column);

    public string Text(int column) => sqlite3_column_text(handle, column).utf8_to_string();

    public bool IsNull(int column) => sqlite3_column_type(handle, column) == SQLITE_NULL;

    public void Dispose() => handle.Dispose();

    private void Check(int code)
    {
        if (code != SQLITE_OK)
            throw connection.Failed(code);
    }
}
