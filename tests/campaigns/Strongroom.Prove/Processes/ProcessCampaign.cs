using System.Diagnostics;
using System.Globalization;
using Strongroom.Audit;

namespace Strongroom.Prove.Processes;

/// <summary>
/// Many processes add to one counter, and are killed at any moment: each addition that was acknowledged counts once, and the audit log has as many. A killed holder of the lock holds nobody up; the kernel's lock can't be switched
/// off from outside; a clock that jumps harms nothing.
/// </summary>
internal sealed class ProcessCampaign : Campaign
{
    public override string Name => "processes";

    public override string Points => "acknowledged additions of processes that are killed, and other quarrels";

    public override async Task RunAsync(CampaignRun run)
    {
        await CountAsync(run);
        await KillHolderAsync(run);
        await SwitchOffLocksAsync(run);
        await JumpAsync(run);
    }

    private static async Task CountAsync(CampaignRun run)
    {
        (int processes, int each) = run.IsShort ? (3, 40) : (16, 1000);
        using var vault = new RealVault();
        await using (SecretsManager manager = await vault.CreateAsync(vault.Options with { KeepVersions = 0 }))
        {
            using SecretValue zero = SecretValue.DangerousFromString("0");
            await manager.SetAsync(Child.Counter, zero);
        }

        Random random = run.Random("count");
        var children = new Process?[processes];
        int kills = 0;
        long before = 0;
        long deadline = Environment.TickCount64 + (long)TimeSpan.FromMinutes(run.IsShort ? 2 : 60).TotalMilliseconds;
        while (true)
        {
            for (int i = 0; i < processes; i++)
            {
                if (children[i] is { HasExited: false } || Noted(vault, i) >= each)
                    continue;
                children[i]?.Dispose();
                children[i] = Child.Start("count", vault, $"{NotedPath(vault, i)}|{each}");
            }

            if (Enumerable.Range(0, processes).All(i => Noted(vault, i) >= each))
                break;
            CampaignRun.Require(Environment.TickCount64 < deadline, "count", "The additions did not end in time.");
            await Task.Delay(random.Next(2, 50));

            // As often as work gets done between two kills, however slow the machine is.
            long now = Enumerable.Range(0, processes).Sum(i => Noted(vault, i));
            Process? victim = children[random.Next(processes)];
            if (victim is { HasExited: false } && now >= before + (each / 10))
            {
                before = now;
                victim.Kill();
                await victim.WaitForExitAsync();
                kills++;
            }
        }

        foreach (Process? child in children)
        {
            if (child is null)
                continue;
            await child.WaitForExitAsync();
            child.Dispose();
        }

        await using SecretsManager opened = await vault.OpenAsync();
        using SecretData data = await opened.GetAsync(Child.Counter);
        long counted = long.Parse(data.Value.DangerousRevealString(), CultureInfo.InvariantCulture), noted = Enumerable.Range(0, processes).Sum(i => Noted(vault, i));
        CampaignRun.Require(counted >= noted && counted <= noted + kills, "count", $"{noted} additions were acknowledged, {kills} processes were killed, {counted} were counted.");
        VerifyReport report = await opened.VerifyAsync();
        CampaignRun.Require(report.IsIntact, "count", $"It does not verify: {string.Join("; ", report.Findings)}");
        long logged = 0;
        await foreach (AuditEntry entry in opened.Audit.ReadAsync())
            logged += entry.Secrets.Count(static secret => secret.Name == Child.Counter && secret.Operation == "set");
        CampaignRun.Require(logged == counted + 1, "count", $"{counted} additions and one beginning were written, but the audit log has {logged}.");
        run.Count(noted);
        run.Note($"{processes} processes × {each:N0} additions, {kills} kill -9: {noted:N0} acknowledged, {counted:N0} counted, {logged - 1:N0} in the audit log");
    }

    private static async Task KillHolderAsync(CampaignRun run)
    {
        double worst = 0;
        for (int i = 0; i < (run.IsShort ? 1 : 10); i++)
        {
            using var vault = new RealVault();
            await using SecretsManager manager = await vault.CreateAsync();
            using Process holder = await HoldAsync(vault);
            Task writing = Task.Run(async () =>
            {
                using SecretValue value = SecretValue.DangerousFromString("after");
                await manager.SetAsync("a", value);
            });
            await Task.Delay(200);
            CampaignRun.Require(!writing.IsCompleted, "holder", "Somebody wrote while another process held the lock.");
            holder.Kill();
            long start = Stopwatch.GetTimestamp();
            await writing;
            double took = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            worst = Math.Max(worst, took);
            CampaignRun.Require(took < 1000, "holder", $"After the holder of the lock was killed the next writer took {took:0} ms.");
            run.Count();
        }

        run.Note($"lock holder killed: the next writer was done within {worst:0} ms");
    }

    private static async Task SwitchOffLocksAsync(CampaignRun run)
    {
        using var vault = new RealVault();
        await (await vault.CreateAsync()).DisposeAsync();
        var off = new Dictionary<string, string> { ["DOTNET_SYSTEM_IO_DISABLEFILELOCKING"] = "1" };
        using Process holder = await HoldAsync(vault, off);
        using Process writer = Child.Start("write", vault, more: off);
        string answer = (await writer.StandardOutput.ReadToEndAsync()).Trim();
        await writer.WaitForExitAsync();
        holder.Kill();
        CampaignRun.Require(answer == "SR1210", "locks", $"With .NET's locks switched off a second writer was not kept out: {answer}");
        run.Count();
        run.Note(".NET's file locks switched off by the environment: the second writer is still refused (SR1210)");
    }

    private static async Task JumpAsync(CampaignRun run)
    {
        using var vault = new RealVault();
        var time = new StillTime();
        VaultOptions options = vault.Options with { Time = time };
        Random random = run.Random("clock");
        await (await vault.CreateAsync(options)).DisposeAsync();
        int steps = run.IsShort ? 10 : 300;
        for (int i = 0; i < steps; i++)
        {
            time.Now = new DateTimeOffset(random.Next(1970, 2100), random.Next(1, 13), random.Next(1, 28), random.Next(24), 0, 0, TimeSpan.Zero);
            await using SecretsManager manager = await vault.OpenAsync(options);
            using SecretValue value = SecretValue.DangerousFromString($"{i}");
            await manager.SetAsync("a", value);
            using (SecretData data = await manager.GetAsync("a"))
                CampaignRun.Require(data.Value.DangerousRevealString() == $"{i}", "clock", "An older value was read after the clock had jumped.");
            manager.Audit.Flush();
            CampaignRun.Require((await manager.VerifyAsync()).IsIntact, "clock", $"The vault does not verify after the clock jumped to {time.Now:yyyy-MM-dd}.");
            run.Count();
        }
    }

    private static async Task<Process> HoldAsync(RealVault vault, IReadOnlyDictionary<string, string>? more = null)
    {
        Process holder = Child.Start("hold", vault, more: more);
        string? said = await holder.StandardOutput.ReadLineAsync();
        CampaignRun.Require(said == "held", "holder", $"The holder of the lock said {said}: {(said is null ? await holder.StandardError.ReadToEndAsync() : "")}");
        return holder;
    }

    private static string NotedPath(RealVault vault, int child) => Path.Combine(vault.Folder, $"noted-{child}");

    private static long Noted(RealVault vault, int child) => File.Exists(NotedPath(vault, child)) ? new FileInfo(NotedPath(vault, child)).Length : 0;
}
