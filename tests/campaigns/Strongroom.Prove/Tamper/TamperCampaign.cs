namespace Strongroom.Prove.Tamper;

/// <summary>
/// Everything that somebody can do who can write the files: each is refused, or it is shown to have no effect, and then the table says what it was. Detection must come from what was changed alone, so
/// files are opened where this machine has seen nothing of the vault, but for the attacks on the marks themselves.
/// </summary>
internal sealed class TamperCampaign : Campaign
{
    public override string Name => "tamper";

    public override string Points => "changed files, each refused or shown to be without effect";

    public override async Task RunAsync(CampaignRun run)
    {
        Victim victim = await Victim.MakeAsync();
        (string Name, Func<Task> Part)[] parts =
        [
            ("bits", () => new FileAttacks(run, victim).FlipBitsAsync()),
            ("json", () => new FileAttacks(run, victim).MutateAsync()),
            ("cut", () => new FileAttacks(run, victim).CutAsync()),
            ("swap", () => new SwapAttacks(run, victim).RunAsync()),
            ("log", () => new LogAttacks(run, victim).RunAsync()),
            ("past", () => new RollbackAttacks(run, victim).RunAsync()),
            ("kdf", () => new KdfAttacks(run).RunAsync()),
        ];
        foreach ((string name, Func<Task> part) in parts)
        {
            if (!run.WantsAnyOf(name + "/"))
                continue;
            long before = run.Points;
            await part();
            run.Note($"{name}: {run.Points - before:N0}");
        }
    }
}
