using System.Globalization;
using Strongroom.Storage;

namespace Strongroom.Tests.LocalVaults;

/// <summary>A reader sees what was acknowledged, without looking at the file each time; and it notices within a moment what no writer has told it.</summary>
public sealed class FreshnessTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_another_process_has_acknowledged_is_seen()
    {
        const int commits = 300;
        IImageBackend reader = new LocalVault(_folder["v.json"]);
        Rows.Commit(reader, 1, VaultImage.Empty);
        using Child writer = Child.Start(["commit", _folder["v.json"], commits.ToString(CultureInfo.InvariantCulture)]);
        for (int i = 0; i < commits; i++)
        {
            long acknowledged = long.Parse(writer.ReadLine()!, CultureInfo.InvariantCulture);
            LoadedVault seen = reader.Load(Ct)!;

            Assert.InRange(HeadPeek.Read(seen.Head.Span).Revision, acknowledged, commits + 1);
        }

        Assert.Equal(Rows.Head(commits + 1), reader.Load(Ct)!.Head.ToArray());
    }

    [Fact]
    public void A_vault_without_lock_file_is_looked_at_each_time()
    {
        IImageBackend writer = new LocalVault(_folder["other.json"]);
        for (int revision = 1; revision <= 2; revision++)
        {
            Rows.Commit(writer, revision, VaultImage.Empty);
            File.Copy(_folder["other.json"], _folder[$"{revision}.json"]);
        }

        File.Move(_folder["1.json"], _folder["v.json"]);
        IImageBackend reader = new LocalVault(_folder["v.json"]);
        Assert.Equal(Rows.Head(1), reader.Load(Ct)!.Head.ToArray());
        File.Move(_folder["2.json"], _folder["v.json"], overwrite: true);

        Assert.Equal(Rows.Head(2), reader.Load(Ct)!.Head.ToArray());
        Assert.DoesNotContain("v.json.lock", _folder.Names);
    }

    [Fact]
    public void A_file_of_the_same_size_and_time_is_another_file()
    {
        IImageBackend writer = new LocalVault(_folder["other.json"]);
        IImageBackend reader = new LocalVault(_folder["v.json"]);
        for (int revision = 100; revision < 200; revision++)
        {
            Rows.Commit(writer, revision, VaultImage.Empty);

            // The first copy frees the inode of the file that was loaded; the second one would get it, were that file not kept open.
            for (int copy = 0; copy < 2; copy++)
            {
                File.Copy(_folder["other.json"], _folder["copy.json"]);
                File.SetLastWriteTimeUtc(_folder["copy.json"], DateTime.UnixEpoch);
                File.Move(_folder["copy.json"], _folder["v.json"], overwrite: true);
            }

            Assert.Equal(Rows.Head(revision), reader.Load(Ct)!.Head.ToArray());
        }
    }

    [Fact]
    public void A_file_put_back_by_a_program_that_tells_nobody_is_noticed_soon()
    {
        IImageBackend writer = new LocalVault(_folder["v.json"]);
        Rows.Commit(writer, 1, VaultImage.Empty);
        File.Copy(_folder["v.json"], _folder["old.json"]);
        LoadedVault written = Rows.Commit(writer, 2, VaultImage.Empty);
        IImageBackend reader = new LocalVault(_folder["v.json"]);
        LoadedVault before = reader.Load(Ct)!;

        LocalVaultPlaceTests.Run("cp", _folder["old.json"], _folder["v.json"]);
        Thread.Sleep(CachedVault.LookEvery + 10);

        Assert.False(reader.IsCurrent(before));
        Assert.Equal(Rows.Head(1), reader.Load(Ct)!.Head.ToArray());
        Assert.Equal(CommitOutcome.Conflict, writer.TryCommit(written, Rows.Head(3), VaultImage.Empty, out _, Ct));
    }

    [Fact]
    public void The_same_object_is_given_while_nothing_has_changed_even_after_a_look()
    {
        IImageBackend vault = new LocalVault(_folder["v.json"]);
        LoadedVault committed = Rows.Commit(vault, 1, VaultImage.Empty);
        for (int i = 0; i < 3; i++)
        {
            Thread.Sleep(CachedVault.LookEvery + 10);
            Assert.True(vault.IsCurrent(committed));
            Assert.Same(committed, vault.Load(Ct));
        }

        vault.Lock(TimeSpan.Zero, Ct).Dispose();
        Assert.Same(committed, vault.Load(Ct));
    }

    [Fact]
    public void A_lock_file_made_anew_does_not_leave_readers_behind()
    {
        IImageBackend reader = new LocalVault(_folder["v.json"]);
        IImageBackend writer = new LocalVault(_folder["v.json"]);
        Rows.Commit(writer, 1, VaultImage.Empty);
        Assert.NotNull(reader.Load(Ct));
        File.Delete(_folder["v.json.lock"]);
        Rows.Commit(writer, 2, VaultImage.Empty);
        Thread.Sleep(CachedVault.LookEvery + 10);
        Assert.Equal(Rows.Head(2), reader.Load(Ct)!.Head.ToArray());

        // From here on the reader listens to the new counter.
        for (int revision = 3; revision < 30; revision++)
        {
            Rows.Commit(writer, revision, VaultImage.Empty);
            Assert.Equal(Rows.Head(revision), reader.Load(Ct)!.Head.ToArray());
        }
    }

    [Fact]
    public void A_lock_file_made_anew_is_listened_to_before_the_next_commit()
    {
        IImageBackend reader = new LocalVault(_folder["v.json"]);
        IImageBackend writer = new LocalVault(_folder["v.json"]);
        LoadedVault committed = Rows.Commit(writer, 1, VaultImage.Empty);
        LoadedVault loaded = reader.Load(Ct)!;
        File.Delete(_folder["v.json.lock"]);
        writer.Lock(TimeSpan.Zero, Ct).Dispose();
        Thread.Sleep(CachedVault.LookEvery + 10);

        Assert.Same(loaded, reader.Load(Ct));
        Rows.Commit(writer, 2, VaultImage.Empty);
        Assert.Equal(Rows.Head(2), reader.Load(Ct)!.Head.ToArray());
        Assert.False(writer.IsCurrent(committed));
    }

    [Fact]
    public void A_removed_vault_is_gone_for_readers_and_can_be_made_again()
    {
        IImageBackend vault = new LocalVault(_folder["v.json"]);
        LoadedVault before = Rows.Commit(vault, 1, VaultImage.Empty);
        File.Delete(_folder["v.json"]);
        Thread.Sleep(CachedVault.LookEvery + 10);

        Assert.False(vault.IsCurrent(before));
        Assert.Null(vault.Load(Ct));
        Assert.Equal(CommitOutcome.Conflict, vault.TryCommit(before, Rows.Head(2), VaultImage.Empty, out _, Ct));
        Rows.Commit(vault, 1, VaultImage.Empty);
    }

    [Fact]
    public async Task Readers_on_many_threads_never_see_less_than_was_acknowledged()
    {
        IImageBackend vault = new LocalVault(_folder["v.json"]);
        Rows.Commit(vault, 1, VaultImage.Empty);
        IImageBackend other = new LocalVault(_folder["v.json"]);
        long acknowledged = 1;
        Task[] readers = [.. Enumerable.Range(0, 3).Select(i => Task.Run(() =>
        {
            for (long seen = 0; seen < 200;)
            {
                long before = Volatile.Read(ref acknowledged);
                seen = HeadPeek.Read((i == 0 ? vault : other).Load(Ct)!.Head.Span).Revision;
                Assert.InRange(seen, before, 200);
            }
        }, Ct))];
        for (int revision = 2; revision <= 200; revision++)
        {
            Rows.Commit(vault, revision, VaultImage.Empty);
            Volatile.Write(ref acknowledged, revision);
        }

        await Task.WhenAll(readers);
    }

    [Fact]
    public async Task A_watch_tells_of_each_change_and_of_what_came_before_it()
    {
        IImageBackend vault = new LocalVault(_folder["v.json"]);
        Rows.Commit(vault, 1, VaultImage.Empty);
        await using LocalVault watcher = new(_folder["v.json"]);
        await using IAsyncEnumerator<long> watch = watcher.WatchAsync(0, Ct).GetAsyncEnumerator(Ct);

        Assert.True(await watch.MoveNextAsync());
        Assert.Equal(1, watch.Current);
        for (int revision = 2; revision <= 4; revision++)
        {
            ValueTask<bool> next = watch.MoveNextAsync();
            Rows.Commit(vault, revision, VaultImage.Empty);
            Assert.True(await next.AsTask().WaitAsync(TimeSpan.FromSeconds(5), Ct));
            Assert.Equal(revision, watch.Current);
        }
    }

    [Fact]
    public async Task A_disposed_vault_answers_no_more()
    {
        LocalVault vault = new(_folder["v.json"]);
        LoadedVault loaded = Rows.Commit(vault, 1, VaultImage.Empty);
        await vault.DisposeAsync();

        Assert.False(((IImageBackend)vault).IsCurrent(loaded));
        Assert.Throws<ObjectDisposedException>(() => ((IImageBackend)vault).Load(Ct));
        Assert.Throws<ObjectDisposedException>(() => vault.Lock(TimeSpan.Zero, Ct));
        await vault.DisposeAsync();
    }
}
