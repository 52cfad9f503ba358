using System.Globalization;
using System.Security.Cryptography;
using Strongroom.Cryptography;

namespace Strongroom.Rotation;

/// <summary>New values out of chance and old ones, for rotators.</summary>
public static class RotatedValues
{
    // Printable, and left alone by shells, connection strings and the authority part of addresses.
    private static readonly byte[] Characters = [.. "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"u8];

    /// <summary>A password of letters, digits and <c>-._~</c>; every character comes uniformly from the system's generator, six bits each.</summary>
    /// <param name="length">The number of characters, at least 8.</param>
    public static SecretValue Password(int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 8);
        using SecretBuffer text = SecretBuffer.Allocate(length);
        RandomNumberGenerator.GetItems<byte>(Characters, text.Span);
        return SecretValue.FromBytes(text.Span);
    }

    /// <summary>A copy of a value with one field replaced or added; the source stays the caller's.</summary>
    /// <exception cref="VaultConfigurationException">It is a plain value without fields.</exception>
    public static SecretValue WithField(SecretValue value, string field, ReadOnlySpan<byte> bytes)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (!value.HasFields)
            throw new VaultConfigurationException("SR1806", $"The value has no fields, so its field '{field}' can't be replaced.", "Leave the setting of the field away, or write the secret with fields.");
        var fields = new List<KeyValuePair<string, SecretValue>> { new(field, SecretValue.FromBytes(bytes)) };
        foreach (string name in value.FieldNames.Where(name => name != field))
            fields.Add(new(name, value.TryGetField(name, out ReadOnlySpan<byte> old) ? SecretValue.FromBytes(old) : throw new ObjectDisposedException(nameof(value))));
        return SecretValue.FromFields(fields);
    }

    /// <summary>The policy's setting <c>rotate.length</c>, for rotators that have it; 32 without one.</summary>
    /// <param name="context">The rotation.</param>
    /// <param name="least">The smallest length that may be set.</param>
    /// <param name="most">The largest.</param>
    /// <exception cref="VaultConfigurationException">It is not a number between both.</exception>
    public static int Length(RotationContext context, int least, int most)
    {
        ArgumentNullException.ThrowIfNull(context);
        int length = 32;
        if (context.Setting("length") is { } text && !(int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out length) && length >= least && length <= most))
            throw RotationPolicy.Unfit(context.Name, "length", $"it is not a number from {least} to {most}");
        return length;
    }
}
