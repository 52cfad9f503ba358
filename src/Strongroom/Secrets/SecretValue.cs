using System.Buffers.Binary;
using System.Security.Cryptography;
using Strongroom.Cryptography;

namespace Strongroom;

/// <summary>
/// A secret's value: bytes, or named fields. Prints <c>***</c>, is zeroed on dispose, compares in constant time. The bytes lie in locked memory where the system allows it.
/// </summary>
public sealed class SecretValue : IDisposable
{
    private readonly SecretBuffer _payload;
    private readonly FieldSlice[]? _fields;

    private SecretValue(SecretBuffer payload, FieldSlice[]? fields)
    {
        _payload = payload;
        _fields = fields;
    }

    /// <summary>A value of bytes; they are copied, the source stays the caller's to wipe.</summary>
    public static SecretValue FromBytes(ReadOnlySpan<byte> value)
    {
        SecretBuffer payload = SecretBuffer.Allocate(value.Length + 1);
        value.CopyTo(payload.Span[1..]);
        return new SecretValue(payload, null);
    }

    /// <summary>A value of the UTF-8 bytes of a string. Dangerous: the string itself can't be wiped and stays in memory.</summary>
    /// <exception cref="VaultConfigurationException">The string has a lone surrogate.</exception>
    public static SecretValue DangerousFromString(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        byte[] utf8;
        try
        {
            utf8 = Utf8.Strict.GetBytes(value);
        }
        catch (System.Text.EncoderFallbackException)
        {
            // The original exception quotes the characters of the value.
            throw new VaultConfigurationException("SR1103", "The value is not valid Unicode text: it has a lone surrogate.", "Use FromBytes for binary values.");
        }

        try
        {
            return FromBytes(utf8);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(utf8);
        }
    }

    /// <summary>A value of named fields (1 to 256); the field values are copied and disposed of.</summary>
    /// <exception cref="VaultConfigurationException">A field name does not fit <c>[A-Za-z0-9][A-Za-z0-9._-]*</c>, occurs twice, or a field itself has fields.</exception>
    public static SecretValue FromFields(IEnumerable<KeyValuePair<string, SecretValue>> fields)
    {
        ArgumentNullException.ThrowIfNull(fields);
        KeyValuePair<string, SecretValue>[] sorted = [.. fields.OrderBy(static field => field.Key, StringComparer.Ordinal)];
        try
        {
            SecretPayload.CheckFields(sorted);
            SecretBuffer payload = SecretPayload.Encode(sorted);
            return FromPayload(payload);
        }
        finally
        {
            foreach (KeyValuePair<string, SecretValue> field in sorted)
                field.Value.Dispose();
        }
    }

    /// <summary>Takes over a payload as it is sealed in a vault (format, section 7).</summary>
    internal static SecretValue FromPayload(SecretBuffer payload)
    {
        try
        {
            return new SecretValue(payload, SecretPayload.Decode(payload.Span));
        }
        catch
        {
            payload.Dispose();
            throw;
        }
    }

    /// <summary>Whether the value has named fields.</summary>
    public bool HasFields => _fields is not null;

    /// <summary>The names of the fields, in ordinal order; empty for a plain value.</summary>
    public IReadOnlyList<string> FieldNames => _fields is null ? [] : Array.ConvertAll(_fields, static slice => slice.Name);

    /// <summary>The bytes of a plain value.</summary>
    /// <exception cref="InvalidOperationException">The value has fields.</exception>
    /// <exception cref="ObjectDisposedException">The value has been disposed of.</exception>
    public ReadOnlySpan<byte> Span => _fields is null
        ? _payload.Span[1..]
        : throw new InvalidOperationException("The value has named fields: read one of them with TryGetField.");

    /// <summary>The whole payload, as it is sealed.</summary>
    internal ReadOnlySpan<byte> Payload => _payload.Span;

    /// <summary>The bytes of a field; false when there is no such field.</summary>
    public bool TryGetField(string name, out ReadOnlySpan<byte> value)
    {
        foreach (FieldSlice field in _fields ?? [])
        {
            if (string.Equals(field.Name, name, StringComparison.Ordinal))
            {
                value = _payload.Span.Slice(field.Offset, field.Length);
                return true;
            }
        }

        value = default;
        return false;
    }

    /// <summary>The value or a field as a string, strict UTF-8. Dangerous: a string can't be wiped and stays in memory until the garbage collector reuses its place.</summary>
    /// <exception cref="SecretNotFoundException">There is no such field.</exception>
    /// <exception cref="VaultConfigurationException">The bytes are not UTF-8 text.</exception>
    public string DangerousRevealString(string? field = null)
    {
        ReadOnlySpan<byte> bytes;
        if (field is null)
            bytes = Span;
        else if (!TryGetField(field, out bytes))
            throw new SecretNotFoundException("SR1104", $"The value has no field '{field}'.", HasFields ? $"It has {string.Join(", ", FieldNames)}." : "It is a plain value without fields.");
        return System.Text.Unicode.Utf8.IsValid(bytes)
            ? Utf8.Strict.GetString(bytes)
            : throw new VaultConfigurationException("SR1105", "The value is not text: its bytes are not valid UTF-8.", "Read the bytes with Span.");
    }

    /// <summary>Equality of shape and bytes in constant time for equal lengths.</summary>
    public bool FixedTimeEquals(SecretValue other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return CryptographicOperations.FixedTimeEquals(Payload, other.Payload);
    }

    /// <summary>Always <c>***</c>.</summary>
    public override string ToString() => "***";

    /// <inheritdoc/>
    public void Dispose() => _payload.Dispose();

    /// <summary>Where a field's value lies in the payload.</summary>
    internal readonly record struct FieldSlice(string Name, int Offset, int Length);
}
