namespace Strongroom.Cryptography;

/// <summary>A parsed JSON value. The typed accessors throw <see cref="VaultIntegrityException"/> when the kind is another. Immutable; holds nothing secret.</summary>
public sealed class JsonValue
{
    private static readonly JsonValue[] Small = [.. Enumerable.Range(0, 64).Select(i => new JsonValue(JsonKind.Number, null, i))];

    // byte[] of UTF-8, JsonValue[] or KeyValuePair<string, JsonValue>[].
    private readonly object? _data;

    // The number, the truth, or the offset and length of the text within _data.
    private readonly long _bits;

    private JsonValue(JsonKind kind, object? data, long bits)
    {
        Kind = kind;
        _data = data;
        _bits = bits;
    }

    /// <summary>The kind.</summary>
    public JsonKind Kind { get; }

    /// <summary>Null.</summary>
    public static JsonValue Null { get; } = new(JsonKind.Null, null, 0);

    internal static JsonValue True { get; } = new(JsonKind.Boolean, null, 1);

    internal static JsonValue False { get; } = new(JsonKind.Boolean, null, 0);

    /// <summary>A boolean.</summary>
    public static JsonValue Of(bool value) => value ? True : False;

    /// <summary>A number, 0 to 2⁵³−1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative, or above 2⁵³−1.</exception>
    public static JsonValue Of(long value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, CanonicalJson.MaxNumber);
        return OfChecked(value);
    }

    /// <summary>A string.</summary>
    /// <exception cref="VaultConfigurationException">It holds a lone surrogate.</exception>
    public static JsonValue Of(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return OfChecked(JsonText.Encode(value));
    }

    /// <summary>An array.</summary>
    public static JsonValue Of(IReadOnlyList<JsonValue> items) => OfOwned([.. items]);

    /// <summary>An object, in any order.</summary>
    /// <exception cref="ArgumentException">A name occurs twice.</exception>
    /// <exception cref="VaultConfigurationException">A name holds a lone surrogate.</exception>
    public static JsonValue Of(IReadOnlyList<KeyValuePair<string, JsonValue>> members)
    {
        var sorted = members.ToArray();
        Array.Sort(sorted, static (a, b) => string.CompareOrdinal(a.Key, b.Key));
        for (var i = 0; i < sorted.Length; i++)
        {
            JsonText.Encode(sorted[i].Key);
            if (i > 0 && string.Equals(sorted[i].Key, sorted[i - 1].Key, StringComparison.Ordinal))
                throw new ArgumentException("A member occurs twice.", nameof(members));
        }
        return OfSorted(sorted);
    }

    internal static JsonValue OfChecked(long value) => value < Small.Length ? Small[value] : new(JsonKind.Number, null, value);

    internal static JsonValue OfChecked(byte[] utf8) => OfSlice(utf8, 0, utf8.Length);

    internal static JsonValue OfSlice(byte[] utf8, int offset, int length) => new(JsonKind.String, utf8, ((long)offset << 32) | (uint)length);

    internal static JsonValue OfOwned(JsonValue[] items) => new(JsonKind.Array, items, 0);

    internal static JsonValue OfSorted(KeyValuePair<string, JsonValue>[] members) => new(JsonKind.Object, members, 0);

    /// <summary>Whether it is null.</summary>
    public bool IsNull => Kind == JsonKind.Null;

    /// <summary>The boolean.</summary>
    /// <exception cref="VaultIntegrityException">It is of another kind.</exception>
    public bool Boolean => Require(JsonKind.Boolean)._bits != 0;

    /// <summary>The number.</summary>
    /// <exception cref="VaultIntegrityException">It is of another kind.</exception>
    public long Number => Require(JsonKind.Number)._bits;

    /// <summary>The string; a new one for each call.</summary>
    /// <exception cref="VaultIntegrityException">It is of another kind.</exception>
    public string String => Utf8.Strict.GetString(Text);

    /// <summary>The string as UTF-8, not copied.</summary>
    /// <exception cref="VaultIntegrityException">It is of another kind.</exception>
    public ReadOnlySpan<byte> Text
    {
        get
        {
            Require(JsonKind.String);
            return ((byte[])_data!).AsSpan((int)(_bits >> 32), (int)_bits);
        }
    }

    /// <summary>The items of an array.</summary>
    /// <exception cref="VaultIntegrityException">It is of another kind.</exception>
    public IReadOnlyList<JsonValue> Items => ItemArray;

    /// <summary>The members of an object, in canonical order.</summary>
    /// <exception cref="VaultIntegrityException">It is of another kind.</exception>
    public IReadOnlyList<KeyValuePair<string, JsonValue>> Members => MemberArray;

    internal JsonValue[] ItemArray => (JsonValue[])Require(JsonKind.Array)._data!;

    internal KeyValuePair<string, JsonValue>[] MemberArray => (KeyValuePair<string, JsonValue>[])Require(JsonKind.Object)._data!;

    /// <summary>A member that must be there.</summary>
    /// <exception cref="VaultIntegrityException">It is missing, or this is not an object.</exception>
    public JsonValue this[string name] => Find(name) ?? throw JsonErrors.Member($"member '{name}' is missing");

    /// <summary>A member that may be missing.</summary>
    /// <exception cref="VaultIntegrityException">This is not an object.</exception>
    public JsonValue? Find(string name)
    {
        var members = MemberArray;
        var (low, high) = (0, members.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var order = string.CompareOrdinal(members[middle].Key, name);
            if (order == 0)
                return members[middle].Value;
            if (order < 0)
                low = middle + 1;
            else
                high = middle - 1;
        }
        return null;
    }

    /// <summary>Refuses an object whose members are not exactly these.</summary>
    /// <param name="names">The names, each once, in any order.</param>
    /// <exception cref="VaultIntegrityException">One is missing or another is there, or this is not an object.</exception>
    public void RequireExactly(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            _ = this[name];
        if (MemberArray.Length != names.Length)
            throw JsonErrors.Member("an unknown member");
    }

    /// <summary>Canonical base64 of an exact length (or any, when negative).</summary>
    /// <exception cref="VaultIntegrityException">It is of another kind, not canonical base64 or of another length.</exception>
    public byte[] Bytes(int length = -1)
    {
        var text = Text;
        var bytes = new byte[CanonicalBase64.DecodedLength(text)];
        if (length >= 0 && bytes.Length != length)
            throw JsonErrors.Member($"base64 of {length} bytes was expected");
        CanonicalBase64.Decode(text, bytes);
        return bytes;
    }

    /// <summary>An id.</summary>
    /// <exception cref="VaultIntegrityException">It is not 32 lower-case hexadecimal digits.</exception>
    public RandomId Id => RandomId.TryParse(String, out var id) ? id : throw JsonErrors.Member("an id was expected");

    /// <summary>32 bytes in base64.</summary>
    /// <exception cref="VaultIntegrityException">It is not that.</exception>
    public Digest Digest
    {
        get
        {
            var digest = default(Digest);
            if (CanonicalBase64.DecodedLength(Text) != Digest.Size)
                throw JsonErrors.Member("base64 of 32 bytes was expected");
            CanonicalBase64.Decode(Text, digest);
            return digest;
        }
    }

    /// <summary>A time, checked (format, section 1).</summary>
    /// <exception cref="VaultIntegrityException">It is not a time in the format's only form.</exception>
    public DateTimeOffset Time => CanonicalTime.TryParse(Text, out var time) ? time : throw JsonErrors.Member("a time was expected");

    private JsonValue Require(JsonKind kind) => Kind == kind ? this : throw JsonErrors.Member($"{kind} was expected and {Kind} was found");
}
