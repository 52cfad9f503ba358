using System.Text;

namespace Strongroom.Prove.PowerLoss;

/// <summary>
/// The power goes at every moment of every kind of write, and while the vault is opened again after that. Whatever is on the disk then, the vault opens with nothing but an ordinary open, it holds what was acknowledged or what was
/// about to be, entirely; the audit log agrees; nobody is alarmed; and it goes on.
/// </summary>
internal sealed class PowerLossCampaign : Campaign
{
    private const int FullStates = 1_050_000;

    public override string Name => "powerloss";

    public override string Points => "different disks after a power loss, each opened and verified";

    public override async Task RunAsync(CampaignRun run)
    {
        byte[] key = Keys.NewBytes();
        int round = 0;
        do
        {
            int seed = run.Seed + round;
            foreach (Workload workload in Workloads.All)
            {
                if (run.WantsAnyOf($"{workload.Name}/"))
                    await new PowerLossWork(run, workload, key, seed, round).RunAsync();
            }

            round++;
        }
        while (!run.IsShort && run.Points < FullStates && !run.IsSingle && !run.IsOver);
        run.Note($"{Workloads.All.Count} workloads, {round} round{(round == 1 ? "" : "s")} of chance; every subset where at most {PowerLossWork.AllSubsets(run, 0)} pieces are unsynced");
    }
}

/// <summary>One workload of the campaign.</summary>
internal sealed class PowerLossWork(CampaignRun run, Workload workload, byte[] key, int seed, int round)
{
    private const string Refused = "(refused: rolled back)";
    private const string Missing = "(no vault)";

    /// <summary>Up to how many pieces all subsets are made.</summary>
    public static int AllSubsets(CampaignRun run, int round) => run.IsShort ? 3 : round == 0 ? 11 : 8;

    public async Task RunAsync()
    {
        var disk = new SimulatedDisk();
        var work = new WorkDisk(disk, key);
        await workload.Prepare(work);
        SimulatedDisk start = disk.Fork();
        var trace = new List<DiskOperation>();
        var states = new List<string> { await StateAsync(work.On(disk.Fork())) };
        foreach (Func<WorkDisk, Task> step in workload.Steps)
        {
            disk.Trace = trace;
            await step(work);
            disk.Trace = null;
            states.Add(await StateAsync(work.On(disk.Fork())));
        }

        var cut = new PowerCut(start, trace, AllSubsets(run, round), run.IsShort ? 1 : 400, run.IsShort && !run.IsSingle ? 10 : 1, new Random(seed));
        var options = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount };
        await Parallel.ForEachAsync(cut.Disks(), options, async (lost, _) => await CheckAsync(work, lost, states));
    }

    private async Task CheckAsync(WorkDisk work, LostPower lost, List<string> states)
    {
        if (run.IsOver || !run.Wants(() => NameOf(lost)))
            return;
        bool further = Hash(lost.Name) % (run.IsShort ? 80u : 16u) == 0 || run.IsSingle;
        try
        {
            SimulatedDisk before = lost.Disk.Fork();
            var trace = new List<DiskOperation>();
            lost.Disk.Trace = further ? trace : null;
            await CheckAsync(work.On(lost.Disk), states, lost.Acknowledged, goOn: further || Hash(lost.Name) % 8 == 1);
            lost.Disk.Trace = null;
            run.Count();
            if (further)
                await CheckRecoveryAsync(work, before, trace, lost, states);
        }
        catch (ProofException)
        {
            throw;
        }
        catch (Exception error)
        {
            throw new ProofException(NameOf(lost), $"After a power loss in {workload.Name}: {error.Message}", error);
        }
    }

    // The power goes again, while the vault is opened and written after the first time.
    private async Task CheckRecoveryAsync(WorkDisk work, SimulatedDisk start, List<DiskOperation> trace, LostPower lost, List<string> states)
    {
        // What recovery and the write after it did is beyond what the steps did; the steps' states stay the measure until the write of "goes-on" is in.
        var cut = new PowerCut(start, trace, 3, run.IsShort ? 1 : 3, run.IsShort && !run.IsSingle ? 4 : 1, new Random(seed));
        foreach (LostPower again in cut.Disks())
        {
            try
            {
                await CheckAsync(work.On(again.Disk), states, lost.Acknowledged, goOn: false);
                run.Count();
            }
            catch (Exception error)
            {
                throw new ProofException(NameOf(lost), $"After a power loss in {workload.Name} and another one at {again.Name} of what followed: {error.Message}", error);
            }
        }
    }

    private async Task CheckAsync(WorkDisk work, List<string> states, int acknowledged, bool goOn)
    {
        string found = await StateAsync(work);
        int at = states.FindIndex(acknowledged, Math.Min(2, states.Count - acknowledged), state => state == found);
        if (at < 0)
            throw new InvalidOperationException($"{acknowledged} of {states.Count - 1} steps were acknowledged; expected\n{states[acknowledged]}\nor what follows, found\n{found}");
        if (!goOn || found == Refused)
            return;
        if (found == Missing)
        {
            if (workload.Steps.Length > 0 && workload.Name.StartsWith("create", StringComparison.Ordinal))
                await work.CreateAsync();
            return;
        }

        await using (SecretsManager manager = await ReopenAsync(work))
            await WorkDisk.SetAsync(manager, GoesOn, "yes");
        await using (SecretsManager manager = await ReopenAsync(work))
        {
            using SecretData data = await manager.GetAsync(GoesOn);
            if (data.Value.DangerousRevealString() != "yes" || !(await manager.VerifyAsync()).IsIntact)
                throw new InvalidOperationException("What was written after the crash is not there, or does not verify.");
            string folder = Path.GetDirectoryName(manager.Location)!, temporary = $".{Path.GetFileName(manager.Location)}.";
            if (work.Disk.List(folder).FirstOrDefault(name => name.StartsWith(temporary, StringComparison.Ordinal)) is { } stray)
                throw new InvalidOperationException($"{folder}/{stray} was left behind.");
        }
    }

    private const string GoesOn = "goes-on";

    private async Task<SecretsManager> ReopenAsync(WorkDisk work) => workload.Reopen is { } reopen ? await reopen(work) : await work.OpenAsync();

    // Contents, and the operations of the audit log that changed something.
    private async Task<string> StateAsync(WorkDisk work)
    {
        if (work.Disk.Read(WorkDisk.VaultPath) is null)
            return Missing;
        SecretsManager opened;
        try
        {
            opened = await ReopenAsync(work);
        }
        catch (VaultIntegrityException error) when (error.Code == "SR1607" && workload.Name == "accept")
        {
            return Refused;
        }

        await using SecretsManager manager = opened;
        if (manager.Warnings.FirstOrDefault(static warning => warning.Contains("audit", StringComparison.Ordinal)) is { } trouble)
            throw new InvalidOperationException(trouble);
        VerifyReport report = await manager.VerifyAsync();
        if (!report.IsIntact)
            throw new InvalidOperationException($"It does not verify: {string.Join("; ", report.Findings.Concat(report.Audit?.Findings.Select(static finding => finding.Message) ?? []))}");
        var text = new StringBuilder();
        text.Append(string.Concat((await Contents.OfAsync(manager)).Split('\n').Where(static line => !line.StartsWith(GoesOn, StringComparison.Ordinal)).Select(static line => line + "\n")));
        text.Append(await Contents.LogOfAsync(manager, but: GoesOn));
        return text.ToString();
    }

    private string NameOf(LostPower lost) => $"{workload.Name}/{lost.Name}";

    private static uint Hash(string text)
    {
        uint hash = 2166136261;
        foreach (char character in text)
            hash = (hash ^ character) * 16777619;
        return hash ^ (hash >> 15);
    }
}
