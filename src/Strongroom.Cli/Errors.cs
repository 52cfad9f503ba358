using System.Text.Json;
using Strongroom.Cli.Output;

namespace Strongroom.Cli;

/// <summary>Turns every failure into one exit code and one message: what and why, <c>hint:</c> what to do, and a stable code.</summary>
internal static class Errors
{
    /// <summary>Prints an error and gives the exit code.</summary>
    public static int Report(Exception error, OutputWriter output, string? path)
    {
        var (exit, code, message, hint) = Describe(error);
        if (output.IsJson)
            output.ErrorJson(json => Write(json, code, message, hint, path));
        else
            output.Error(code, message, hint);
        return exit;
    }

    /// <summary>The exit code of an error of the library.</summary>
    public static int ExitCode(StrongroomException error) => error switch
    {
        SecretNotFoundException => ExitCodes.NotFound,
        SecretConflictException => ExitCodes.Conflict,
        SecretExpiredException => ExitCodes.Expired,
        VaultLockedException => ExitCodes.Locked,
        VaultIntegrityException => ExitCodes.Integrity,
        VaultUnavailableException or CommitOutcomeUnknownException or RotationException => ExitCodes.Unavailable,
        VaultLimitException => ExitCodes.Usage,
        // There already is a vault, or a file where a backup should go; the last key slot can't be removed.
        VaultConfigurationException { Code: "SR1429" or "SR1440" or "SR1435" } => ExitCodes.Conflict,
        // SR11xx: a name, type, field or tag that was typed does not fit.
        VaultConfigurationException when error.Code.StartsWith("SR11", StringComparison.Ordinal) => ExitCodes.Usage,
        VaultConfigurationException => ExitCodes.Configuration,
        _ => ExitCodes.Unexpected,
    };

    private static (int Exit, string Code, string Message, string? Hint) Describe(Exception error) => error switch
    {
        CliException own => (own.ExitCode, own.Code, own.Message, own.Hint),
        StrongroomException library => (ExitCode(library), library.Code, library.Message, library.Hint),
        // The system's own words name paths only.
        IOException or UnauthorizedAccessException => (ExitCodes.Unavailable, "SR2020", $"A file can't be used: {error.Message}", "Check the path, its permissions and the free space."),
        // Anything else is a defect. Its message could quote an argument or a value, so only the type is shown.
        _ => (ExitCodes.Unexpected, "SR2099", $"Unexpected error ({error.GetType().Name}).", "This is a defect: please report the command (without values) and this type."),
    };

    private static void Write(Utf8JsonWriter json, string code, string message, string? hint, string? path)
    {
        json.WriteNumber("schema", 1);
        json.WriteStartObject("error");
        json.WriteString("code", code);
        json.WriteString("message", message);
        json.WriteString("hint", hint);
        json.WriteString("path", path);
        json.WriteEndObject();
    }
}
