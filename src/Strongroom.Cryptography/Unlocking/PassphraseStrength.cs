namespace Strongroom.Cryptography;

/// <summary>A small heuristic for a warning, not a measure: a passphrase that passes may still be guessed.</summary>
internal static class PassphraseStrength
{
    private const int MinLength = 12;
    private const int MinDistinct = 5;

    /// <summary>Short, of few different bytes, one part repeated, or a run such as <c>abcdefghijkl</c>.</summary>
    public static bool IsWeak(ReadOnlySpan<byte> passphrase) =>
        passphrase.Length < MinLength || Distinct(passphrase) < MinDistinct || IsRepetition(passphrase) || IsRun(passphrase);

    private static int Distinct(ReadOnlySpan<byte> bytes)
    {
        var count = 0;
        for (var i = 0; i < bytes.Length; i++)
        {
            if (!bytes[..i].Contains(bytes[i]))
                count++;
        }
        return count;
    }

    private static bool IsRepetition(ReadOnlySpan<byte> bytes)
    {
        for (var period = 1; period <= bytes.Length / 2; period++)
        {
            if (bytes[period..].CommonPrefixLength(bytes) == bytes.Length - period)
                return true;
        }
        return false;
    }

    private static bool IsRun(ReadOnlySpan<byte> bytes)
    {
        var step = bytes[1] - bytes[0];
        for (var i = 2; i < bytes.Length; i++)
        {
            if (bytes[i] - bytes[i - 1] != step)
                return false;
        }
        return true;
    }
}
