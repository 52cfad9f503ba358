using System.Text;

namespace Strongroom.Prove.Fuzzing;

/// <summary>Makes inputs from seeds: bits turned, bytes exchanged, pieces left out, doubled, moved in from other seeds, words that matter to the formats put in. Without knowledge of what the code does with them.</summary>
internal sealed class Mutator(IReadOnlyList<byte[]> seeds, Random random)
{
    private static readonly byte[][] Words =
        [.. ((string[])["\"", "\\", "\\u0000", "\\ud800", "{", "}", "[", "]", ",", ":", "null", "true", "0", "-1", "9007199254740992", "1e9", "/", "//", "..", "#", "@", "%", "?", "\n", "\r\n", "\t", "=", "strongroom://", "$", "ä", "\u202e", "\uFEFF"]).Select(Encoding.UTF8.GetBytes), [0], [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80]];

    private byte[] _buffer = new byte[4096];

    /// <summary>The next input; valid until the next call.</summary>
    public ReadOnlySpan<byte> Next()
    {
        byte[] seed = seeds[random.Next(seeds.Count)];
        if (_buffer.Length < 2 * seed.Length + 4096)
            _buffer = new byte[2 * seed.Length + 4096];
        seed.CopyTo(_buffer, 0);
        int length = seed.Length;
        for (int changes = 1 << random.Next(4); changes > 0; changes--)
            length = Change(length);
        return _buffer.AsSpan(0, length);
    }

    private int Change(int length)
    {
        int at = random.Next(length + 1);
        switch (random.Next(7))
        {
            case 0 when at < length:
                _buffer[at] ^= (byte)(1 << random.Next(8));
                return length;
            case 1 when at < length:
                _buffer[at] = (byte)random.Next(256);
                return length;
            case 2:
                int gone = Math.Min(length - at, 1 + random.Next(16));
                _buffer.AsSpan(at + gone, length - at - gone).CopyTo(_buffer.AsSpan(at));
                return length - gone;
            case 3:
                return Insert(length, at, Words[random.Next(Words.Length)]);
            case 4 when length > 0:
                int from = random.Next(length);
                return Insert(length, at, _buffer.AsSpan(from, Math.Min(length - from, 1 + random.Next(64))).ToArray());
            case 5:
                byte[] other = seeds[random.Next(seeds.Count)];
                int start = random.Next(other.Length);
                return Insert(length, at, other.AsSpan(start, Math.Min(other.Length - start, 1 + random.Next(128))));
            case 6 when length > 0:
                return random.Next(8) == 0 ? at : length;
            default:
                return length;
        }
    }

    private int Insert(int length, int at, ReadOnlySpan<byte> bytes)
    {
        if (length + bytes.Length > _buffer.Length)
            return length;
        _buffer.AsSpan(at, length - at).CopyTo(_buffer.AsSpan(at + bytes.Length));
        bytes.CopyTo(_buffer.AsSpan(at));
        return length + bytes.Length;
    }
}
