using Strongroom.Cryptography;

namespace Strongroom.Rotation;

/// <summary>
/// Random values that nobody but readers of the vault checks: signing keys of one's own, tokens between one's own services. Settings: <c>rotate.length</c> (characters, or bytes of hex and base64; 32),
/// <c>rotate.kind</c> (<c>password</c>, <c>hex</c>, <c>base64</c>, <c>binary</c>) and <c>rotate.field</c> (replaces one field, the others stay).
/// </summary>
public sealed class GeneratedRotator : IRotator
{
    private static readonly string[] Known = ["length", "kind", "field"];

    /// <inheritdoc/>
    public string Kind => "generated";

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Settings => Known;

    /// <inheritdoc/>
    public ValueTask<SecretValue> CreateAsync(RotationContext context, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new ValueTask<SecretValue>(Create(context));
    }

    /// <inheritdoc/>
    public ValueTask SetAsync(RotationContext context, CancellationToken ct) => default;

    /// <inheritdoc/>
    public ValueTask VerifyAsync(RotationContext context, CancellationToken ct) => default;

    /// <inheritdoc/>
    public ValueTask RevokeAsync(RotationContext context, CancellationToken ct) => default;

    private static SecretValue Create(RotationContext context)
    {
        using SecretValue plain = Generate(context);
        if (context.Setting("field") is { } field)
            return RotatedValues.WithField(context.Old, field, plain.Span);
        return context.Old.HasFields
            ? throw new VaultConfigurationException("SR1802", $"The rotation of {context.Name} needs the setting 'field': the secret has fields.", $"Set it: strongroom meta {context.Name} --tag {RotationPolicy.TagPrefix}field=…")
            : SecretValue.FromBytes(plain.Span);
    }

    private static SecretValue Generate(RotationContext context)
    {
        int length = RotatedValues.Length(context, 8, 4096);
        using SecretBuffer random = SecretBuffer.Random(length);
        switch (context.Setting("kind") ?? "password")
        {
            case "password":
                return RotatedValues.Password(length);
            case "binary":
                return SecretValue.FromBytes(random.Span);
            case "hex":
                using (SecretBuffer hex = SecretBuffer.Allocate(length * 2))
                {
                    Convert.TryToHexStringLower(random.Span, hex.Span, out _);
                    return SecretValue.FromBytes(hex.Span);
                }

            case "base64":
                using (SecretBuffer base64 = SecretBuffer.Allocate(System.Buffers.Text.Base64.GetMaxEncodedToUtf8Length(length)))
                {
                    System.Buffers.Text.Base64.EncodeToUtf8(random.Span, base64.Span, out _, out _);
                    return SecretValue.FromBytes(base64.Span);
                }

            default:
                throw RotationPolicy.Unfit(context.Name, "kind", "it is not password, hex, base64 or binary");
        }
    }
}
