namespace Strongroom.Hosting;

/// <summary>A secret as configuration has read it, as text. It is read again only when its version has changed.</summary>
internal sealed class KnownSecret
{
    private readonly (string? Field, string? Text, string Base64)[] _values;

    private KnownSecret(KnownSecret before, SecretMetadata metadata) => (_values, Metadata) = (before._values, metadata);

    public KnownSecret(SecretData data)
    {
        Metadata = data.Metadata;
        _values = data.Value.HasFields
            ? [.. data.Value.FieldNames.Select(field => Read(field, data.Value.TryGetField(field, out ReadOnlySpan<byte> bytes) ? bytes : default))]
            : [Read(null, data.Value.Span)];
    }

    public SecretMetadata Metadata { get; }

    /// <summary>Plain value (field null) or fields; text is null where the bytes are not UTF-8.</summary>
    public IEnumerable<(string? Field, string? Text)> Values => _values.Select(static value => (value.Field, value.Text));

    /// <summary>Whether this is still the value of the secret.</summary>
    public bool Is(SecretMetadata metadata) => Metadata.Version == metadata.Version && Metadata.CreatedAt == metadata.CreatedAt;

    /// <summary>The same value under metadata that may have changed.</summary>
    public KnownSecret With(SecretMetadata metadata) => ReferenceEquals(metadata, Metadata) ? this : new KnownSecret(this, metadata);

    /// <summary>What a reference asks for.</summary>
    public string Select(string key, SecretReference reference)
    {
        foreach ((string? field, string? text, string base64) in _values)
        {
            if (field != reference.Field)
                continue;
            if (reference.Form == SecretReferenceForm.Base64)
                return base64;
            return text ?? throw new VaultConfigurationException("SR1717", $"'{key}' refers to {reference}, which is not text.", "Add ?as=base64 to the reference, or read the secret's bytes in code.");
        }

        string has = _values[0].Field is null ? "It is a plain value without fields." : $"It has {string.Join(", ", _values.Select(static value => value.Field))}.";
        throw new SecretNotFoundException("SR1718", reference.Field is null ? $"'{key}' refers to {reference}, which has fields and none is named." : $"'{key}' refers to {reference}, which has no such field.", has);
    }

    private static (string? Field, string? Text, string Base64) Read(string? field, ReadOnlySpan<byte> bytes) =>
        (field, System.Text.Unicode.Utf8.IsValid(bytes) ? Cryptography.Utf8.Strict.GetString(bytes) : null, Convert.ToBase64String(bytes));
}
