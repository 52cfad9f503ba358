using Strongroom.Cli.Input;
using Strongroom.Storage;

namespace Strongroom.Cli.CommandLine;

/// <summary>Opens the vault with what the options or the environment give, or asks.</summary>
internal static class VaultOpening
{
    /// <summary>Opens. The caller disposes of the manager.</summary>
    public static async ValueTask<SecretsManager> OpenAsync(CommandContext context, UnlockOptions options, VaultOptions vault)
    {
        using var given = await options.TryResolveAsync(context);
        if (given is null)
        {
            using var asked = await AskAsync(context, options, vault);
            return await SecretsManager.OpenAsync(vault, asked, context.Cancellation);
        }

        try
        {
            return await SecretsManager.OpenAsync(vault, given, context.Cancellation);
        }
        catch (VaultLockedException) when (given.Kind == "key-file" && !context.Ask.NoInput)
        {
            // The key file may be one half of a slot that also needs a passphrase. The answer of an unverified head decides only whether to ask.
            var status = await SecretsManager.InspectAsync(vault, context.Cancellation);
            if (status is null || status.Slots.All(slot => slot.Kind != "passphrase+key-file"))
                throw;
            using var both = await new CredentialSource(null, null, true, KeyFilePath(context, options)).ReadAsync(context, isNew: false);
            return await SecretsManager.OpenAsync(vault, both, context.Cancellation);
        }
    }

    /// <summary>What unlocks: given, or asked for. The caller owns it.</summary>
    public static async ValueTask<Unlock> CredentialAsync(CommandContext context, UnlockOptions options, VaultOptions vault) =>
        await options.TryResolveAsync(context) ?? await AskAsync(context, options, vault);

    private static async ValueTask<Unlock> AskAsync(CommandContext context, UnlockOptions options, VaultOptions vault)
    {
        // Nobody types a passphrase for a vault that is not there.
        if (!context.Ask.NoInput && await SecretsManager.InspectAsync(vault, context.Cancellation) is null)
            throw new VaultUnavailableException("SR1410", $"There is no vault at {VaultAddress.Describe(vault.Path!)}.", "Check --vault or STRONGROOM_VAULT, or make one with 'strongroom init'.");
        return await new CredentialSource(null, null, true, KeyFilePath(context, options)).ReadAsync(context, isNew: false);
    }

    private static string? KeyFilePath(CommandContext context, UnlockOptions options) => context.Get(options.KeyFile) ?? CommandContext.Variable("STRONGROOM_KEY_FILE");
}
