using Strongroom.Storage;

namespace Strongroom.Tests.LocalVaults;

/// <summary>Disks that are full, read-only, gone or broken: a clear error, nothing left behind, and the old vault or the new one.</summary>
public sealed class LocalVaultFaultTests : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly List<LocalVault> _opened = [];
    private bool _mounted;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (LocalVault vault in _opened)
            await vault.DisposeAsync();
        if (_mounted)
            LocalVaultPlaceTests.Run("umount", _folder["disk"]);
        _folder.Dispose();
    }

    [Fact]
    public void A_full_disk_keeps_the_old_vault_and_no_rubbish()
    {
        Mount("size=256k");
        IImageBackend vault = Open("disk/v.json");
        LoadedVault first = Rows.Commit(vault, 1, Rows.Numbered(1_000));

        var error = Assert.Throws<VaultUnavailableException>(() => vault.TryCommit(first, Rows.Head(2), Rows.Numbered(10_000), out _, Ct));

        Assert.Equal("SR1221", error.Code);
        Assert.Equal(["v.json", "v.json.lock"], Directory.GetFiles(_folder["disk"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Same(first, vault.Load(Ct));
        Rows.Commit(vault, 2, Rows.Numbered(10));
    }

    [Fact]
    public void A_disk_that_is_full_before_the_first_lock_is_an_error_and_not_a_signal()
    {
        Mount("size=64k");
        File.WriteAllBytes(_folder["disk/other"], new byte[60 * 1024]);
        try
        {
            File.WriteAllBytes(_folder["disk/rest"], new byte[64 * 1024]);
        }
        catch (IOException)
        {
            // Full, as it should be.
        }

        Assert.Equal("SR1221", Assert.Throws<VaultUnavailableException>(() => Open("disk/v.json").Lock(TimeSpan.Zero, Ct)).Code);
        File.Delete(_folder["disk/rest"]);
        File.Delete(_folder["disk/other"]);
        Rows.Commit(Open("disk/v.json"), 1, VaultImage.Empty);
    }

    [Fact]
    public async Task A_read_only_disk_can_be_read_and_says_why_it_can_not_be_written()
    {
        Mount("size=1m");
        await using (LocalVault writer = new(_folder["disk/v.json"]))
            Rows.Commit(writer, 1, VaultImage.Empty);
        LocalVaultPlaceTests.Run("mount", "-o", "remount,ro", _folder["disk"]);
        IImageBackend vault = Open("disk/v.json");

        LoadedVault loaded = vault.Load(Ct)!;

        Assert.True(vault.IsCurrent(loaded));
        Assert.Equal("SR1222", Assert.Throws<VaultUnavailableException>(() => vault.Lock(TimeSpan.Zero, Ct)).Code);
        Assert.Equal("SR1222", Assert.Throws<VaultUnavailableException>(() => vault.TryCommit(loaded, Rows.Head(2), VaultImage.Empty, out _, Ct)).Code);
        Assert.Same(loaded, vault.Load(Ct));
    }

    [Fact]
    public void Another_user_reads_what_it_may_and_is_refused_what_it_may_not()
    {
        Need.Root();
        Need.Tool("setpriv");
        Need.That(OthersCanRun(), "the test program lies where other users can't run it");
        Rows.Commit(new LocalVault(_folder["v.json"]), 1, VaultImage.Empty);
        File.SetUnixFileMode(_folder.Path, (UnixFileMode)Convert.ToInt32("755", 8));
        string[] nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"];

        Assert.Contains("SR1223", Child.Run(["read", _folder["v.json"]], nobody).Output, StringComparison.Ordinal);
        File.SetUnixFileMode(_folder["v.json"], (UnixFileMode)Convert.ToInt32("644", 8));
        Assert.StartsWith("1\n", Child.Run(["read", _folder["v.json"]], nobody).Output, StringComparison.Ordinal);
        Assert.Contains("SR1223", Child.Run(["commit", _folder["v.json"], "1"], nobody).Output, StringComparison.Ordinal);
        File.Delete(_folder["v.json.lock"]);
        Assert.Contains("SR1223", Child.Run(["commit", _folder["v.json"], "1"], nobody).Output, StringComparison.Ordinal);
        Assert.Equal(["v.json"], _folder.Names);
    }

    [Fact]
    public void A_vanished_folder_is_not_made_again()
    {
        string path = _folder["volume/v.json"];
        IImageBackend vault = new LocalVault(path);
        LoadedVault loaded = Rows.Commit(vault, 1, VaultImage.Empty);
        Directory.Move(_folder["volume"], _folder["elsewhere"]);

        Assert.Equal("SR1209", Assert.Throws<VaultUnavailableException>(() => vault.TryCommit(loaded, Rows.Head(2), VaultImage.Empty, out _, Ct)).Code);
        Assert.Equal("SR1209", Assert.Throws<VaultUnavailableException>(() => vault.Lock(TimeSpan.Zero, Ct)).Code);
        Thread.Sleep(CachedVault.LookEvery + 10);
        Assert.Null(vault.Load(Ct));
        Directory.Move(_folder["elsewhere"], _folder["volume"]);
        Rows.Commit(vault, 2, VaultImage.Empty);
    }

    [Fact]
    public void A_file_over_the_cap_is_refused_by_its_size()
    {
        using (FileStream file = File.Create(_folder["v.json"]))
            file.SetLength(VaultFile.MaxFileBytes + 1L);
        long before = GC.GetTotalAllocatedBytes();

        Assert.Equal("SR1202", Assert.Throws<VaultIntegrityException>(() => ((IImageBackend)new LocalVault(_folder["v.json"])).Load(Ct)).Code);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 100_000_000);
    }

    [Fact]
    public void Temporary_files_of_dead_writers_go_with_the_first_commit_and_nothing_else_does()
    {
        Rows.Commit(new LocalVault(_folder["v.json"]), 1, VaultImage.Empty);
        string[] others = [".v.json.0123456789abcdeg.tmp", ".v.json.0123456789abcdef.tmp2", ".w.json.0123456789abcdef.tmp", "v.json.0123456789abcdef.tmp", ".v.json.0123456789abcdef0.tmp"];
        foreach (string name in (string[])[.. others, ".v.json.0123456789abcdef.tmp", ".v.json.ffffffffffffffff.tmp"])
            File.WriteAllText(_folder[name], "x");
        IImageBackend vault = new LocalVault(_folder["v.json"]);
        vault.Load(Ct);
        Assert.Equal(9, _folder.Names.Length);

        Rows.Commit(vault, 2, VaultImage.Empty);

        Assert.Equal([.. others.Append("v.json").Append("v.json.lock").Order(StringComparer.Ordinal)], _folder.Names);
        Assert.Throws<InvalidOperationException>(vault.CleanUp);
        File.WriteAllText(_folder[".v.json.0123456789abcdef.tmp"], "x");
        using (vault.Lock(TimeSpan.Zero, Ct))
            vault.CleanUp();
        Assert.DoesNotContain(".v.json.0123456789abcdef.tmp", _folder.Names);
    }

    [Fact]
    public void A_cancelled_commit_leaves_nothing_behind()
    {
        IImageBackend vault = new LocalVault(_folder["v.json"]);
        LoadedVault first = Rows.Commit(vault, 1, VaultImage.Empty);
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();

        Assert.ThrowsAny<OperationCanceledException>(() => vault.TryCommit(first, Rows.Head(2), VaultImage.Empty, out _, cancelled.Token));
        Assert.Equal(["v.json", "v.json.lock"], _folder.Names);
        Assert.Same(first, vault.Load(Ct));
    }

    [Fact]
    public void A_commit_over_a_cap_writes_nothing()
    {
        IImageBackend vault = new LocalVault(_folder["v.json"]);

        Assert.Throws<VaultLimitException>(() => vault.TryCommit(null, Rows.Head(1), Rows.Numbered(VaultFile.MaxRecords + 1), out _, Ct));
        Assert.Throws<ArgumentException>(() => vault.TryCommit(null, "{\n}"u8.ToArray(), VaultImage.Empty, out _, Ct));
        Assert.Empty(_folder.Names);
    }

    private LocalVault Open(string name)
    {
        var vault = new LocalVault(_folder[name]);
        _opened.Add(vault);
        return vault;
    }

    private void Mount(string options)
    {
        Need.Linux();
        Need.Root();
        Directory.CreateDirectory(_folder["disk"]);
        using var mount = System.Diagnostics.Process.Start("mount", ["-t", "tmpfs", "-o", options, "tmpfs", _folder["disk"]]);
        mount.WaitForExit();
        _mounted = mount.ExitCode == 0;
        Need.That(_mounted, "nothing can be mounted here");
    }

    private static bool OthersCanRun()
    {
        for (string? folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if ((File.GetUnixFileMode(folder) & UnixFileMode.OtherExecute) == 0)
                return false;
        }

        return true;
    }
}
