using System.Numerics;

namespace Strongroom.Cli.Scanning;

/// <summary>A rough measure of how hard a secret is to guess, for a warning: length and kinds of characters, less for repetitions and runs, almost nothing for what everybody tries first.</summary>
internal static class Strength
{
    private static readonly string[] Common =
    [
        "password", "passw0rd", "123456", "12345678", "123456789", "qwerty", "letmein", "welcome", "admin", "changeme", "secret", "iloveyou", "monkey", "dragon", "football", "abc123", "111111", "root", "toor", "test", "default", "master",
        "hunter2", "login", "starwars", "sunshine", "princess", "trustno1", "000000", "postgres", "mysql", "guest", "s3cr3t", "p@ssw0rd",
    ];

    /// <summary>Bits of entropy, estimated from above.</summary>
    public static double Bits(ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty)
            return 0;
        var alphabet = Alphabet(value);
        var counted = 0.0;
        for (var i = 0; i < value.Length; i++)
        {
            // The same again, or the next in a row, tells next to nothing.
            var step = i == 0 ? int.MaxValue : value[i] - value[i - 1];
            counted += step is 0 or 1 or -1 ? 0.2 : 1;
        }

        var bits = Math.Min(counted * Math.Log2(alphabet), Distinct(value) * 8.0 * value.Length / Math.Min(value.Length, 16));
        foreach (var word in Common)
        {
            if (HoldsIgnoringCase(value, word))
                bits -= Math.Min(bits, word.Length * Math.Log2(alphabet)) - Math.Log2(Common.Length);
        }

        return Math.Max(0, bits);
    }

    private static double Alphabet(ReadOnlySpan<byte> value)
    {
        bool lower = false, upper = false, digit = false, other = false, beyond = false;
        foreach (var item in value)
        {
            lower |= char.IsAsciiLetterLower((char)item);
            upper |= char.IsAsciiLetterUpper((char)item);
            digit |= char.IsAsciiDigit((char)item);
            beyond |= item is < 0x20 or > 0x7E;
            other |= item is >= 0x20 and <= 0x7E && !char.IsAsciiLetterOrDigit((char)item);
        }

        return beyond ? 256 : Math.Max(2, (lower ? 26 : 0) + (upper ? 26 : 0) + (digit ? 10 : 0) + (other ? 33 : 0));
    }

    private static int Distinct(ReadOnlySpan<byte> value)
    {
        Span<ulong> seen = stackalloc ulong[4];
        foreach (var item in value)
            seen[item >> 6] |= 1UL << (item & 63);
        return BitOperations.PopCount(seen[0]) + BitOperations.PopCount(seen[1]) + BitOperations.PopCount(seen[2]) + BitOperations.PopCount(seen[3]);
    }

    private static bool HoldsIgnoringCase(ReadOnlySpan<byte> value, string word)
    {
        for (var at = 0; at + word.Length <= value.Length; at++)
        {
            if (System.Text.Ascii.EqualsIgnoreCase(value.Slice(at, word.Length), word))
                return true;
        }

        return false;
    }
}
