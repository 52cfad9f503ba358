using Strongroom.Cli.Vaults;

namespace Strongroom.Cli.CommandLine;

/// <summary>What a write would meet. The same errors and exit codes as the write itself, without the write.</summary>
internal static class DryRun
{
    /// <summary>Checks a condition against the secret as it is.</summary>
    /// <returns>The current metadata, or null when there is none.</returns>
    public static async ValueTask<SecretMetadata?> CheckAsync(CommandContext context, IOpenVault vault, SecretName name, WriteCondition condition, bool mustExist = false)
    {
        var metadata = await vault.GetMetadataAsync(name, context.Cancellation);
        var current = metadata is { IsDeleted: false } ? metadata : null;
        if (mustExist && current is null)
            throw Outcome.NotFound(name);
        if (condition.IfAbsent && current is not null)
            throw Conflict(name, $"is there already, in version {current.Version}");
        if (condition.IfVersion is { } wanted && current?.Version != wanted)
            throw Conflict(name, current is null ? "is not there" : $"has version {current.Version}, not {wanted}");
        return metadata;
    }

    private static CliException Conflict(SecretName name, string how) =>
        new(ExitCodes.Conflict, "SR2016", $"{name} {how}: the write would be refused.", "Read it again and decide anew.");
}
