namespace Strongroom.Prove.Tamper;

/// <summary>Changes to the bytes of the vault's file, by somebody without its keys.</summary>
internal sealed class FileAttacks(CampaignRun run, Victim victim)
{
    private static ParallelOptions AllProcessors => new() { MaxDegreeOfParallelism = Environment.ProcessorCount };

    public async Task FlipBitsAsync()
    {
        byte[] genuine = victim.File;
        int step = run.IsShort && !run.IsSingle ? 41 : 1;
        await Parallel.ForAsync(0, (genuine.Length * 8 + step - 1) / step, AllProcessors, async (i, _) =>
        {
            int bit = i * step;
            byte[] changed = [.. genuine];
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            await RefusedAsync($"bits/{bit}", changed);
        });
    }

    public async Task MutateAsync()
    {
        int step = run.IsShort && !run.IsSingle ? 29 : 1;
        IEnumerable<(string Where, byte[] Text)> mutations = JsonMutations.Of(victim.File).Where((_, index) => index % step == 0);
        await Parallel.ForEachAsync(mutations, AllProcessors, async (mutation, _) => await RefusedAsync($"json/{mutation.Where}", mutation.Text));
    }

    public async Task CutAsync()
    {
        byte[] genuine = victim.File;
        int step = run.IsShort && !run.IsSingle ? 97 : 1;
        await Parallel.ForAsync(0, genuine.Length / step, AllProcessors, async (i, _) => await RefusedAsync($"cut/{i * step}", genuine[..(i * step)]));
        foreach (string more in (string[])[" ", "\n", "{}", "\0"])
            await RefusedAsync($"cut/more {(int)more[0]}", [.. genuine, .. System.Text.Encoding.ASCII.GetBytes(more)]);
        await RefusedAsync("cut/byte order mark", [0xEF, 0xBB, 0xBF, .. genuine]);
    }

    private async Task RefusedAsync(string point, byte[] changed)
    {
        if (run.IsOver || !run.Wants(() => point))
            return;
        string? says;
        try
        {
            says = await victim.OpenAsync(changed);
        }
        catch (Exception error)
        {
            throw new ProofException(point, $"It was refused with an unexpected error: {error.Message}", error);
        }

        CampaignRun.Require(says is null, point, says == victim.Says ? "It opened, and says the same, though the file is another." : "It opened and says something else.");
        run.Count();
    }
}
