using System.Collections.Concurrent;
using System.Diagnostics;

namespace Strongroom.Prove.SystemCalls;

/// <summary>Something that goes wrong in a run.</summary>
/// <param name="Call">The system call; empty for a limit of the size of files.</param>
/// <param name="What">As strace injects it.</param>
/// <param name="When">The how-manieth call of a thread; or the limit in bytes.</param>
internal sealed record Fault(string Call, string What, string When)
{
    public override string ToString() => Call.Length == 0 ? $"files of at most {When} bytes" : $"{Call} {What} when={When}";
}

/// <summary>One verb of the campaign: what it does when nothing goes wrong, and the check of what it has done when something does.</summary>
internal sealed class FaultWork(CampaignRun run, FaultedVerb verb, RealVault start) : IDisposable
{
    private const string Missing = "(no vault)";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);
    private readonly ConcurrentBag<RealVault> _folders = [];
    private string _before = "", _after = "";

    /// <summary>The calls that had to do with the vault's files.</summary>
    public IReadOnlyList<(string Call, int Number)> Calls { get; private set; } = [];

    /// <summary>Bytes of the largest file that the verb has written.</summary>
    public long LargestFile { get; private set; }

    public async Task PrepareAsync()
    {
        RealVault vault = Take();
        _before = await StateAsync(vault);
        string trace = Path.Combine(vault.Folder, "trace");
        CommandResult result = await Command.RunAsync(Traced(vault, ["-y", "-o", trace, "-e", $"trace={CallCounts.Traced}"]), verb.Input, Limit);
        CampaignRun.Require(result.Code == 0, verb.Name, $"Without a fault the verb ended with {result.Code}: {result.Error}");
        Calls = CallCounts.Of(await File.ReadAllTextAsync(trace), vault.Folder);
        LargestFile = Directory.GetFiles(Path.GetDirectoryName(vault.VaultPath)!, "*", SearchOption.AllDirectories).Max(static file => new FileInfo(file).Length);
        _after = await StateAsync(vault);
        _folders.Add(vault);
    }

    public async Task CheckAsync(Fault fault)
    {
        string point = $"{verb.Name}/{fault}";
        if (run.IsOver || !run.Wants(() => point))
            return;
        RealVault vault = Take();
        CommandResult result = await Command.RunAsync(
            fault.Call.Length > 0
                ? Traced(vault, ["-o", "/dev/null", "-e", $"trace={fault.Call}", "-e", $"inject={fault.Call}:{fault.What}:when={fault.When}"])
                : Command.Of("prlimit", [$"--fsize={fault.When}", Command.Binary, .. Arguments(vault)], vault.Variables, vault.Folder),
            verb.Input,
            Limit);
        CampaignRun.Require(result.Code != -1, point, "It hung.");
        string found;
        try
        {
            found = await StateAsync(vault);
            await GoOnAsync(vault, found);
        }
        catch (Exception error)
        {
            throw new ProofException(point, $"After exit code {result.Code} ({result.Error.Trim()}): {error.Message}", error);
        }

        CampaignRun.Require(found == _after || found == _before, point, $"After exit code {result.Code} ({result.Error.Trim()}) the vault is neither the old nor the new one:\n{found}\nold\n{_before}\nnew\n{_after}");
        CampaignRun.Require(result.Code != 0 || found == _after, point, $"The command said that it was done, but it was not:\n{found}");
        run.Count();
        _folders.Add(vault);
    }

    public void Dispose()
    {
        foreach (RealVault vault in _folders)
            vault.Dispose();
    }

    private RealVault Take()
    {
        if (!_folders.TryTake(out RealVault? vault))
            vault = new RealVault(start.Key);
        vault.Become(start);
        if (verb.MakesVault)
        {
            Directory.Delete(Path.GetDirectoryName(vault.VaultPath)!, recursive: true);
            Directory.Delete(vault.Options.StateDirectory!, recursive: true);
        }
        else
        {
            // The marks name the place, which is another here: the first opening is of a known vault at a new place.
            File.Delete(Path.Combine(vault.Folder, "vault", "copy.json"));
        }

        return vault;
    }

    private ProcessStartInfo Traced(RealVault vault, IEnumerable<string> options) =>
        Command.Of("strace", ["-f", "--seccomp-bpf", "-qq", .. options, Command.Binary, .. Arguments(vault)], vault.Variables, vault.Folder);

    private IEnumerable<string> Arguments(RealVault vault) => verb.Arguments.Select(argument => argument.Replace("{}", vault.Folder, StringComparison.Ordinal));

    private async Task<string> StateAsync(RealVault vault)
    {
        if (!File.Exists(vault.VaultPath))
            return Missing;
        await using SecretsManager manager = await vault.OpenAsync(vault.Options with { Audit = new Audit.AuditOptions { Reads = Audit.AuditReads.Off } });
        if (manager.Warnings.FirstOrDefault(static warning => warning.Contains("audit", StringComparison.Ordinal)) is { } trouble)
            throw new InvalidOperationException(trouble);
        VerifyReport report = await manager.VerifyAsync();
        if (!report.IsIntact)
            throw new InvalidOperationException($"It does not verify: {string.Join("; ", report.Findings.Concat(report.Audit?.Findings.Select(static finding => finding.Message) ?? []))}");
        string text = await Contents.OfAsync(manager);
        if (verb.Name == "generate")
            text = string.Join('\n', text.Split('\n').Select(static line => line.StartsWith("made ", StringComparison.Ordinal) ? "made" : line));
        return text + await Contents.LogOfAsync(manager) + $"{(await manager.Slots.ListAsync()).Count} slots";
    }

    private static async Task GoOnAsync(RealVault vault, string found)
    {
        if (found == Missing)
        {
            await (await vault.CreateAsync()).DisposeAsync();
            return;
        }

        await using (SecretsManager manager = await vault.OpenAsync())
        {
            using SecretValue value = SecretValue.DangerousFromString("yes");
            await manager.SetAsync("goes-on", value);
        }

        string[] strays = Directory.GetFiles(Path.GetDirectoryName(vault.VaultPath)!, ".v.json.*");
        if (strays.Length > 0)
            throw new InvalidOperationException($"{strays[0]} was left behind.");
    }
}
