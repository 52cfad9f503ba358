using System.Text;
using Strongroom.Audit;
using Strongroom.Cryptography;
using Strongroom.Prove.PowerLoss;
using Strongroom.Storage;
using Strongroom.Vault;

namespace Strongroom.Prove.Tamper;

/// <summary>A vault of twenty records with all that a record can have, what it says when it is opened, and the states that it went through.</summary>
internal sealed class Victim
{
    public const int Records = 20;

    private Victim(WorkDisk work, string says, List<SimulatedDisk> past) => (Work, Says, Past) = (work, says, past);

    public WorkDisk Work { get; }

    /// <summary>What the genuine vault says.</summary>
    public string Says { get; }

    /// <summary>The disk after each of the last steps, oldest first.</summary>
    public IReadOnlyList<SimulatedDisk> Past { get; }

    public byte[] File => Work.Disk.Read(WorkDisk.VaultPath)!;

    public string LogPath => Work.Disk.Files.First(static file => file.Path.EndsWith(".jsonl", StringComparison.Ordinal)).Path;

    public string StatePath => Work.Disk.Files.First(static file => file.Path.EndsWith("/state", StringComparison.Ordinal)).Path;

    public static async Task<Victim> MakeAsync()
    {
        var work = new WorkDisk(new SimulatedDisk(), Keys.NewBytes());
        await work.CreateAsync();
        await work.DoAsync(async manager =>
        {
            for (int i = 0; i < Records; i++)
                await AddAsync(manager, i);
            await WorkDisk.SetAsync(manager, "again/lived", "first life");
            await manager.PurgeAsync("again/lived");
            await WorkDisk.SetAsync(manager, "again/lived", "second life");
            await manager.DeleteAsync("secret/19");
        });
        var past = new List<SimulatedDisk>();
        for (int i = 0; i < 3; i++)
        {
            past.Add(work.Disk.Fork());
            await work.SetAsync("secret/00", $"newer {i}");
        }

        // As a copy, so that nothing is logged: the log ends with the last commit.
        await using SecretsManager opened = await new WorkDisk(work.Disk, work.Key) { Options = work.Options with { AsCopy = true } }.OpenAsync();
        return new Victim(work, await Contents.OfAsync(opened), past);
    }

    /// <summary>The same vault on a disk of its own, where this machine has seen nothing yet: nothing but the file speaks against it.</summary>
    public WorkDisk WithFile(byte[] bytes)
    {
        var disk = new SimulatedDisk();
        disk.Put(WorkDisk.VaultPath, bytes);
        WorkDisk work = Work.On(disk);
        return new WorkDisk(disk, Work.Key) { Options = work.Options with { Audit = new AuditOptions { Enabled = false }, AsCopy = true } };
    }

    /// <summary>Whether a file is refused, as it must be; what is opened must say the same as the genuine vault, and verify.</summary>
    /// <returns>Null when it was refused, otherwise what it says.</returns>
    public async Task<string?> OpenAsync(byte[] bytes)
    {
        try
        {
            await using SecretsManager manager = await WithFile(bytes).OpenAsync();
            string says = await Contents.OfAsync(manager);
            return (await manager.VerifyAsync()).IsIntact ? says : null;
        }
        catch (StrongroomException error) when (error is VaultIntegrityException or VaultLockedException || error.Code is "SR1403" or "SR1404" or "SR1405" or "SR1450")
        {
            return null;
        }
    }

    /// <summary>The vault's inside, for attackers who have its keys.</summary>
    public async Task<VaultCore> CoreAsync()
    {
        using Unlock unlock = Keys.Of(Work.Key);
        return await VaultOpener.OpenAsync(Work.Options with { Files = Work.Disk.Fork(), AsCopy = true }, unlock, ignoreMarks: true, CancellationToken.None);
    }

    /// <summary>A vault's file with rows of the attacker's choice under a head that is genuine: what a thief of the head's key could write.</summary>
    public static byte[] Forge(HardenedEncryption keys, VaultHead of, VaultImage image)
    {
        RecordSummary records = of.Records;
        var summary = new RecordSummary(records.Kind, image.Records.Length, records.GenerationCounts, records.IndexKey, image.ComputeSummary());
        (_, byte[] head) = (of with { Records = summary }).Seal(keys);
        var disk = new SimulatedDisk();
        disk.CreateDirectory("/out");
        using (IFile file = disk.Create("/out/vault"))
            VaultFileWriter.Write(file, head, image, CancellationToken.None);
        return disk.Read("/out/vault")!;
    }

    private static async Task AddAsync(SecretsManager manager, int i)
    {
        SecretName name = $"secret/{i:00}";
        var options = new SetOptions { Description = $"number {i}", Tags = new Dictionary<string, string> { ["team"] = "ops", ["n"] = $"{i}" }, ExpiresAt = i % 3 == 0 ? new DateTimeOffset(2027, 1, 1, 0, 0, 0, TimeSpan.Zero) : null };
        using SecretValue plain = SecretValue.FromBytes(Encoding.UTF8.GetBytes($"the value of number {i}"));
        using SecretValue fields = SecretValue.FromFields([new("username", SecretValue.DangerousFromString("user")), new("password", SecretValue.DangerousFromString($"password {i}"))]);
        await manager.SetAsync(name, i % 4 == 1 ? fields : plain, options);
        if (i % 2 == 0)
            await manager.SetAsync(name, plain);
        if (i % 5 == 0)
            await manager.RotateAsync(name, fields);
    }
}
