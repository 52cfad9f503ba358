using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Strongroom.Cryptography;

namespace Strongroom;

/// <summary>
/// A text that stands where a secret is needed, and can be written into files that everybody may read:
/// <c>strongroom://[store@]path[#field][?v=3][&amp;as=otp|base64]</c>.
/// </summary>
/// <remarks>
/// The field is set off by <c>#</c> and not by another <c>/</c>, so a name with slashes is never mistaken for a name and a field. Everything outside <c>A-Z a-z 0-9 . _ -</c> is
/// percent-encoded, as UTF-8; an encoded slash is refused, since it would read as a separator after decoding. There is one grammar: what does not fit is refused and never repaired.
/// </remarks>
public sealed record SecretReference : IParsable<SecretReference>
{
    /// <summary>How every reference begins.</summary>
    public const string Scheme = "strongroom://";

    /// <summary>The longest text that is read.</summary>
    public const int MaxLength = 2048;

    private const string Shape = "Write it as strongroom://[store@]path[#field][?v=3], for example strongroom://db/main#password.";

    /// <summary>Makes a reference to a secret.</summary>
    /// <param name="name">The secret.</param>
    /// <param name="field">One of its fields, or null for a plain value.</param>
    /// <param name="store">Which store holds it, or null for the one at hand.</param>
    /// <param name="version">A version that is kept, or null for the current one.</param>
    /// <param name="form">What of it is meant.</param>
    /// <exception cref="VaultConfigurationException">Field, store or version do not fit.</exception>
    public SecretReference(SecretName name, string? field = null, string? store = null, long? version = null, SecretReferenceForm form = SecretReferenceForm.Value)
    {
        if (name == default)
            throw Bad("it has no path");
        if (field is not null && !SecretPayload.IsFieldName(field))
            throw Bad("the field after '#' does not fit [A-Za-z0-9][A-Za-z0-9._-]*");
        if (store is not null && !SecretPayload.IsFieldName(store))
            throw Bad("the store before '@' does not fit [A-Za-z0-9][A-Za-z0-9._-]*");
        if (version is < 1 or > CanonicalLimit)
            throw Bad("the version is not a whole number from 1");
        Name = name;
        Field = field;
        Store = store;
        Version = version;
        Form = form;
    }

    // Numbers of the format: 2^53 - 1.
    private const long CanonicalLimit = (1L << 53) - 1;

    /// <summary>The secret.</summary>
    public SecretName Name { get; }

    /// <summary>The field, or null.</summary>
    public string? Field { get; }

    /// <summary>The store that holds it, or null for the one at hand.</summary>
    public string? Store { get; }

    /// <summary>The version, or null for the current one.</summary>
    public long? Version { get; }

    /// <summary>What of the secret is meant.</summary>
    public SecretReferenceForm Form { get; }

    /// <summary>Whether a text is meant as a reference: it begins with <c>strongroom://</c>, in whatever case. It may still not be a valid one.</summary>
    public static bool IsReference([NotNullWhen(true)] string? text) => text is not null && text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase);

    /// <summary>Parses a reference.</summary>
    /// <exception cref="VaultConfigurationException">It does not fit; the message says why.</exception>
    public static SecretReference Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > MaxLength)
            throw Bad($"it has {text.Length} characters, at most {MaxLength} are allowed");
        if (!text.StartsWith(Scheme, StringComparison.Ordinal))
            throw Bad(IsReference(text) ? "the scheme is written in lower case" : $"it does not begin with {Scheme}");
        string rest = text[Scheme.Length..];
        (rest, string? query) = Cut(rest, '?');
        (rest, string? field) = Cut(rest, '#');
        if (query is not null && query.Contains('#', StringComparison.Ordinal))
            throw Bad("the field stands before the '?', as in path#field?v=3");
        string? store = null;
        if (rest.IndexOf('@', StringComparison.Ordinal) is >= 0 and var at)
            (store, rest) = (Decode(rest[..at], "store"), rest[(at + 1)..]);
        if (rest.Length == 0)
            throw Bad("it has no path");
        (long? version, SecretReferenceForm form) = Query(query);
        return new SecretReference(SecretName.Parse(Decode(rest, "path")), field is null ? null : Decode(field, "field"), store, version, form);
    }

    /// <summary>Parses a reference without an exception.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out SecretReference? result)
    {
        result = null;
        if (text is null)
            return false;
        try
        {
            result = Parse(text);
            return true;
        }
        catch (VaultConfigurationException)
        {
            return false;
        }
    }

    static SecretReference IParsable<SecretReference>.Parse(string s, IFormatProvider? provider) => Parse(s);

    static bool IParsable<SecretReference>.TryParse(string? s, IFormatProvider? provider, [NotNullWhen(true)] out SecretReference? result) => TryParse(s, out result);

    /// <summary>The bytes of a secret that the reference points at: its plain value, or the field. Valid as long as the secret. The form is not applied.</summary>
    /// <exception cref="SecretNotFoundException">The secret has fields and none is named, or it has none of that name; the hint names what there is.</exception>
    public ReadOnlySpan<byte> Select(SecretData secret)
    {
        ArgumentNullException.ThrowIfNull(secret);
        if (Field is null && !secret.Value.HasFields)
            return secret.Value.Span;
        if (Field is not null && secret.Value.TryGetField(Field, out ReadOnlySpan<byte> value))
            return value;
        string names = string.Join(", ", secret.Value.FieldNames);
        throw Field is null
            ? new SecretNotFoundException("SR1117", $"{Name} has fields, and {this} names none.", $"Add one of #{string.Join(", #", secret.Value.FieldNames)}.")
            : new SecretNotFoundException("SR1104", $"{Name} has no field '{Field}'.", secret.Value.HasFields ? $"It has {names}." : $"It is a plain value without fields: {new SecretReference(Name, null, Store, Version, Form)}.");
    }

    /// <summary>The reference as text; parsing it gives an equal one.</summary>
    public override string ToString()
    {
        StringBuilder text = new(Scheme);
        if (Store is not null)
            text.Append(Store).Append('@');
        text.Append(Name);
        if (Field is not null)
            text.Append('#').Append(Field);
        if (Version is { } version)
            text.Append(CultureInfo.InvariantCulture, $"?v={version}");
        if (Form != SecretReferenceForm.Value)
            text.Append(Version is null ? '?' : '&').Append("as=").Append(Form == SecretReferenceForm.Otp ? "otp" : "base64");
        return text.ToString();
    }

    private static (long? Version, SecretReferenceForm Form) Query(string? query)
    {
        long? version = null;
        SecretReferenceForm? form = null;
        foreach (string part in query?.Split('&') ?? [])
        {
            switch (part.Split('=', 2))
            {
                case ["v", var number] when version is null:
                    version = long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long parsed) && parsed > 0 && number[0] != '0' ? parsed : throw Bad("the version after v= is not a whole number from 1");
                    break;
                case ["as", "otp"] when form is null:
                    form = SecretReferenceForm.Otp;
                    break;
                case ["as", "base64"] when form is null:
                    form = SecretReferenceForm.Base64;
                    break;
                default:
                    throw Bad("after '?' stand v=NUMBER and as=otp or as=base64, each at most once, joined by '&'");
            }
        }

        return (version, form ?? SecretReferenceForm.Value);
    }

    private static (string Before, string? After) Cut(string text, char separator)
    {
        int at = text.IndexOf(separator, StringComparison.Ordinal);
        return at < 0 ? (text, null) : (text[..at], text[(at + 1)..]);
    }

    private static string Decode(string text, string part)
    {
        if (!text.Contains('%', StringComparison.Ordinal))
            return text;
        List<byte> bytes = new(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '%')
            {
                bytes.Add(char.IsAscii(text[i]) ? (byte)text[i] : throw Bad($"the {part} has characters that are not percent-encoded"));
                continue;
            }

            if (i + 2 >= text.Length || !byte.TryParse(text.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value))
                throw Bad($"'%' in the {part} is not followed by two hexadecimal digits");
            if (value == '/')
                throw Bad($"the {part} has an encoded slash");
            bytes.Add(value);
            i += 2;
        }

        try
        {
            return Utf8.Strict.GetString([.. bytes]);
        }
        catch (DecoderFallbackException)
        {
            throw Bad($"the {part} does not decode to UTF-8");
        }
    }

    // What was given is not repeated: somebody may have pasted a value.
    private static VaultConfigurationException Bad(string reason) => new("SR1116", $"A reference can't be read: {reason}.", Shape);
}
