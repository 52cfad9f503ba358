using System.Text;

namespace Strongroom.Prove.Limits;

/// <summary>
/// Files that are made to cost: refused in under a second and 64 MB. And what is large but allowed: values at the limit, 100,000 secrets, 1,000 versions, a lost folder of marks, clocks at both ends.
/// </summary>
internal sealed class LimitCampaign : Campaign
{
    private const long MostBytes = 64 << 20;
    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(1);

    public override string Name => "limits";

    public override string Points => "files that cost, refused; large but allowed, done";

    public override async Task RunAsync(CampaignRun run)
    {
        using var vault = new RealVault();
        await (await vault.CreateAsync()).DisposeAsync();
        string genuine = await File.ReadAllTextAsync(vault.VaultPath);
        string headEnd = genuine[genuine.IndexOf('\n', StringComparison.Ordinal)..];
        // Once for the time that compiling takes.
        await TryAsync(vault, "{}");
        (string What, Func<string> Content)[] bombs =
        [
            ("100,000 brackets", () => new string('[', 100_000)),
            ("100,000 brackets in the head", () => "{\"strongroom\":" + new string('[', 100_000) + new string(']', 100_000) + headEnd),
            ("100,000 objects in the head", () => "{\"strongroom\":" + string.Concat(Enumerable.Repeat("{\"a\":", 100_000)) + "1" + new string('}', 100_000) + headEnd),
            ("1,000,000 members in the head", () => "{\"strongroom\":{" + string.Join(',', Enumerable.Range(0, 1_000_000).Select(static i => $"\"m{i:0000000}\":1")) + "}" + headEnd),
            ("1,000,000 equal members in the head", () => "{\"strongroom\":{" + string.Join(',', Enumerable.Repeat("\"format\":1", 1_000_000)) + "}" + headEnd),
            ("1,000,000 slots", () => Regex("\"slots\":\\[.*?\\],\"suite\"", $"\"slots\":[{string.Join(',', Enumerable.Repeat("{}", 1_000_000))}],\"suite\"")),
            ("a number of 1,000,000 digits", () => Regex("\"revision\":[0-9]+", "\"revision\":" + new string('9', 1_000_000))),
            ("a string of 10,000,000 characters", () => Regex("\"vault_id\":\"[^\"]*\"", $"\"vault_id\":\"{new string('a', 10_000_000)}\"")),
        ];
        foreach ((string what, Func<string> content) in bombs)
            await RefusedAsync(run, vault, what, content());
        await SparseAsync(run, vault, genuine);
        await LongLogLineAsync(run);
        await new LargeVaults(run).RunAsync();

        string Regex(string pattern, string text) => System.Text.RegularExpressions.Regex.Replace(genuine, pattern, text);
    }

    private static async Task RefusedAsync(CampaignRun run, RealVault vault, string what, string content)
    {
        if (run.Wants(() => $"bomb/{what}"))
            await MeasureAsync(run, $"bomb/{what}", () => TryAsync(vault, content), File.Exists(vault.VaultPath) ? content.Length : 0);
    }

    // A file of a gigabyte that takes no room on the disk.
    private static async Task SparseAsync(CampaignRun run, RealVault vault, string genuine)
    {
        await MeasureAsync(run, "bomb/a file of 1 GB", async () =>
        {
            await File.WriteAllTextAsync(vault.VaultPath, genuine);
            using (FileStream file = File.OpenWrite(vault.VaultPath))
                file.SetLength(1L << 30);
            return await OpenAsync(vault);
        });
    }

    private static async Task LongLogLineAsync(CampaignRun run)
    {
        using var vault = new RealVault();
        await (await vault.CreateAsync()).DisposeAsync();
        string log = Directory.GetFiles(vault.VaultPath + ".audit", "*.jsonl", SearchOption.AllDirectories).Single();
        using (FileStream file = File.OpenWrite(log))
            file.SetLength(1L << 30);
        await MeasureAsync(run, "bomb/a log of 1 GB without a line", async () =>
        {
            string answer = await OpenAsync(vault);
            return answer.Length > 0 ? answer : "opened";
        });
    }

    private static async Task MeasureAsync(CampaignRun run, string point, Func<Task<string>> attempt, long own = 0)
    {
        // Time of the processors and not of the wall: what others do on the machine is not the bomb's doing.
        long bytes = GC.GetTotalAllocatedBytes(precise: true);
        TimeSpan start = Environment.CpuUsage.TotalTime;
        string answer = await attempt();
        TimeSpan took = Environment.CpuUsage.TotalTime - start;
        long allocated = GC.GetTotalAllocatedBytes(precise: true) - bytes - (2 * own);
        CampaignRun.Require(answer.Length > 0, point, $"It was not refused.");
        CampaignRun.Require(took < MostTime, point, $"Refused after {took.TotalMilliseconds:0} ms ({answer}).");
        CampaignRun.Require(allocated < MostBytes, point, $"Refused after {allocated >> 20} MiB were allocated ({answer}).");
        run.Count();
        run.Note($"{point[5..]}: {answer}, {took.TotalMilliseconds:0} ms, {Math.Max(0, allocated) >> 20} MiB");
    }

    private static async Task<string> TryAsync(RealVault vault, string content)
    {
        await File.WriteAllBytesAsync(vault.VaultPath, Encoding.UTF8.GetBytes(content));
        return await OpenAsync(vault);
    }

    private static async Task<string> OpenAsync(RealVault vault)
    {
        try
        {
            await (await vault.OpenAsync()).DisposeAsync();
            return "";
        }
        catch (StrongroomException error)
        {
            return error.Code;
        }
    }
}
