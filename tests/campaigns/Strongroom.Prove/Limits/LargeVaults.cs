using System.Diagnostics;
using Strongroom.Cryptography;

namespace Strongroom.Prove.Limits;

/// <summary>What is large, far away or lost, and yet allowed.</summary>
internal sealed class LargeVaults(CampaignRun run)
{
    public async Task RunAsync()
    {
        await ValueAtLimitAsync();
        await ManySecretsAsync(run.IsShort ? 2_000 : 100_000);
        await ManyVersionsAsync(run.IsShort ? 100 : 1_000);
        await LostMarksAsync();
        await ClocksAsync();
    }

    private async Task ValueAtLimitAsync()
    {
        const int most = HardenedEncryption.MaxPayloadLength - 1024;
        using var vault = new RealVault();
        VaultOptions options = vault.Options with { MaxValueBytes = most };
        await using SecretsManager manager = await vault.CreateAsync(options);
        byte[] bytes = new byte[most];
        new Random(1).NextBytes(bytes);
        using (SecretValue value = SecretValue.FromBytes(bytes))
            await manager.SetAsync("largest", value);
        using (SecretData data = await manager.GetAsync("largest"))
            CampaignRun.Require(data.Value.Span.SequenceEqual(bytes), "value", "The largest value is not what was written.");
        using SecretValue over = SecretValue.FromBytes(new byte[most + 1]);
        CampaignRun.Require(await CodeAsync(async () => await manager.SetAsync("over", over)) is not null, "value", "A value over the limit was taken.");
        run.Count(2);
    }

    private async Task ManySecretsAsync(int count)
    {
        using var vault = new RealVault();
        await using SecretsManager manager = await vault.CreateAsync();
        using SecretValue value = SecretValue.DangerousFromString("one of many");
        var batch = new SecretBatch();
        for (int i = 0; i < count; i++)
            batch.Set($"many/{i:000000}", value);
        long start = Stopwatch.GetTimestamp();
        await manager.CommitAsync(batch);
        TimeSpan wrote = Stopwatch.GetElapsedTime(start);
        start = Stopwatch.GetTimestamp();
        await using SecretsManager opened = await vault.OpenAsync();
        using SecretData last = await opened.GetAsync($"many/{count - 1:000000}");
        TimeSpan read = Stopwatch.GetElapsedTime(start);
        int listed = 0;
        await foreach (SecretEntry _ in opened.ListAsync())
            listed++;
        CampaignRun.Require(listed == count && (await opened.VerifyAsync()).IsIntact, "many", $"{count} secrets were written, {listed} are listed.");
        run.Count(count);
        run.Note($"{count:N0} secrets in one batch: written in {wrote.TotalMilliseconds:N0} ms, opened and read in {read.TotalMilliseconds:N0} ms");
    }

    private async Task ManyVersionsAsync(int count)
    {
        using var vault = new RealVault();
        VaultOptions options = vault.Options with { KeepVersions = Math.Min(1000, count) };
        await using SecretsManager manager = await vault.CreateAsync(options);
        for (int i = 0; i <= count; i++)
        {
            using SecretValue value = SecretValue.DangerousFromString($"version {i + 1}");
            await manager.SetAsync("a", value);
        }

        IReadOnlyList<SecretVersion> history = await manager.HistoryAsync("a");
        using SecretData oldest = await manager.GetAsync("a", history.Min(static version => version.Version));
        CampaignRun.Require(oldest.Value.DangerousRevealString() == $"version {oldest.Metadata.Version}", "versions", "The oldest version is another.");
        CampaignRun.Require(history.Count >= count && (await manager.VerifyAsync()).IsIntact, "versions", $"{history.Count} of {count} versions are kept, or do not verify.");
        run.Count(count);
    }

    private async Task LostMarksAsync()
    {
        using var vault = new RealVault();
        await (await vault.CreateAsync()).DisposeAsync();
        string state = vault.Options.StateDirectory!;
        Directory.Delete(state, recursive: true);
        await (await vault.OpenAsync()).DisposeAsync();
        Directory.Delete(state, recursive: true);
        // A file where the folder should be: nothing can be remembered, and that is said.
        await File.WriteAllTextAsync(state, "");
        await using SecretsManager manager = await vault.OpenAsync();
        using SecretValue value = SecretValue.DangerousFromString("written");
        await manager.SetAsync("a", value);
        CampaignRun.Require((await manager.VerifyAsync()).IsIntact, "marks", "Without a folder for marks the vault does not verify.");
        run.Count(2);
    }

    private async Task ClocksAsync()
    {
        foreach (int year in (int[])[1970, 2100])
        {
            using var vault = new RealVault();
            VaultOptions options = vault.Options with { Time = new StillTime { Now = new DateTimeOffset(year, 1, 1, 0, 0, 0, TimeSpan.Zero) } };
            await using SecretsManager manager = await vault.CreateAsync(options);
            using SecretValue value = SecretValue.DangerousFromString($"{year}");
            await manager.SetAsync("a", value, new SetOptions { ExpiresAt = options.Time.GetUtcNow().AddDays(1) });
            await manager.RotateAsync("a", value);
            CampaignRun.Require((await manager.VerifyAsync()).IsIntact, "clock", $"A vault made in {year} does not verify.");
            run.Count();
        }
    }

    private static async Task<string?> CodeAsync(Func<Task> action)
    {
        try
        {
            await action();
            return null;
        }
        catch (StrongroomException error)
        {
            return error.Code;
        }
    }
}
