using System.Text;
using Strongroom.Audit;
using Strongroom.Prove.PowerLoss;
using Strongroom.Vault;

namespace Strongroom.Prove.Tamper;

/// <summary>Changes to the audit log and to its state.</summary>
internal sealed class LogAttacks(CampaignRun run, Victim victim)
{
    private long _without;

    public async Task RunAsync()
    {
        await using VaultCore core = await victim.CoreAsync();
        byte[] log = victim.Work.Disk.Read(victim.LogPath)!, state = victim.Work.Disk.Read(victim.StatePath)!;
        CampaignRun.Require(Verify(core, victim.LogPath, log).IsIntact, "log/genuine", "The genuine log does not verify.");
        int step = run.IsShort && !run.IsSingle ? 211 : 1;
        Parallel.For(0, log.Length * 8 / step, i => FoundFlip(core, victim.LogPath, log, "log/bit", i * step));
        int stateStep = run.IsShort && !run.IsSingle ? 13 : 1;
        for (int bit = 0; bit < state.Length * 8; bit += stateStep)
            await StateFlipAsync(core, state, bit);
        if (_without > 0)
            run.Note($"accepted: {_without:N0} changed bits of one of the two slots of the log's state: the other one counts, the log is walked forward from it, and the next two entries write over both");

        string[] lines = Encoding.UTF8.GetString(log).Split('\n')[..^1];
        var folder = new ChainFolder(victim.Work.Disk, core.Audit.Folder, core.Storage.Current!.Head.Audit[0].Id);
        int lineStep = run.IsShort && !run.IsSingle ? 9 : 1;
        foreach ((string what, IReadOnlyList<string> forged) in new AuditAttacks(core, folder, lines).All().Where((_, index) => index % lineStep == 0))
            Found(core, victim.LogPath, Encoding.UTF8.GetBytes(string.Concat(forged.Select(static line => line + "\n"))), $"log/{what}");
    }

    private void FoundFlip(VaultCore core, string path, byte[] genuine, string what, int bit)
    {
        byte[] changed = [.. genuine];
        changed[bit / 8] ^= (byte)(1 << (bit % 8));
        Found(core, path, changed, $"{what} {bit}");
    }

    private void Found(VaultCore core, string path, byte[] changed, string point)
    {
        if (run.IsOver || !run.Wants(() => point))
            return;
        CampaignRun.Require(!Verify(core, path, changed).IsIntact, point, "The changed log verifies.");
        run.Count();
    }

    // Two slots, of which the newer counts: a change to the older one is accepted when nothing comes of it, and then it must be gone after the next entry.
    private async Task StateFlipAsync(VaultCore core, byte[] genuine, int bit)
    {
        string point = $"log/state bit {bit}";
        if (run.IsOver || !run.Wants(() => point))
            return;
        byte[] changed = [.. genuine];
        changed[bit / 8] ^= (byte)(1 << (bit % 8));
        run.Count();
        if (!Verify(core, victim.StatePath, changed).IsIntact)
            return;
        SimulatedDisk disk = victim.Work.Disk.Fork();
        disk.Put(victim.StatePath, changed);
        WorkDisk work = victim.Work.On(disk);
        await work.SetAsync("secret/00", "written after the change");
        await work.SetAsync("secret/00", "and again");
        await using SecretsManager manager = await work.OpenAsync();
        bool intact = (await manager.VerifyAsync()).IsIntact && manager.Warnings.All(static warning => !warning.Contains("audit", StringComparison.Ordinal));
        CampaignRun.Require(intact, point, "The change to the state is accepted, and the log does not go on from it.");
        Interlocked.Increment(ref _without);
    }

    private AuditReport Verify(VaultCore core, string path, byte[] content)
    {
        SimulatedDisk disk = victim.Work.Disk.Fork();
        disk.Put(path, content);
        return AuditVerifier.Verify(new AuditShelf(disk, core.Audit.Folder), core.Storage.Current!.Head.Audit, core.Session.Keys, null, [], CancellationToken.None);
    }
}
