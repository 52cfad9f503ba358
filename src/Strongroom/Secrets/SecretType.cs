using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Strongroom;

/// <summary>What a secret is, stored as text. The well-known ones are the members; another text <c>[a-z][a-z0-9_]*</c> of at most 64 characters is kept.</summary>
public readonly struct SecretType : IEquatable<SecretType>, IParsable<SecretType>
{
    private static readonly SearchValues<char> Allowed = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_");
    private readonly string? _text;

    private SecretType(string text) => _text = text;

    /// <summary>A key, often with secret, passphrase and endpoint.</summary>
    public static SecretType ApiKey { get; } = new("api_key");

    /// <summary>Host, port, database, username and password.</summary>
    public static SecretType DatabaseCredentials { get; } = new("database_credentials");

    /// <summary>A password.</summary>
    public static SecretType Password { get; } = new("password");

    /// <summary>A certificate, with or without its key.</summary>
    public static SecretType Certificate { get; } = new("certificate");

    /// <summary>A private key.</summary>
    public static SecretType PrivateKey { get; } = new("private_key");

    /// <summary>A token.</summary>
    public static SecretType Token { get; } = new("token");

    /// <summary>A symmetric key.</summary>
    public static SecretType EncryptionKey { get; } = new("encryption_key");

    /// <summary>A connection string.</summary>
    public static SecretType ConnectionString { get; } = new("connection_string");

    /// <summary>Anything else; the default.</summary>
    public static SecretType Generic { get; } = new("generic");

    /// <summary>The well-known types.</summary>
    public static IReadOnlyList<SecretType> WellKnown { get; } =
        [ApiKey, DatabaseCredentials, Password, Certificate, PrivateKey, Token, EncryptionKey, ConnectionString, Generic];

    /// <summary>Parses a type.</summary>
    /// <exception cref="VaultConfigurationException">It is not of the form.</exception>
    public static SecretType Parse(string text) => TryParse(text, out SecretType type)
        ? type
        : throw new VaultConfigurationException("SR1102", "The secret type is not of the form [a-z][a-z0-9_]* with at most 64 characters.", $"Use one of {string.Join(", ", WellKnown)}.");

    /// <summary>Parses a type without an exception.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out SecretType type)
    {
        bool valid = text is { Length: > 0 and <= 64 } && char.IsAsciiLetterLower(text[0]) && !text.AsSpan().ContainsAnyExcept(Allowed);
        type = valid ? new SecretType(text!) : default;
        return valid;
    }

    static SecretType IParsable<SecretType>.Parse(string s, IFormatProvider? provider) => Parse(s);

    static bool IParsable<SecretType>.TryParse(string? s, IFormatProvider? provider, out SecretType result) => TryParse(s, out result);

    /// <summary>The text.</summary>
    public override string ToString() => _text ?? "generic";

    /// <inheritdoc/>
    public bool Equals(SecretType other) => string.Equals(ToString(), other.ToString(), StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is SecretType other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    /// <summary>Equality of the texts.</summary>
    public static bool operator ==(SecretType left, SecretType right) => left.Equals(right);

    /// <summary>Inequality of the texts.</summary>
    public static bool operator !=(SecretType left, SecretType right) => !left.Equals(right);
}
