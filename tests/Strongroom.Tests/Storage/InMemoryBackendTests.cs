using System.Text;
using Strongroom.Cryptography;
using Strongroom.Storage;
using Strongroom.Testing;

namespace Strongroom.Tests.Storage;

/// <summary>What the kit does not ask of every backend: the bounded log, limits and the end of a handle.</summary>
public class InMemoryBackendTests
{
    [Fact]
    public async Task Changes_older_than_the_log_must_be_resynchronised()
    {
        var backend = new InMemoryBackend(rememberedCommits: 3);
        for (int revision = 1; revision <= 6; revision++)
            await CommitAsync(backend, revision, revision == 1 ? null : revision - 1);

        Assert.True((await backend.ChangesSinceAsync(2, Cancellation)).Resynchronise);
        ChangeSet changes = await backend.ChangesSinceAsync(3, Cancellation);
        Assert.False(changes.Resynchronise);
        Assert.Equal(["s/r4", "s/r5", "s/r6"], changes.Rows.Select(row => row.ToString()));
        Assert.Equal(6, changes.Revision);
    }

    [Fact]
    public async Task Revisions_that_skip_are_followed_and_revisions_that_fall_begin_a_new_history()
    {
        var backend = new InMemoryBackend();
        await CommitAsync(backend, 5, null);
        await CommitAsync(backend, 9, 5);
        Assert.Equal(["s/r9"], (await backend.ChangesSinceAsync(7, Cancellation)).Rows.Select(row => row.ToString()));
        await CommitAsync(backend, 6, 9);
        Assert.True((await backend.ChangesSinceAsync(5, Cancellation)).Resynchronise);
        Assert.True((await backend.ChangesSinceAsync(9, Cancellation)).Resynchronise);
    }

    [Fact]
    public async Task A_row_named_twice_is_refused_and_nothing_is_written()
    {
        var backend = new InMemoryBackend();
        VaultCommit commit = Commit(1, null);
        await Assert.ThrowsAsync<ArgumentException>(async () => await backend.TryCommitAsync(commit with { Deletes = [commit.Puts[0].Key] }, Cancellation));
        Assert.Null(await backend.ReadAsync([], Cancellation));
    }

    [Fact]
    public async Task Bytes_handed_over_are_copied()
    {
        var backend = new InMemoryBackend();
        VaultCommit commit = Commit(1, null);
        byte[] bytes = [.. commit.Puts[0].Bytes.Span], mine = [.. bytes];
        await backend.TryCommitAsync(commit with { Puts = [commit.Puts[0] with { Bytes = mine }] }, Cancellation);
        mine[0] ^= 1;
        Assert.Equal(bytes, (await backend.ReadAsync([commit.Puts[0].Key], Cancellation))!.Rows[0]!.Value.ToArray());
    }

    [Theory]
    [InlineData(2, 1000, 100, "SR1260")]
    [InlineData(10, 1000, 3, "SR1261")]
    [InlineData(10, 30, 30, "SR1262")]
    public async Task Limits_are_of_one_s_choice(int rows, long bytes, int rowBytes, string code)
    {
        var backend = new InMemoryBackend(new BackendLimits(RecordIndex.Tree, rows, bytes, rowBytes));
        VaultCommit commit = Commit(1, null) with { Deletes = [RowKey.FromStored("s/b"), RowKey.FromStored("s/c")] };
        Assert.Equal(code, (await Assert.ThrowsAsync<VaultLimitException>(async () => await backend.TryCommitAsync(commit, Cancellation))).Code);
        Assert.Null(await backend.ReadAsync([], Cancellation));
    }

    [Fact]
    public async Task A_handle_that_was_disposed_of_refuses_and_its_watch_ends()
    {
        var backend = new InMemoryBackend();
        InMemoryBackend other = backend.OpenAnother();
        await CommitAsync(backend, 1, null);
        IAsyncEnumerator<long> watch = other.WatchAsync(1, Cancellation).GetAsyncEnumerator(Cancellation);
        ValueTask<bool> next = watch.MoveNextAsync();
        await other.DisposeAsync();
        Assert.False(await next);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await other.ReadAsync([], Cancellation));
        Assert.NotNull(await backend.ReadAsync([], Cancellation));
        Assert.Equal(backend.Location, other.Location);
        Assert.NotEqual(backend.Location, new InMemoryBackend().Location);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static async Task CommitAsync(InMemoryBackend backend, long revision, long? expected) =>
        Assert.Equal(CommitOutcome.Committed, await backend.TryCommitAsync(Commit(revision, expected), Cancellation));

    private static VaultCommit Commit(long revision, long? expected) =>
        new(expected is { } number ? MacOf(number) : null, revision, MacOf(revision), Encoding.ASCII.GetBytes($$"""{"mac":"{{MacOf(revision)}}","revision":{{revision}}}"""), [new StoredRow(RowKey.FromStored($"s/r{revision}"), "{\"x\":1}"u8.ToArray())], []);

    private static Digest MacOf(long revision) => Digest.Sha256(BitConverter.GetBytes(revision));
}
