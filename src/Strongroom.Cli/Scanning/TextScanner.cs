using System.Security.Cryptography;
using System.Text;

namespace Strongroom.Cli.Scanning;

/// <summary>Looks through one text after the other, piece by piece: values of a vault, and token shapes. One for each thread.</summary>
/// <param name="index">The values; null to look for token shapes only.</param>
internal sealed class TextScanner(SecretIndex? index) : IDisposable
{
    /// <summary>What says on a line that its finding is meant.</summary>
    public const string Allow = "strongroom:allow";

    private const int Piece = 512 * 1024;

    // What begins near the end of a piece is looked at with the next one.
    private const int Overlap = Fingerprints.MostLength + TokenShapes.Reach;

    private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(Overlap + Piece, pinned: true);
    private readonly char[] _chars = GC.AllocateUninitializedArray<char>(Overlap + Piece, pinned: true);
    private readonly List<(int At, string What)> _matches = [];
    private readonly HashSet<(long At, string What)> _seen = [];

    /// <summary>Reads some bytes; 0 at the end.</summary>
    public delegate int Reader(Span<byte> buffer);

    /// <summary>How many bytes were looked at.</summary>
    public long Scanned { get; private set; }

    /// <summary>Looks through a text.</summary>
    /// <param name="place">What it is called.</param>
    /// <param name="read">Gives its bytes.</param>
    /// <param name="findings">Takes what was found.</param>
    public void Scan(string place, Reader read, List<ScanFinding> findings)
    {
        var (length, origin, line, isBinary) = (0, 0L, 1L, false);
        _seen.Clear();
        while (true)
        {
            var count = Fill(read, length);
            Scanned += count;
            var isFirst = origin == 0 && length == 0;
            length += count;
            if (isFirst)
                isBinary = _bytes.AsSpan(0, Math.Min(length, 8192)).Contains((byte)0);
            Look(place, length, origin, line, isBinary, findings);
            if (count < Piece)
                return;
            var drop = length - Overlap;
            if (!isBinary)
                line += _bytes.AsSpan(0, drop).Count((byte)'\n');
            _bytes.AsSpan(drop, Overlap).CopyTo(_bytes);
            (length, origin) = (Overlap, origin + drop);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_bytes);
        Array.Clear(_chars);
    }

    private int Fill(Reader read, int start)
    {
        var total = 0;
        for (int count; total < Piece && (count = read(_bytes.AsSpan(start + total, Piece - total))) > 0; total += count)
        {
        }

        return total;
    }

    private void Look(string place, int length, long origin, long line, bool isBinary, List<ScanFinding> findings)
    {
        var text = _bytes.AsSpan(0, length);
        _matches.Clear();
        index?.Find(text, _matches);
        var chars = _chars.AsSpan(0, Encoding.Latin1.GetChars(text, _chars));
        TokenShapes.Find(chars, _matches);
        foreach (var (at, what) in _matches.OrderBy(match => match.At))
        {
            if (_seen.Add((origin + at, what)) && !IsAllowed(text, at))
                findings.Add(Finding(place, text, at, what, origin, line, isBinary));
        }
    }

    private static ScanFinding Finding(string place, ReadOnlySpan<byte> text, int at, string what, long origin, long line, bool isBinary)
    {
        if (isBinary)
            return new ScanFinding(place, null, null, origin + at, what);
        var before = text[..at];
        return new ScanFinding(place, line + before.Count((byte)'\n'), at - before.LastIndexOf((byte)'\n'), origin + at, what);
    }

    private static bool IsAllowed(ReadOnlySpan<byte> text, int at)
    {
        var start = text[..at].LastIndexOf((byte)'\n') + 1;
        var end = text[at..].IndexOf((byte)'\n');
        return text[start..(end < 0 ? text.Length : at + end)].IndexOf("strongroom:allow"u8) >= 0;
    }
}

/// <summary>A secret in the open.</summary>
/// <param name="Place">File, or object of git.</param>
/// <param name="Line">Line from 1; null in a binary file.</param>
/// <param name="Column">Byte in the line, from 1.</param>
/// <param name="Offset">Byte in the file, from 0.</param>
/// <param name="What">The secret's name, or the kind of token.</param>
internal sealed record ScanFinding(string Place, long? Line, int? Column, long Offset, string What)
{
    /// <summary><c>place:line:column</c>, or <c>place (byte N)</c>.</summary>
    public string Where => Line is null ? $"{Place} (byte {Offset})" : $"{Place}:{Line}:{Column}";
}
