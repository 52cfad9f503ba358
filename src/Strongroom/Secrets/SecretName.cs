using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Strongroom;

/// <summary>
/// The name of a secret: segments <c>[A-Za-z0-9][A-Za-z0-9._-]*</c> joined by single slashes, 1 to 255 characters, compared ordinally.
/// There is one grammar; what does not fit is refused and never repaired. A name never becomes a file path.
/// </summary>
public readonly struct SecretName : ISpanParsable<SecretName>, IEquatable<SecretName>, IComparable<SecretName>
{
    /// <summary>The largest number of characters (all are ASCII, so also bytes).</summary>
    public const int MaxLength = 255;

    private static readonly SearchValues<char> Allowed = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/");
    private readonly string? _value;

    private SecretName(string value) => _value = value;

    /// <summary>Parses a name.</summary>
    /// <exception cref="VaultConfigurationException">It does not fit the grammar; the message says where.</exception>
    public static SecretName Parse(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Reason(name) is { } reason
            ? throw new VaultConfigurationException("SR1101", $"'{Printable(name)}' is not a secret name: {reason}.", "Use segments of letters, digits, '.', '_' and '-' joined by '/', as in broker/binance.")
            : new SecretName(name);
    }

    /// <summary>Parses a name without an exception.</summary>
    public static bool TryParse([NotNullWhen(true)] string? name, out SecretName result)
    {
        result = name is not null && Reason(name) is null ? new SecretName(name) : default;
        return result._value is not null;
    }

    /// <summary>Whether a text fits the grammar of names.</summary>
    public static bool IsValid(ReadOnlySpan<char> name) => Reason(name) is null;

    static SecretName IParsable<SecretName>.Parse(string s, IFormatProvider? provider) => Parse(s);

    static bool IParsable<SecretName>.TryParse(string? s, IFormatProvider? provider, out SecretName result) => TryParse(s, out result);

    static SecretName ISpanParsable<SecretName>.Parse(ReadOnlySpan<char> s, IFormatProvider? provider) => Parse(s.ToString());

    static bool ISpanParsable<SecretName>.TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out SecretName result) => TryParse(s.ToString(), out result);

    /// <summary>The text; empty for the default value, which names nothing.</summary>
    public override string ToString() => _value ?? "";

    /// <inheritdoc/>
    public bool Equals(SecretName other) => string.Equals(_value, other._value, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is SecretName other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _value is null ? 0 : _value.GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc/>
    public int CompareTo(SecretName other) => string.CompareOrdinal(_value, other._value);

    /// <summary>A literal is parsed: <c>SecretName name = "broker/binance";</c></summary>
    public static implicit operator SecretName(string name) => Parse(name);

    /// <summary>The same as the conversion, for languages without it.</summary>
    public static SecretName FromString(string name) => Parse(name);

    /// <summary>Ordinal equality.</summary>
    public static bool operator ==(SecretName left, SecretName right) => left.Equals(right);

    /// <summary>Ordinal inequality.</summary>
    public static bool operator !=(SecretName left, SecretName right) => !left.Equals(right);

    /// <summary>Ordinal order.</summary>
    public static bool operator <(SecretName left, SecretName right) => left.CompareTo(right) < 0;

    /// <summary>Ordinal order.</summary>
    public static bool operator >(SecretName left, SecretName right) => left.CompareTo(right) > 0;

    /// <summary>Ordinal order.</summary>
    public static bool operator <=(SecretName left, SecretName right) => left.CompareTo(right) <= 0;

    /// <summary>Ordinal order.</summary>
    public static bool operator >=(SecretName left, SecretName right) => left.CompareTo(right) >= 0;

    private static string? Reason(ReadOnlySpan<char> name)
    {
        if (name.IsEmpty)
            return "it is empty";
        if (name.Length > MaxLength)
            return $"it has {name.Length} characters, at most {MaxLength} are allowed";
        int bad = name.IndexOfAnyExcept(Allowed);
        if (bad >= 0)
            return $"character {bad + 1} is not allowed";
        for (int start = 0; start <= name.Length;)
        {
            int length = name[start..].IndexOf('/');
            ReadOnlySpan<char> segment = length < 0 ? name[start..] : name.Slice(start, length);
            if (segment.IsEmpty)
                return "a segment is empty";
            if (!char.IsAsciiLetterOrDigit(segment[0]))
                return $"the segment '{segment}' begins with '{segment[0]}'";
            if (length < 0)
                break;
            start += length + 1;
        }

        return null;
    }

    // Names come from anywhere: an error never carries control characters or a megabyte of text to a terminal or log.
    private static string Printable(string name)
    {
        string cut = name.Length > 64 ? string.Concat(name.AsSpan(0, 64), "…") : name;
        return string.Create(cut.Length, cut, static (span, text) =>
        {
            for (int i = 0; i < span.Length; i++)
                span[i] = char.IsControl(text[i]) || char.IsSurrogate(text[i]) || char.GetUnicodeCategory(text[i]) is System.Globalization.UnicodeCategory.Format ? '?' : text[i];
        });
    }
}
