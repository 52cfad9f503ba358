using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;

namespace Strongroom.Hosting;

/// <summary>Sets properties from fields of a secret. Only public properties of known types, so that trimming and ahead-of-time compilation leave it whole.</summary>
internal static class FieldBinder<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] T>
    where T : class
{
    private static readonly PropertyInfo[] Properties = [.. typeof(T).GetProperties(BindingFlags.Instance | BindingFlags.Public).Where(static property => property.SetMethod is { IsPublic: true })];

    public static void Bind(T options, SecretData data)
    {
        if (!data.Value.HasFields)
            throw new VaultConfigurationException("SR1720", $"{data.Name} is a plain value, so {typeof(T).Name} can't be set from its fields.", "Write it with fields: strongroom set NAME field=…, or bind it with code of your own.");
        foreach (string field in data.Value.FieldNames)
        {
            if (Find(field) is { } property && data.Value.TryGetField(field, out ReadOnlySpan<byte> bytes))
                property.SetValue(options, Convert(data.Name, field, property.PropertyType, bytes));
        }
    }

    private static PropertyInfo? Find(string field)
    {
        string plain = field.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal).Replace(".", "", StringComparison.Ordinal);
        return Array.Find(Properties, property => string.Equals(property.Name, plain, StringComparison.OrdinalIgnoreCase));
    }

    private static object Convert(SecretName name, string field, Type type, ReadOnlySpan<byte> bytes)
    {
        Type target = Nullable.GetUnderlyingType(type) ?? type;
        if (target == typeof(byte[]))
            return bytes.ToArray();
        if (!System.Text.Unicode.Utf8.IsValid(bytes))
            throw Unfit(name, field, target);
        string text = Cryptography.Utf8.Strict.GetString(bytes);
        if (target == typeof(string))
            return text;
        CultureInfo culture = CultureInfo.InvariantCulture;
        if (target == typeof(int) && int.TryParse(text, NumberStyles.AllowLeadingSign, culture, out int number))
            return number;
        if (target == typeof(long) && long.TryParse(text, NumberStyles.AllowLeadingSign, culture, out long large))
            return large;
        if (target == typeof(double) && double.TryParse(text, NumberStyles.Float, culture, out double real))
            return real;
        if (target == typeof(bool) && bool.TryParse(text, out bool truth))
            return truth;
        if (target == typeof(Uri) && Uri.TryCreate(text, UriKind.Absolute, out Uri? address))
            return address;
        if (target == typeof(TimeSpan) && TimeSpan.TryParse(text, culture, out TimeSpan span))
            return span;
        return target.IsEnum && Enum.TryParse(target, text, ignoreCase: true, out object? value) && value is not null ? value : throw Unfit(name, field, target);
    }

    private static VaultConfigurationException Unfit(SecretName name, string field, Type type) =>
        new("SR1721", $"The field '{field}' of {name} does not fit a property of type {type.Name}.", "Write it again with a value that fits, or bind it with code of your own.");
}
