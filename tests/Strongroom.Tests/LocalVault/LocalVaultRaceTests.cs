using Strongroom.Storage;

namespace Strongroom.Tests.LocalVaults;

/// <summary>Somebody else does something at the worst moment.</summary>
public sealed class LocalVaultRaceTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly string _path;
    private readonly IImageBackend _other;

    public LocalVaultRaceTests()
    {
        _path = _folder["v.json"];
        _other = new LocalVault(_path);
        Rows.Commit(_other, 1, VaultImage.Empty);
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_commit_between_opening_and_reading_is_seen_at_the_next_look()
    {
        IImageBackend vault = Vault("Read", _path, () => Rows.Commit(_other, 2, VaultImage.Empty));

        LoadedVault first = vault.Load(Ct)!;

        Assert.Equal(Rows.Head(1), first.Head.ToArray());
        Assert.False(vault.IsCurrent(first));
        Assert.Equal(Rows.Head(2), vault.Load(Ct)!.Head.ToArray());
    }

    [Fact]
    public void A_file_changed_in_place_while_it_is_read_is_refused()
    {
        IImageBackend shrunk = Vault("Read", _path, () => File.WriteAllText(_path, "{"));
        Assert.Equal("SR1208", Assert.Throws<VaultUnavailableException>(() => shrunk.Load(Ct)).Code);

        IImageBackend changed = Vault("Read", _path, () => File.SetLastWriteTimeUtc(_path, DateTime.UnixEpoch));
        Assert.Equal("SR1208", Assert.Throws<VaultUnavailableException>(() => changed.Load(Ct)).Code);

        IImageBackend grown = Vault("Read", _path, () => File.AppendAllText(_path, "more"));
        Assert.Equal("SR1208", Assert.Throws<VaultUnavailableException>(() => grown.Load(Ct)).Code);
    }

    [Fact]
    public void A_lock_on_a_file_that_was_removed_before_it_was_locked_is_no_lock()
    {
        IDisposable? held = null;
        IImageBackend vault = Vault("TryLock", _path + ".lock", () =>
        {
            File.Delete(_path + ".lock");
            held = _other.Lock(TimeSpan.Zero, Ct);
        });

        Assert.Equal("SR1210", Assert.Throws<VaultUnavailableException>(() => vault.Lock(TimeSpan.FromMilliseconds(50), Ct)).Code);
        held!.Dispose();
        vault.Lock(TimeSpan.Zero, Ct).Dispose();
    }

    [Fact]
    public void A_vault_that_appears_or_changes_before_the_lock_is_had_is_a_conflict()
    {
        IImageBackend creator = new LocalVault(new HookedFileSystem(Once("TryLock", _folder["new.json.lock"], () => Rows.Commit(new LocalVault(_folder["new.json"]), 1, VaultImage.Empty, "other"))), _folder["new.json"], TimeProvider.System, TimeSpan.FromSeconds(1));
        Assert.Equal(CommitOutcome.Conflict, creator.TryCommit(null, Rows.Head(1), VaultImage.Empty, out _, Ct));

        IImageBackend writer = Vault("TryLock", _path + ".lock", () => Rows.Commit(_other, 2, VaultImage.Empty, "other"));
        Assert.Equal(CommitOutcome.Conflict, writer.TryCommit(writer.Load(Ct), Rows.Head(2), VaultImage.Empty, out _, Ct));
        Assert.Equal(Rows.Head(2, "other"), writer.Load(Ct)!.Head.ToArray());
    }

    [Fact]
    public void A_link_put_in_the_place_of_the_temporary_file_stops_the_commit()
    {
        File.WriteAllText(_folder["victim"], "untouched");
        string? temp = null;
        IImageBackend vault = new LocalVault(new HookedFileSystem((call, path) =>
        {
            if (call == "Create" && temp is null)
                File.CreateSymbolicLink(temp = path, _folder["victim"]);
        }), _path, TimeProvider.System, TimeSpan.FromSeconds(1));

        Assert.Equal("SR1226", Assert.Throws<VaultUnavailableException>(() => vault.TryCommit(vault.Load(Ct), Rows.Head(2), VaultImage.Empty, out _, Ct)).Code);
        Assert.Equal("untouched", File.ReadAllText(_folder["victim"]));
    }

    private LocalVault Vault(string call, string path, Action action) =>
        new(new HookedFileSystem(Once(call, path, action)), _path, TimeProvider.System, TimeSpan.FromSeconds(1));

    private static Action<string, string> Once(string call, string path, Action action)
    {
        bool done = false;
        return (now, where) =>
        {
            if (done || now != call || where != path)
                return;
            done = true;
            action();
        };
    }
}
