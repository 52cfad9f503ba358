namespace Strongroom;

/// <summary>Reads the fields of a typed secret; what is missing or does not fit is named, its value never.</summary>
internal readonly ref struct FieldReader(SecretData data, string kind)
{
    /// <summary>A field that must be there, as text.</summary>
    public string Text(string field) => Has(field) ? data.Value.DangerousRevealString(field) : throw Missing(field);

    /// <summary>Whether there is such a field, not empty.</summary>
    public bool Has(string field) => data.Value.TryGetField(field, out ReadOnlySpan<byte> bytes) && !bytes.IsEmpty;

    /// <summary>The bytes of a field that must be there.</summary>
    public ReadOnlySpan<byte> Bytes(string field) => data.Value.TryGetField(field, out ReadOnlySpan<byte> bytes) && !bytes.IsEmpty ? bytes : throw Missing(field);

    /// <summary>The bytes of a field that may be missing.</summary>
    public ReadOnlySpan<byte> Optional(string field) => data.Value.TryGetField(field, out ReadOnlySpan<byte> bytes) ? bytes : default;

    /// <summary>The error for a field that is there, but can't be what it should be.</summary>
    public VaultConfigurationException Unfit(string field, string what) =>
        new("SR1511", $"The field '{field}' of {data.Name} is not {what}.", $"Write it again: strongroom set {data.Name} with all fields.");

    private VaultConfigurationException Missing(string field)
    {
        string has = data.Value.HasFields ? $"it has {string.Join(", ", data.Value.FieldNames)}" : "it is a plain value without fields";
        return new VaultConfigurationException("SR1512", $"{data.Name} can't be read as {kind}: the field '{field}' is missing; {has}.", $"Write it with all fields: strongroom set {data.Name} {field}=…");
    }
}
