namespace Strongroom.Cryptography.Age;

/// <summary>Bech32 (BIP 173) as age has it: 32 bytes, no limit of 90 characters, one case throughout.</summary>
internal static class Bech32
{
    private const int Symbols = 52;
    private const int ChecksumLength = 6;

    private static ReadOnlySpan<byte> Alphabet => "qpzry9x8gf2tvdw0s3jn54khce6mua7l"u8;

    /// <summary>Decodes 32 bytes; false for anything that is not exactly this prefix, length, case, padding and checksum.</summary>
    /// <param name="text">The text.</param>
    /// <param name="prefix">The human-readable part in lower case.</param>
    /// <param name="upper">Whether the text has to be in upper case.</param>
    /// <param name="bytes">32 bytes.</param>
    public static bool TryDecode(ReadOnlySpan<byte> text, ReadOnlySpan<byte> prefix, bool upper, Span<byte> bytes)
    {
        if (text.Length != prefix.Length + 1 + Symbols + ChecksumLength || text[prefix.Length] != (byte)'1')
            return false;
        Span<byte> values = stackalloc byte[Symbols + ChecksumLength];
        for (var i = 0; i < text.Length; i++)
        {
            var character = text[i];
            if (upper ? char.IsAsciiLetterLower((char)character) : char.IsAsciiLetterUpper((char)character))
                return false;
            var lower = (byte)char.ToLowerInvariant((char)character);
            if (i < prefix.Length && lower != prefix[i])
                return false;
            if (i <= prefix.Length)
                continue;
            var value = Alphabet.IndexOf(lower);
            if (value < 0)
                return false;
            values[i - prefix.Length - 1] = (byte)value;
        }

        if (Checksum(prefix, values) != 1)
            return false;
        uint pending = 0;
        var (bits, at) = (0, 0);
        // 52 symbols are 32 bytes and four bits of padding.
        foreach (var value in values[..Symbols])
        {
            pending = (pending << 5) | value;
            bits += 5;
            if (bits < 8)
                continue;
            bits -= 8;
            bytes[at++] = (byte)(pending >> bits);
        }

        values.Clear();
        return (pending & ((1u << bits) - 1)) == 0;
    }

    private static uint Checksum(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> values)
    {
        var sum = 1u;
        foreach (var character in prefix)
            sum = Step(sum, character >> 5);
        sum = Step(sum, 0);
        foreach (var character in prefix)
            sum = Step(sum, character & 31);
        foreach (var value in values)
            sum = Step(sum, value);
        return sum;
    }

    private static uint Step(uint sum, int value)
    {
        var top = sum >> 25;
        sum = ((sum & 0x1ffffff) << 5) ^ (uint)value;
        ReadOnlySpan<uint> generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
        for (var i = 0; i < generator.Length; i++)
            sum ^= ((top >> i) & 1) * generator[i];
        return sum;
    }
}
