using Strongroom.Argon2.Managed;

namespace Strongroom.Prove.Golden;

/// <summary>Vaults that earlier versions wrote open for ever, say what they said then, verify, and can be written.</summary>
internal sealed class GoldenCampaign : Campaign
{
    private const int AtLeast = 8;

    public override string Name => "golden";

    public override string Points => "vaults of tests/golden, opened, compared, verified and written";

    public override async Task RunAsync(CampaignRun run)
    {
        foreach (string folder in Directory.GetDirectories(Path.Combine(Command.Root, "tests", "golden")).SelectMany(Directory.GetDirectories).Order(StringComparer.Ordinal))
        {
            string point = Path.GetRelativePath(Path.Combine(Command.Root, "tests", "golden"), folder);
            if (run.Wants(() => point))
                await CheckAsync(run, folder, point);
        }

        CampaignRun.Require(run.IsSingle || run.Points >= AtLeast, "", $"There are {run.Points} golden vaults; {AtLeast} were made.");
    }

    private static async Task CheckAsync(CampaignRun run, string folder, string point)
    {
        string copy = Directory.CreateTempSubdirectory("strongroom-golden-").FullName;
        try
        {
            CopyTree(folder, copy);
            using Unlock unlock = UnlockOf(copy);
            var options = new VaultOptions { Path = Path.Combine(copy, "vault.json"), StateDirectory = Path.Combine(copy, "state"), Argon2 = new ManagedArgon2() };
            string expected = await File.ReadAllTextAsync(Path.Combine(folder, "contents.txt"));
            await using (SecretsManager manager = await SecretsManager.OpenAsync(options, unlock))
            {
                CampaignRun.Require(await Contents.OfAsync(manager) == expected, point, "It says something else than when it was made.");
                VerifyReport report = await manager.VerifyAsync();
                CampaignRun.Require(report.IsIntact, point, $"It does not verify: {string.Join("; ", report.Findings.Concat(report.Audit?.Findings.Select(static finding => finding.Message) ?? []))}");
                using SecretValue value = SecretValue.DangerousFromString("written now");
                await manager.SetAsync("now", value);
            }

            await using SecretsManager again = await SecretsManager.OpenAsync(options, unlock);
            using SecretData data = await again.GetAsync("now");
            CampaignRun.Require(data.Value.DangerousRevealString() == "written now" && (await again.VerifyAsync()).IsIntact, point, "It can't be written.");
            run.Count();
        }
        catch (StrongroomException error)
        {
            throw new ProofException(point, $"It does not open: {error.Message}", error);
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    private static Unlock UnlockOf(string folder)
    {
        string passphrase = Path.Combine(folder, "passphrase"), key = Path.Combine(folder, "key"), recovery = Path.Combine(folder, "recovery");
        if (File.Exists(passphrase))
            return File.Exists(key) ? Unlock.PassphraseFileAndKeyFile(passphrase, key) : Unlock.PassphraseFile(passphrase);
        return File.Exists(key) ? Unlock.KeyFile(key) : Unlock.RecoveryKey(File.ReadAllBytes(recovery));
    }

    private static void CopyTree(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        foreach (string folder in Directory.GetDirectories(from))
            CopyTree(folder, Path.Combine(to, Path.GetFileName(folder)));
    }
}
