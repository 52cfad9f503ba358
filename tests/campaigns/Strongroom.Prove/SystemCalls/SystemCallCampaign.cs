using System.Diagnostics;

namespace Strongroom.Prove.SystemCalls;

/// <summary>
/// The command as it ships, under strace: every verb that writes, each call of the system that has to do with the vault's files, killed there or given an error, once and for ever after; and writes that are cut short by a limit of
/// the size of files. Then the vault opens, holds what was before or what was asked for, all of it if the command said so; the log agrees; the next write works and clears away what was left.
/// </summary>
internal sealed class SystemCallCampaign : Campaign
{
    private static readonly string[] Interruptible = ["openat", "pread64", "pwrite64", "fsync", "fdatasync", "ftruncate", "flock", "read", "write"];
    private static readonly string[] Allocating = ["openat", "pwrite64", "fsync", "fdatasync", "ftruncate", "rename", "renameat2", "mkdir"];

    public override string Name => "syscalls";

    public override string Points => "faults at system calls of the native command, the vault checked after each";

    public override async Task RunAsync(CampaignRun run)
    {
        if (!Command.Has("strace") || !Command.Has("prlimit"))
        {
            CampaignRun.Require(Environment.GetEnvironmentVariable("CI") != "true", "", "strace and prlimit are needed (Debian: strace, util-linux).");
            run.Note("not run: strace and prlimit are missing (Debian: strace, util-linux)");
            return;
        }

        using var start = new RealVault();
        await PrepareAsync(start);
        int wide = Environment.ProcessorCount;
        foreach (FaultedVerb verb in FaultedVerb.All)
        {
            if (!run.WantsAnyOf($"{verb.Name}/"))
                continue;
            using var work = new FaultWork(run, verb, start);
            await work.PrepareAsync();
            List<Fault> faults = [.. Faults(work)];
            if (run.IsShort && !run.IsSingle)
            {
                Random random = run.Random(verb.Name);
                faults = [.. faults.OrderBy(_ => random.Next()).Take(7)];
            }

            await Parallel.ForEachAsync(faults, new ParallelOptions { MaxDegreeOfParallelism = wide }, async (fault, _) => await work.CheckAsync(fault));
            run.Note($"{verb.Name}: {faults.Count:N0}");
        }
    }

    private static IEnumerable<Fault> Faults(FaultWork work)
    {
        foreach ((string call, int number) in work.Calls)
        {
            yield return new Fault(call, "signal=KILL", $"{number}");
            foreach (string error in Errors(call))
            {
                yield return new Fault(call, $"error={error}", $"{number}");
                // An interruption for ever is no error that a system makes; a hundred in a row is more than one.
                yield return new Fault(call, $"error={error}", error == "EINTR" ? $"{number}..{number + 100}" : $"{number}+");
            }
        }

        for (int size = 0; size < work.LargestFile; size += 61)
            yield return new Fault("", "", $"{size}");
    }

    private static IEnumerable<string> Errors(string call)
    {
        yield return "EIO";
        if (Allocating.Contains(call))
            yield return "ENOSPC";
        if (Interruptible.Contains(call))
            yield return "EINTR";
        if (call is "openat" or "mkdir" or "rename" or "unlink")
            yield return "EACCES";
    }

    private static async Task PrepareAsync(RealVault vault)
    {
        await using SecretsManager manager = await vault.CreateAsync();
        foreach (string name in (string[])["a", "b", "b", "gone"])
        {
            using SecretValue value = SecretValue.DangerousFromString($"value of {name}");
            await manager.SetAsync(name, value);
        }

        await manager.DeleteAsync("gone");
        await manager.BackupAsync(Path.Combine(vault.Folder, "copy.json"));
        using SecretValue newer = SecretValue.DangerousFromString("newer than the copy");
        await manager.SetAsync("b", newer);
        File.WriteAllBytes(Path.Combine(vault.Folder, "other-key"), Keys.NewBytes());
    }
}
