using Microsoft.Extensions.Compliance.Classification;
using Microsoft.Extensions.Compliance.Redaction;

namespace Strongroom;

/// <summary>How secrets are classified for <c>Microsoft.Extensions.Compliance</c>.</summary>
public static class StrongroomTaxonomy
{
    /// <summary>The taxonomy's name.</summary>
    public const string Name = "Strongroom";

    /// <summary>A secret.</summary>
    public static DataClassification Secret => new(Name, "Secret");
}

/// <summary>Marks a property or parameter as a secret: redacting loggers and formatters write <c>***</c>.</summary>
[AttributeUsage(AttributeTargets.All)]
public sealed class SecretAttribute() : DataClassificationAttribute(StrongroomTaxonomy.Secret);

/// <summary>Writes <c>***</c>, whatever it is given: not even the length shows.</summary>
public sealed class StrongroomRedactor : Redactor
{
    private const string Stars = "***";

    /// <inheritdoc/>
    public override int GetRedactedLength(ReadOnlySpan<char> input) => Stars.Length;

    /// <inheritdoc/>
    public override int Redact(ReadOnlySpan<char> source, Span<char> destination)
    {
        Stars.CopyTo(destination);
        return Stars.Length;
    }
}

/// <summary>Registers the redactor.</summary>
public static class StrongroomRedactionExtensions
{
    /// <summary>Redacts what is classified as <see cref="StrongroomTaxonomy.Secret"/>: <c>services.AddRedaction(redaction => redaction.SetStrongroomRedactor())</c>.</summary>
    public static IRedactionBuilder SetStrongroomRedactor(this IRedactionBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.SetRedactor<StrongroomRedactor>(new DataClassificationSet(StrongroomTaxonomy.Secret));
    }
}
