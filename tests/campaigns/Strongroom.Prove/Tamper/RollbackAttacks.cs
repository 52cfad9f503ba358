using System.Text;
using Strongroom.Prove.PowerLoss;

namespace Strongroom.Prove.Tamper;

/// <summary>Older states put back: the vault, its head alone, the marks, the log, in every combination; another vault and a forked one in its place.</summary>
internal sealed class RollbackAttacks(CampaignRun run, Victim victim)
{
    private enum From
    {
        Now,
        Past,
        Gone,
    }

    public async Task RunAsync()
    {
        for (int i = 0; i < victim.Past.Count; i++)
        {
            foreach (From vault in (From[])[From.Now, From.Past])
            {
                foreach (From marks in Enum.GetValues<From>())
                {
                    foreach (From log in Enum.GetValues<From>())
                        await CombineAsync(victim.Past[i], i, vault, marks, log);
                }
            }

            string now = Encoding.UTF8.GetString(victim.File), past = Encoding.UTF8.GetString(victim.Past[i].Read(WorkDisk.VaultPath)!);
            int end = now.IndexOf('\n', StringComparison.Ordinal), pastEnd = past.IndexOf('\n', StringComparison.Ordinal);
            await RefusedAsync($"past/head {i}", past[..pastEnd] + now[end..]);
            await RefusedAsync($"past/rows {i}", now[..end] + past[pastEnd..]);
        }

        await OtherVaultAsync();
        await ForkAsync();
    }

    private async Task CombineAsync(SimulatedDisk past, int index, From vault, From marks, From log)
    {
        string point = $"past/{index} vault {vault} marks {marks} log {log}";
        if (!run.Wants(() => point))
            return;
        var disk = new SimulatedDisk();
        Take(disk, past, vault, static path => path == WorkDisk.VaultPath || path == WorkDisk.VaultPath + ".lock");
        Take(disk, past, marks, static path => path.StartsWith("/state/", StringComparison.Ordinal));
        Take(disk, past, log, static path => path.StartsWith(WorkDisk.VaultPath + ".audit/", StringComparison.Ordinal));
        string found = await FindAsync(victim.Work.On(disk));
        run.Count();

        // A vault without marks is a first use, and a log that was put back with it is a log: only what is kept elsewhere tells.
        bool isWhole = vault == From.Past && marks != From.Now && log == From.Past;
        bool isGenuine = vault == From.Now && log == From.Now;
        bool isLastEntry = vault == From.Now && log == From.Past && index == victim.Past.Count - 1;
        if (isLastEntry)
            CheckLastEntry(disk, point, found, marks);
        else if (isGenuine)
            CampaignRun.Require(found == "intact", point, $"A false alarm: {found}");
        else if (isWhole)
            CampaignRun.Require(found == "intact", point, $"An older state of everything is expected to open; what is kept elsewhere tells: {found}");
        else if (vault == From.Past && marks == From.Now)
            CampaignRun.Require(found == "SR1607", point, $"An older vault is not refused as one: {found}");
        else
            CampaignRun.Require(found != "intact", point, "Nothing was noticed.");
        if (isWhole && index == 0)
            run.Note($"accepted: vault, log and marks ({marks}) of an older state together, everything that the machine has: it opens as it was then. A checkpoint kept elsewhere and MinimumRevision refuse it");
        if (isWhole)
            await CheckElsewhereAsync(disk, point);
    }

    // Log and state of one commit ago look like a crash before the entry was appended: it stands in the head, and is appended again.
    private void CheckLastEntry(SimulatedDisk disk, string point, string found, From marks)
    {
        byte[] log = disk.Read(victim.LogPath)!, genuine = victim.Work.Disk.Read(victim.LogPath)!;
        CampaignRun.Require(found == "intact" && log.AsSpan().SequenceEqual(genuine), point, $"The log of one commit ago does not become the genuine one: {found}");
        if (marks == From.Now)
            run.Note("accepted: log and state of one commit ago: the missing entry stands in the head and is appended again, and the log is the genuine one, byte for byte. Reads logged after the last commit stand in no head: their loss together with the state is noticed by a checkpoint only");
    }

    // The least revision that is configured, and a checkpoint of the log, kept on another machine.
    private async Task CheckElsewhereAsync(SimulatedDisk disk, string point)
    {
        await using SecretsManager now = await victim.Work.On(victim.Work.Disk.Fork()).OpenAsync();
        var checkpoint = await now.Audit.CheckpointAsync();
        await using (SecretsManager manager = await victim.Work.On(disk.Fork()).OpenAsync())
            CampaignRun.Require(!(await manager.Audit.VerifyAsync([checkpoint])).IsIntact, point, "A checkpoint kept elsewhere does not notice it.");
        WorkDisk least = new(disk.Fork(), victim.Work.Key) { Options = victim.Work.On(disk.Fork()).Options with { MinimumRevision = now.Revision } };
        CampaignRun.Require(await FindAsync(least) == "SR1606", point, "MinimumRevision does not refuse it.");
        run.Count(2);
    }

    private void Take(SimulatedDisk disk, SimulatedDisk past, From from, Func<string, bool> isPart)
    {
        if (from == From.Gone)
            return;
        foreach ((string path, byte[] bytes) in (from == From.Now ? victim.Work.Disk : past).Files)
        {
            if (isPart(path))
                disk.Put(path, bytes);
        }
    }

    private static async Task<string> FindAsync(WorkDisk work)
    {
        try
        {
            await using SecretsManager manager = await work.OpenAsync();
            return (await manager.VerifyAsync()).IsIntact && !manager.Warnings.Any(static warning => warning.Contains("audit", StringComparison.Ordinal)) ? "intact" : "found";
        }
        catch (StrongroomException error)
        {
            return error.Code;
        }
    }

    private async Task RefusedAsync(string point, string file)
    {
        CampaignRun.Require(await victim.OpenAsync(Encoding.UTF8.GetBytes(file)) is null, point, "It opened.");
        run.Count();
    }

    private async Task OtherVaultAsync()
    {
        var other = new WorkDisk(new SimulatedDisk(), victim.Work.Key);
        await other.CreateAsync();
        SimulatedDisk disk = victim.Work.Disk.Fork();
        disk.Put(WorkDisk.VaultPath, other.Disk.Read(WorkDisk.VaultPath)!);
        string found = await FindAsync(victim.Work.On(disk));
        CampaignRun.Require(found == "SR1608", "past/other", $"Another vault with the same key file in its place: {found}");
        run.Count();
    }

    private async Task ForkAsync()
    {
        for (int i = 0; i < victim.Past.Count; i++)
        {
            // The same past with another continuation, as long as the genuine one.
            WorkDisk fork = victim.Work.On(victim.Past[i].Fork());
            for (int j = i; j < victim.Past.Count; j++)
                await fork.SetAsync("secret/01", "of another history");
            SimulatedDisk disk = victim.Work.Disk.Fork();
            disk.Put(WorkDisk.VaultPath, fork.Disk.Read(WorkDisk.VaultPath)!);
            string found = await FindAsync(victim.Work.On(disk));
            CampaignRun.Require(found == "SR1609", $"past/fork {i}", $"A forked vault: {found}");
            run.Count();
        }
    }
}
