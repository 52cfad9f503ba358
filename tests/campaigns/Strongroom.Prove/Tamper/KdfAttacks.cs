using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Strongroom.Cryptography;
using Strongroom.Prove.PowerLoss;

namespace Strongroom.Prove.Tamper;

/// <summary>Other costs of the key derivation written into the file: too cheap or too expensive is refused before anything is derived; within the bounds the slot does not open.</summary>
internal sealed class KdfAttacks(CampaignRun run)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(50);

    public async Task RunAsync()
    {
        var disk = new SimulatedDisk();
        var work = new WorkDisk(disk, []);
        using Unlock unlock = Unlock.Passphrase("correct horse battery staple"u8);
        await (await SecretsManager.CreateAsync(work.Options, unlock)).DisposeAsync();
        string file = Encoding.UTF8.GetString(disk.Read(WorkDisk.VaultPath)!);
        Match kdf = Regex.Match(file, "\"kdf\":(\\{[^}]*\\})");
        CampaignRun.Require(kdf.Success, "kdf/genuine", $"No costs in the head of the file: {file[..200]}");
        Match[] numbers = [.. Regex.Matches(kdf.Groups[1].Value, "\"([a-z_]+)\":([0-9]+)").Cast<Match>()];
        foreach (Match number in numbers)
        {
            foreach (string value in (string[])["0", "1", "2", "8", "4294967295", "4294967296", "9007199254740991", "-1"])
            {
                if (value == number.Groups[2].Value)
                    continue;
                string changed = kdf.Value.Replace(number.Value, $"\"{number.Groups[1].Value}\":{value}", StringComparison.Ordinal);
                await RefusedAsync(work, unlock, file.Replace(kdf.Value, changed, StringComparison.Ordinal), $"kdf/{number.Groups[1].Value} {value}");
            }
        }
    }

    private async Task RefusedAsync(WorkDisk work, Unlock unlock, string file, string point)
    {
        if (!run.Wants(() => point))
            return;
        var disk = new SimulatedDisk();
        disk.Put(WorkDisk.VaultPath, Encoding.UTF8.GetBytes(file));
        long start = Stopwatch.GetTimestamp();
        try
        {
            await (await SecretsManager.OpenAsync(work.On(disk).Options, unlock)).DisposeAsync();
        }
        catch (VaultLockedException)
        {
            // Costs within the bounds: derived, and not the key. Small numbers of passes are within them.
            run.Count();
            return;
        }
        catch (StrongroomException error)
        {
            TimeSpan took = Stopwatch.GetElapsedTime(start);
            CampaignRun.Require(took < Limit || run.Points == 0, point, $"Refused after {took.TotalMilliseconds:0} ms ({error.Code}); the derivation should not have begun.");
            run.Count();
            return;
        }

        throw new ProofException(point, "It opened.");
    }
}
