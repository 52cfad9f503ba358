namespace Strongroom.Cli.Otp;

/// <summary>Where in a secret the source of one-time passwords is.</summary>
internal static class OtpField
{
    /// <summary>The field that it is written to, and that imports write.</summary>
    public const string Default = "otp";

    private static readonly string[] Known = [Default, "totp", "otpauth", "otp_auth"];

    /// <summary>The bytes of the source. Valid as long as the secret.</summary>
    /// <param name="secret">The secret.</param>
    /// <param name="field">A field that was asked for; otherwise one of the usual names, or the plain value.</param>
    public static ReadOnlySpan<byte> Select(SecretData secret, string? field)
    {
        if (field is not null || !secret.Value.HasFields)
            return Input.SecretFields.Select(secret, field);
        foreach (var known in Known)
        {
            if (secret.Value.TryGetField(known, out var value))
                return value;
        }

        throw new CliException(ExitCodes.NotFound, "SR2014", $"{secret.Name} has no field '{Default}'.", $"Add it with 'strongroom otp {secret.Name} --add -', or name the field: {secret.Name}#FIELD.");
    }
}
