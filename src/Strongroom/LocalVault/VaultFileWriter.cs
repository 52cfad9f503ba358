using System.Buffers;

namespace Strongroom.Storage;

/// <summary>Writes a vault file (format, section 2) through a small buffer: no second copy of a large vault is made.</summary>
internal ref struct VaultFileWriter
{
    private const int BufferBytes = 256 * 1024;

    // Longer pieces are not worth copying; shorter ones not worth a system call.
    private const int DirectBytes = 64 * 1024;
    private const int PieceBytes = 8 * 1024 * 1024;

    private readonly IFile _file;
    private readonly CancellationToken _ct;
    private readonly byte[] _buffer;
    private int _used;
    private long _offset;

    private VaultFileWriter(IFile file, byte[] buffer, CancellationToken ct)
    {
        _file = file;
        _buffer = buffer;
        _ct = ct;
    }

    /// <summary>Writes head and rows from the start of an empty file. The caller has checked the caps, syncs, and removes the file when this fails.</summary>
    public static void Write(IFile file, ReadOnlySpan<byte> head, VaultImage image, CancellationToken ct)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(BufferBytes, VaultFile.LengthOf(head.Length, image)));
        try
        {
            var writer = new VaultFileWriter(file, buffer, ct);
            writer.Append(VaultFile.HeadStart);
            writer.Append(head);
            writer.Append(VaultFile.HeadEnd);
            writer.Append(image.Records);
            writer.Append(VaultFile.RecordsEnd);
            writer.Append(image.Versions);
            writer.Append(VaultFile.VersionsEnd);
            writer.Flush();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // Rows that stood together in the file that was read are written together.
    private void Append(ReadOnlySpan<VaultRow> rows)
    {
        for (int first = 0; first < rows.Length;)
        {
            int last = first;
            while (last + 1 < rows.Length && rows[last].IsFollowedBy(rows[last + 1]))
                last++;
            Append(rows[first].LinesTo(rows[last]));
            Append(last + 1 < rows.Length ? ",\n"u8 : "\n"u8);
            first = last + 1;
        }
    }

    private void Append(scoped ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _buffer.Length - _used)
            Flush();
        if (bytes.Length > Math.Min(DirectBytes, _buffer.Length))
        {
            Flush();
            WritePieces(bytes);
            return;
        }

        bytes.CopyTo(_buffer.AsSpan(_used));
        _used += bytes.Length;
    }

    private void Flush()
    {
        WritePieces(_buffer.AsSpan(0, _used));
        _used = 0;
    }

    private void WritePieces(scoped ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            _ct.ThrowIfCancellationRequested();
            ReadOnlySpan<byte> piece = bytes[..Math.Min(bytes.Length, PieceBytes)];
            _file.Write(piece, _offset);
            _offset += piece.Length;
            bytes = bytes[piece.Length..];
        }
    }
}
