using System.Security.Cryptography;
using System.Text;
using Strongroom.Cryptography;

namespace Strongroom.Storage;

/// <summary>
/// Where a name belongs in the hash tree: <c>HMAC(index key, name)</c>, read as 64 nibbles, high nibble first (format, section 6). The key keeps a database, or whoever may choose
/// names, from steering many names into one deep path. The path itself is public, so it is compared in ordinary time.
/// </summary>
internal readonly record struct HashTreePath
{
    /// <summary>The number of nibbles.</summary>
    public const int Length = 2 * Digest.Size;

    private readonly Digest _hash;

    private HashTreePath(in Digest hash) => _hash = hash;

    /// <summary>The path of a name.</summary>
    /// <param name="indexKey">The vault's index key, 32 bytes; stays the caller's.</param>
    /// <param name="name">The name.</param>
    public static HashTreePath Of(ReadOnlySpan<byte> indexKey, SecretName name)
    {
        Span<byte> text = stackalloc byte[SecretName.MaxLength];
        int length = Encoding.ASCII.GetBytes(name.ToString(), text);
        var hash = default(Digest);
        HMACSHA256.HashData(indexKey, text[..length], hash);
        return new HashTreePath(hash);
    }

    /// <summary>The path with these 32 bytes, as it stands in a leaf.</summary>
    public static HashTreePath FromBytes(ReadOnlySpan<byte> hash) => new(Digest.FromBytes(hash));

    /// <summary>A path that leads through a node.</summary>
    /// <param name="nibbles">The node's place: lower-case hexadecimal digits.</param>
    /// <returns>Null when it is no place.</returns>
    public static HashTreePath? Through(ReadOnlySpan<char> nibbles)
    {
        Span<char> whole = stackalloc char[Length];
        whole.Fill('0');
        if (nibbles.Length >= Length)
            return null;
        foreach (char nibble in nibbles)
        {
            if (!char.IsAsciiHexDigitLower(nibble))
                return null;
        }

        nibbles.CopyTo(whole);
        return FromBytes(Convert.FromHexString(whole));
    }

    /// <summary>The 32 bytes.</summary>
    [System.Diagnostics.CodeAnalysis.UnscopedRef]
    public ReadOnlySpan<byte> Span => _hash.Span;

    /// <summary>The nibble that leads from a node at <paramref name="depth"/> to its child.</summary>
    public int Nibble(int depth) => (depth & 1) == 0 ? Span[depth >> 1] >> 4 : Span[depth >> 1] & 0xF;

    /// <summary>This path with another nibble at <paramref name="depth"/>; what follows it means nothing then.</summary>
    public HashTreePath With(int depth, int nibble)
    {
        Digest hash = _hash;
        ref byte cell = ref ((Span<byte>)hash)[depth >> 1];
        cell = (byte)((depth & 1) == 0 ? (cell & 0x0F) | (nibble << 4) : (cell & 0xF0) | nibble);
        return new HashTreePath(hash);
    }

    /// <summary>Whether the path with the bytes <paramref name="hash"/> leads through the same node at <paramref name="depth"/>.</summary>
    public bool SharesPrefix(ReadOnlySpan<byte> hash, int depth)
    {
        int whole = depth >> 1;
        return Span[..whole].SequenceEqual(hash[..whole]) && ((depth & 1) == 0 || Span[whole] >> 4 == hash[whole] >> 4); // public
    }

    /// <summary>Writes all nibbles as lower-case hexadecimal digits.</summary>
    public void WriteHex(Span<byte> destination) => Convert.TryToHexStringLower(Span, destination, out _);

    /// <summary>The first nibbles as lower-case hexadecimal digits: the PATH of the node at <paramref name="depth"/>.</summary>
    public string Hex(int depth)
    {
        Span<char> digits = stackalloc char[Length];
        Convert.TryToHexStringLower(Span, digits, out _);
        return new string(digits[..depth]);
    }

    /// <summary>The row key of the node at <paramref name="depth"/>.</summary>
    public RowKey RowKey(int depth) => Storage.RowKey.TreeNode(Hex(depth));

    /// <summary>Order of the bytes, which is the order in leaves.</summary>
    public static int Compare(HashTreePath left, HashTreePath right) => left.Span.SequenceCompareTo(right.Span);

    /// <inheritdoc/>
    public override string ToString() => Hex(Length);
}
