using System.Buffers.Text;
using System.Security.Cryptography;

namespace Strongroom.Cryptography;

/// <summary>32 random bytes with a checksum of 4, as key files and recovery keys carry them (format, section 5). The checksum finds typing errors; it protects nothing.</summary>
internal static class CheckedKey
{
    public const int KeySize = 32;
    public const int RecoveryTextLength = RecoveryDigits + (RecoveryDigits - 1) / GroupLength;

    private const int ChecksumSize = 4;
    private const int Size = KeySize + ChecksumSize;
    private const int FileDigits = Size * 4 / 3;
    private const int RecoveryDigits = (Size * 8 + 4) / 5;
    private const int GroupLength = 6;

    private static ReadOnlySpan<byte> FileLabel => "strongroom-key-1"u8;

    private static ReadOnlySpan<byte> RecoveryLabel => "strongroom-recovery-1"u8;

    private static ReadOnlySpan<byte> Crockford => "0123456789ABCDEFGHJKMNPQRSTVWXYZ"u8;

    /// <summary>The line of a key file, with its LF.</summary>
    public static SecretBuffer WriteFile(ReadOnlySpan<byte> key)
    {
        using var checkedKey = AddChecksum(key, FileLabel);
        var text = SecretBuffer.Allocate(FileLabel.Length + 1 + FileDigits + 1);
        FileLabel.CopyTo(text.Span);
        text.Span[FileLabel.Length] = (byte)' ';
        Base64Url.EncodeToUtf8(checkedKey.Span, text.Span[(FileLabel.Length + 1)..], out _, out _);
        text.Span[^1] = (byte)'\n';
        return text;
    }

    /// <summary>The key of a key file, or null.</summary>
    public static SecretBuffer? ReadFile(ReadOnlySpan<byte> content)
    {
        content = WithoutLineEnd(content);
        if (content.Length != FileLabel.Length + 1 + FileDigits || !content.StartsWith(FileLabel) || content[FileLabel.Length] != (byte)' ')
            return null;
        var key = SecretBuffer.Allocate(Size);
        // 48 digits are 36 bytes without unused bits; white space and padding, which the decoder takes, make them fewer.
        _ = Base64Url.DecodeFromUtf8(content[(FileLabel.Length + 1)..], key.Span, out _, out var written);
        return written == Size ? CheckAndTake(key, FileLabel) : Refuse(key);
    }

    /// <summary>A recovery key as it is printed.</summary>
    public static SecretBuffer WriteRecovery(ReadOnlySpan<byte> key)
    {
        using var checkedKey = AddChecksum(key, RecoveryLabel);
        var text = SecretBuffer.Allocate(RecoveryTextLength);
        var position = 0;
        for (var digit = 0; digit < RecoveryDigits; digit++)
        {
            if (digit > 0 && digit % GroupLength == 0)
                text.Span[position++] = (byte)'-';
            text.Span[position++] = Crockford[FiveBits(checkedKey.Span, digit)];
        }
        return text;
    }

    /// <summary>The key of a printed recovery key, or null.</summary>
    public static SecretBuffer? ReadRecovery(ReadOnlySpan<byte> text)
    {
        var key = SecretBuffer.Allocate(Size + 1);
        var digits = 0;
        foreach (var character in WithoutLineEnd(text))
        {
            if (character is (byte)'-' or (byte)' ')
                continue;
            var value = DigitValue(character);
            if (value < 0 || digits == RecoveryDigits)
                return Refuse(key);
            for (var bit = 0; bit < 5; bit++)
                key.Span[(digits * 5 + bit) / 8] |= (byte)((value >> (4 - bit) & 1) << (7 - (digits * 5 + bit) % 8));
            digits++;
        }
        // The two unused bits fall into the byte behind.
        if (digits != RecoveryDigits || key.Span[Size] != 0)
            return Refuse(key);
        key.Narrow(0, Size);
        return CheckAndTake(key, RecoveryLabel);
    }

    private static ReadOnlySpan<byte> WithoutLineEnd(ReadOnlySpan<byte> text)
    {
        if (!text.EndsWith("\n"u8))
            return text;
        return text.EndsWith("\r\n"u8) ? text[..^2] : text[..^1];
    }

    private static int FiveBits(ReadOnlySpan<byte> bytes, int digit)
    {
        var value = 0;
        for (var bit = digit * 5; bit < digit * 5 + 5; bit++)
            value = value << 1 | (bit < bytes.Length * 8 ? bytes[bit / 8] >> (7 - bit % 8) & 1 : 0);
        return value;
    }

    private static int DigitValue(byte character)
    {
        var upper = character is >= (byte)'a' and <= (byte)'z' ? (byte)(character - 'a' + 'A') : character;
        return upper switch
        {
            (byte)'O' => 0,
            (byte)'I' or (byte)'L' => 1,
            _ => Crockford.IndexOf(upper),
        };
    }

    private static SecretBuffer AddChecksum(ReadOnlySpan<byte> key, ReadOnlySpan<byte> label)
    {
        var result = SecretBuffer.Allocate(Size);
        key.CopyTo(result.Span);
        Checksum(key, label, result.Span[KeySize..]);
        return result;
    }

    private static SecretBuffer? CheckAndTake(SecretBuffer key, ReadOnlySpan<byte> label)
    {
        Span<byte> checksum = stackalloc byte[ChecksumSize];
        Checksum(key.Span[..KeySize], label, checksum);
        if (!CryptographicOperations.FixedTimeEquals(checksum, key.Span[KeySize..]))
            return Refuse(key);
        key.Narrow(0, KeySize);
        return key;
    }

    private static SecretBuffer? Refuse(SecretBuffer key)
    {
        key.Dispose();
        return null;
    }

    private static void Checksum(ReadOnlySpan<byte> key, ReadOnlySpan<byte> label, Span<byte> checksum)
    {
        using var message = SecretBuffer.Allocate(label.Length + key.Length);
        label.CopyTo(message.Span);
        key.CopyTo(message.Span[label.Length..]);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(message.Span, hash);
        hash[..ChecksumSize].CopyTo(checksum);
    }
}
