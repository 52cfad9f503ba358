using System.Runtime.Versioning;
using Strongroom.Audit;
using Strongroom.Storage;

namespace Strongroom.Tests.Audit;

/// <summary>Several processes and threads at one chain, with the real file system and its kernel locks.</summary>
public sealed class AuditSharingTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("strongroom-audit-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Two_instances_in_eight_threads_write_one_chain_without_gap()
    {
        using var log = new AuditFixture(new AuditOptions { MaxSegmentBytes = 64 * 1024, Program = "tests" }, files: FileSystems.Default, folder: Path.Combine(_folder, "v.audit"));
        using AuditChain other = log.Open();
        AuditChain[] chains = [log.Chain, other];

        await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Run(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                AuditChain chain = chains[thread % 2];
                using IDisposable held = chain.Lock(log.Record.Line, AuditFixture.Timeout);
                chain.Append(chain.Build(new AuditEvent("read", "ok", 1, [new AuditSecret($"t/{thread}", "read", i, 1)])), durable: false);
            }
        })));

        IReadOnlyList<AuditEntry> entries = log.Entries();
        Assert.Equal(Enumerable.Range(0, 801).Select(i => (long)i), entries.Select(e => e.Index));
        for (int thread = 0; thread < 8; thread++)
            Assert.Equal(Enumerable.Range(0, 100).Select(i => (long)i), entries.SelectMany(e => e.Secrets).Where(s => s.Name == $"t/{thread}").Select(s => s.Version));
        Assert.True(log.Verify().IsIntact);
    }

    [Fact]
    public void Whoever_waits_too_long_is_told_which_lock_and_who_has_it()
    {
        using var log = new AuditFixture(files: FileSystems.Default, folder: Path.Combine(_folder, "v.audit"));
        using AuditChain other = log.Open();
        using IDisposable held = log.Chain.Lock(log.Record.Line, AuditFixture.Timeout);

        VaultUnavailableException elsewhere = Assert.Throws<VaultUnavailableException>(() => other.Lock(log.Record.Line, TimeSpan.FromMilliseconds(50)));
        VaultUnavailableException here = Assert.Throws<VaultUnavailableException>(() => log.Chain.Lock(log.Record.Line, TimeSpan.FromMilliseconds(50)));

        Assert.Equal("SR1301", elsewhere.Code);
        Assert.True(elsewhere.IsTransient);
        Assert.Contains(Path.Combine(log.ChainFolder, "lock"), elsewhere.Message, StringComparison.Ordinal);
        Assert.Contains($"tests[{Environment.ProcessId}]", elsewhere.Message, StringComparison.Ordinal);
        Assert.Contains("another thread of this process", here.Message, StringComparison.Ordinal);
        held.Dispose();
        held.Dispose();
        other.Lock(log.Record.Line, AuditFixture.Timeout).Dispose();
    }

    [Fact]
    public void A_lock_file_that_was_replaced_is_opened_anew()
    {
        using var log = new AuditFixture(files: FileSystems.Default, folder: Path.Combine(_folder, "v.audit"));
        using AuditChain other = log.Open();
        log.Read();
        string path = Path.Combine(log.ChainFolder, "lock");
        File.Move(path, path + ".old");
        using (other.Lock(log.Record.Line, AuditFixture.Timeout))
            Assert.Throws<VaultUnavailableException>(() => log.Chain.Lock(log.Record.Line, TimeSpan.FromMilliseconds(20)));

        log.Read();
        Assert.True(log.Verify().IsIntact);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void Files_and_folders_are_the_owners_only()
    {
        if (OperatingSystem.IsWindows())
            Assert.Skip("Modes are Unix's.");
        using var log = new AuditFixture(files: FileSystems.Default, folder: Path.Combine(_folder, "v.audit"));
        log.Commit();

        foreach (string path in Directory.EnumerateFileSystemEntries(log.AuditFolder, "*", SearchOption.AllDirectories))
            Assert.Equal(Directory.Exists(path) ? UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute : UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }
}
