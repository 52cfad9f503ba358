using Strongroom.Cryptography;

namespace Strongroom.Storage;

/// <summary>
/// Reads the framing of a vault file (format, section 2) over the bytes of the whole file, without copying them. Anything but the one form that a writer produces is
/// refused with the number of the line. Line 1 is read at once; the rows on demand, so that a head that does not verify costs nothing more.
/// </summary>
internal sealed class VaultFileReader
{
    private readonly byte[] _file;
    private RowSlice[] _slices = [];
    private int _count;
    private int _position;
    private int _line;

    private VaultFileReader(byte[] file, int position)
    {
        _file = file;
        _position = position;
        _line = 2;
    }

    /// <summary>Reads the head's line.</summary>
    /// <param name="file">The whole file; kept, and never changed.</param>
    /// <exception cref="VaultIntegrityException">The framing is not that of a vault file.</exception>
    public static LoadedVault Read(byte[] file)
    {
        if (file.Length > VaultFile.MaxFileBytes)
            throw TooLarge(file.Length);
        ReadOnlySpan<byte> bytes = file;
        if (!bytes.StartsWith(VaultFile.HeadStart))
            throw Malformed(1, "it does not begin as a vault file does");
        int end = bytes.IndexOf((byte)'\n');
        if (end < 0)
            throw Malformed(1, "it does not end");
        if (end - 1 - VaultFile.HeadStart.Length > VaultFile.MaxHeadBytes)
            throw OverCap(1, "the head", VaultFile.MaxHeadBytes, "bytes");
        if (bytes[end - 1] != (byte)',' || end - 1 <= VaultFile.HeadStart.Length)
            throw Malformed(1, "it does not hold a head and a comma");
        var reader = new VaultFileReader(file, end + 1);
        return new LoadedVault(file.AsMemory(VaultFile.HeadStart.Length, end - 1 - VaultFile.HeadStart.Length), reader.ReadRows);
    }

    /// <summary>The refusal of a file over the cap.</summary>
    public static VaultIntegrityException TooLarge(long length) =>
        new("SR1202", $"The vault file has {length} bytes; at most {VaultFile.MaxFileBytes} are allowed.", "This is not a file that Strongroom wrote: put the original back.");

    private VaultImage ReadRows()
    {
        _slices = new RowSlice[Math.Max(16, (_file.Length - _position) / 512)];
        Expect("\"secrets\":{\n"u8, "the line that begins the secrets");
        int records = ReadSection(VaultFile.MaxRecords, versions: false);
        Expect("},\n"u8, "the line that ends the secrets");
        Expect("\"versions\":{\n"u8, "the line that begins the older versions");
        int versionsLine = _line;
        int versions = ReadSection(int.MaxValue, versions: true);
        Expect(VaultFile.VersionsEnd, "the last line");
        if (_position != _file.Length)
            throw Malformed(_line, "nothing may follow the last line");

        // Slack of the growing array would stay for as long as the vault is in memory.
        Array.Resize(ref _slices, _count);
        RowHashing.Fill(_file, _slices);
        VaultImage image = MakeImage(records, versions);
        int crowded = VaultFile.FindCrowdedSecret(image.Versions);
        if (crowded >= 0)
            throw OverCap(versionsLine + crowded, "the secret", VaultFile.MaxVersionsOfSecret, "older versions");
        return image;
    }

    private VaultImage MakeImage(int records, int versions)
    {
        var block = new RowBlock(_file, _slices);
        var recordRows = new VaultRow[records];
        for (int i = 0; i < records; i++)
            recordRows[i] = new VaultRow(block, i);
        var versionRows = new VaultRow[versions];
        for (int i = 0; i < versions; i++)
            versionRows[i] = new VaultRow(block, records + i);
        long bytes = 0;
        foreach (ref readonly RowSlice slice in _slices.AsSpan())
            bytes += slice.KeyLength + RowSlice.KeyFraming + slice.Length;
        return new VaultImage(recordRows, versionRows, bytes);
    }

    private void Expect(ReadOnlySpan<byte> text, string what)
    {
        if (!_file.AsSpan(_position).StartsWith(text))
            throw Malformed(_line, $"{what} is not here");
        _position += text.Length;
        _line++;
    }

    private int ReadSection(int maxRows, bool versions)
    {
        int first = _count;
        bool more = false;
        while (_position < _file.Length && _file[_position] == (byte)'"')
        {
            if (_count > first && !more)
                throw Malformed(_line - 1, "a comma is missing at its end");
            if (_count - first == maxRows)
                throw OverCap(_line, "the vault", maxRows, "records");
            if (_count == _slices.Length)
                Array.Resize(ref _slices, _count * 2);
            ref RowSlice slice = ref _slices[_count];
            more = ReadRow(ref slice, versions);
            if (_count > first && VaultFile.CompareKeys(Key(_slices[_count - 1]), Key(slice), versions) >= 0)
                throw new VaultIntegrityException("SR1205", $"Line {_line} of the vault file is out of order: its key does not come after the one before.", Hint);
            _count++;
            _line++;
        }

        if (more)
            throw Malformed(_line - 1, "the last row of a section has no comma");
        return _count - first;
    }

    // One line: "KEY":RECORD with or without a comma. Gives whether there was one.
    private bool ReadRow(ref RowSlice slice, bool versions)
    {
        ReadOnlySpan<byte> rest = _file.AsSpan(_position);
        int end = rest.IndexOf((byte)'\n');
        if (end < 0)
            throw Malformed(_line, "it does not end");
        ReadOnlySpan<byte> line = rest[..end];
        bool comma = line[^1] == (byte)',';
        if (comma)
            line = line[..^1];
        if (line.Length > VaultFile.MaxLineBytes)
            throw OverCap(_line, "it", VaultFile.MaxLineBytes, "bytes");
        int quote = line.Length > 1 ? line[1..].IndexOf((byte)'"') : -1;
        ReadOnlySpan<byte> key = quote < 0 ? default : line.Slice(1, quote);
        if (!(versions ? VaultFile.IsVersionKey(key) : VaultFile.IsName(key)))
            throw new VaultIntegrityException("SR1204", $"Line {_line} of the vault file does not begin with {(versions ? "the key of an older version" : "a secret's name")}.", Hint);
        ReadOnlySpan<byte> record = line[(key.Length + 2)..];
        if (record.Length < 3 || record[0] != (byte)':' || record[1] != (byte)'{' || record[^1] != (byte)'}')
            throw Malformed(_line, "no JSON object follows its key");
        slice.Start = _position;
        slice.KeyLength = key.Length;
        slice.Length = record.Length - 1;
        _position += end + 1;
        return comma;
    }

    private ReadOnlySpan<byte> Key(in RowSlice slice) => _file.AsSpan(slice.Start + 1, slice.KeyLength);

    private const string Hint = "Put the original file back; a tool has re-formatted it, or it is damaged.";

    private static VaultIntegrityException Malformed(int line, string why) =>
        new("SR1203", $"Line {line} of the vault file is not as the format says: {why}.", Hint);

    private static VaultIntegrityException OverCap(int line, string what, int cap, string unit) =>
        new("SR1206", $"Line {line} of the vault file is refused: {what} has more than {cap} {unit}.", "This is not a file that Strongroom wrote: put the original back.");
}
