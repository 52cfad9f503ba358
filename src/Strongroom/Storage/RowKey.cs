using System.Globalization;
using Strongroom.Cryptography;

namespace Strongroom.Storage;

/// <summary>The key of a row: <c>s/NAME</c> a record, <c>v/ID/N</c> an older version, <c>t/PATH</c> a node of the hash tree, <c>a/CHAIN/INDEX</c> a line of the audit log. ASCII, ordered by bytes.</summary>
public readonly struct RowKey : IEquatable<RowKey>, IComparable<RowKey>
{
    private readonly string? _text;

    private RowKey(string text) => _text = text;

    /// <summary>The record of a secret.</summary>
    public static RowKey Record(SecretName name) => new("s/" + name);

    /// <summary>An older version of a secret.</summary>
    public static RowKey Version(RandomId secretId, long version) => new($"v/{secretId}/{version}");

    /// <summary>A node of the hash tree.</summary>
    /// <param name="path">Nibbles as lower-case hexadecimal digits; empty for the top.</param>
    public static RowKey TreeNode(string path) => new("t/" + path);

    /// <summary>A line of the audit log.</summary>
    public static RowKey AuditLine(RandomId chain, long index) => new(string.Create(CultureInfo.InvariantCulture, $"a/{chain}/{index:d16}"));

    /// <summary>A key as it was stored. Storage is not trusted: whoever uses the row checks what the key says.</summary>
    public static RowKey FromStored(string text) => new(text);

    /// <summary>The text.</summary>
    public override string ToString() => _text ?? "";

    /// <inheritdoc/>
    public bool Equals(RowKey other) => string.Equals(_text, other._text, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is RowKey other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc/>
    public int CompareTo(RowKey other) => string.CompareOrdinal(_text, other._text);

    /// <summary>Ordinal equality.</summary>
    public static bool operator ==(RowKey left, RowKey right) => left.Equals(right);

    /// <summary>Ordinal inequality.</summary>
    public static bool operator !=(RowKey left, RowKey right) => !left.Equals(right);

    /// <summary>Order of the bytes.</summary>
    public static bool operator <(RowKey left, RowKey right) => left.CompareTo(right) < 0;

    /// <summary>Order of the bytes.</summary>
    public static bool operator >(RowKey left, RowKey right) => left.CompareTo(right) > 0;

    /// <summary>Order of the bytes.</summary>
    public static bool operator <=(RowKey left, RowKey right) => left.CompareTo(right) <= 0;

    /// <summary>Order of the bytes.</summary>
    public static bool operator >=(RowKey left, RowKey right) => left.CompareTo(right) >= 0;
}
