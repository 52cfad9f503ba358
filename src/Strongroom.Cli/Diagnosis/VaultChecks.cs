using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Configuration;
using Strongroom.Storage;

namespace Strongroom.Cli.Diagnosis;

/// <summary>The vault as it shows itself without a key, and what is configured for it.</summary>
internal static class VaultChecks
{
    /// <summary>All checks, those of the machine included.</summary>
    public static async ValueTask<IReadOnlyList<Finding>> RunAsync(CommandContext context)
    {
        var findings = new List<Finding> { SystemChecks.Memory(), SystemChecks.CoreDumps(), SystemChecks.Environment() };
        findings.Add(Guarded("agent", () => SystemChecks.Agent(context.Cancellation)));
        string? address = null;
        findings.Add(Guarded("configuration", () =>
        {
            address = context.Configured(Setting.Vault)?.Value;
            _ = context.Settings.Run.Count();
            return new Finding("configuration", address is null ? "The configuration can be read; no vault is named." : "The configuration can be read.");
        }));
        if (findings[^1].IsFine)
            AddFiles(context, findings, address);
        if (address is null)
        {
            findings.Add(SystemChecks.Clock(context.Now, null));
            return findings;
        }

        await AddVaultAsync(context, findings);
        return findings;
    }

    private static void AddFiles(CommandContext context, List<Finding> findings, string? address)
    {
        if (address is not null && VaultAddress.Of(address) is null)
        {
            var path = Directory.Exists(address) ? Path.Join(address, "strongroom.json") : address;
            if (File.Exists(path))
                findings.Add(FileChecks.Private("vault-file", "The vault", path));
            findings.Add(FileChecks.Folder(path));
            findings.Add(FileChecks.Strays(path, context.Now));
            if (File.Exists(path + ".lock"))
                findings.Add(FileChecks.Private("lock-file", "The lock file", path + ".lock"));
        }

        foreach (var (setting, check, what) in new[] { (Setting.KeyFile, "key-file", "The key file"), (Setting.PassphraseFile, "passphrase-file", "The passphrase file") })
        {
            if (context.Settings.Find(setting) is { } file)
                findings.Add(FileChecks.Private(check, what, file.Value));
        }
    }

    private static async ValueTask AddVaultAsync(CommandContext context, List<Finding> findings)
    {
        VaultStatus? status;
        try
        {
            status = await SecretsManager.InspectAsync(context.VaultOptions(), context.Cancellation);
        }
        catch (StrongroomException error)
        {
            findings.Add(new Finding("vault", error.Message, error.Hint ?? "See docs/errors.md."));
            return;
        }

        findings.Add(status is null
            ? new Finding("vault", $"There is no vault at {context.VaultPath}.", "Check --vault or the configuration, or make one with 'strongroom init'.")
            : new Finding("vault", $"The vault is there (not verified: 'strongroom verify' does that), revision {status.Revision}."));
        findings.Add(SystemChecks.Clock(context.Now, status?.UpdatedAt));
        if (status is null)
            return;
        findings.Add(status.Slots.Any(slot => slot.IsBelowPolicy)
            ? new Finding("key-derivation", "A key slot derives its key with less cost than new ones would.", "strongroom key change, with the same passphrase.")
            : new Finding("key-derivation", "All key slots cost as much as new ones."));
        findings.Add(status.Slots.Count > 1
            ? new Finding("recovery", $"There are {status.Slots.Count} ways to unlock.")
            : new Finding("recovery", "There is one way to unlock: when it is lost, so is the vault.", "strongroom key add --recovery-key, and keep the printed key elsewhere."));
        if (status.RekeyRunning)
            findings.Add(new Finding("rekey", "A rekey has begun and not ended.", "strongroom rekey resumes it."));
    }

    private static Finding Guarded(string check, Func<Finding> look)
    {
        try
        {
            return look();
        }
        catch (CliException error)
        {
            return new Finding(check, error.Message, error.Hint ?? "See docs/errors.md.");
        }
    }
}
