using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Tests.LocalVaults;

/// <summary>The file vault as any backend: rows in, rows out.</summary>
public sealed class LocalVaultBackendTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private readonly LocalVault _vault;

    public LocalVaultBackendTests() => _vault = new LocalVault(_folder["v.json"]);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _vault.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Commits_compare_the_mac_of_the_head_in_place()
    {
        Assert.Null(await _vault.ReadAsync([], Ct));
        Assert.Equal(CommitOutcome.Conflict, await Commit(2, expected: 1));
        Assert.Equal(CommitOutcome.Committed, await Commit(1, expected: null));
        Assert.Equal(CommitOutcome.Conflict, await Commit(2, expected: null));
        Assert.Equal(CommitOutcome.Conflict, await Commit(3, expected: 2));
        Assert.Equal(CommitOutcome.Committed, await Commit(2, expected: 1, [Rows.Record("a")]));
        Assert.Equal(CommitOutcome.Conflict, await Commit(3, expected: 1));
        Assert.Equal(CommitOutcome.Committed, await Commit(3, expected: 2, deletes: [Rows.Record("a").Key, Rows.Record("b").Key]));

        Assert.Equal(Rows.Head(3), (await _vault.ReadAsync([], Ct))!.Head.ToArray());
        Assert.True(_vault.IsCurrent(Rows.Mac(3)));
    }

    [Fact]
    public async Task A_read_gives_what_was_asked_for_in_order_and_null_for_what_is_missing()
    {
        RandomId id = RandomId.New();
        await Commit(1, expected: null, [Rows.Record("a", "1"), Rows.Record("b", "2"), Rows.Version(id, 9, "3"), Rows.Version(id, 10, "4")]);

        VaultRead read = (await _vault.ReadAsync(
            [Rows.Record("b").Key, Rows.Record("c").Key, Rows.Version(id, 10).Key, Rows.Version(id, 11).Key, Rows.Record("b").Key, RowKey.TreeNode(""), RowKey.FromStored("v/x"), RowKey.FromStored(""), RowKey.FromStored("s/" + new string('é', 300))], Ct))!;

        Assert.Equal(["{\"x\":\"2\"}", null, "{\"x\":\"4\"}", null, "{\"x\":\"2\"}", null, null, null, null], read.Rows.Select(row => row is { } bytes ? Rows.Text(bytes) : null));
    }

    [Fact]
    public async Task A_scan_is_in_the_order_of_bytes_even_where_the_file_is_not()
    {
        RandomId id = RandomId.FromBytes(new byte[16]);
        await Commit(1, expected: null, [Rows.Version(id, 9), Rows.Version(id, 10), Rows.Version(id, 100), Rows.Record("b/c"), Rows.Record("b"), Rows.Record("b-c"), Rows.Record("a")]);

        Assert.Equal(["s/a", "s/b", "s/b-c", "s/b/c"], await Scan(new ScanRequest("s/")));
        Assert.Equal(["s/b", "s/b-c", "s/b/c"], await Scan(new ScanRequest("s/b")));
        Assert.Equal(["s/b-c"], await Scan(new ScanRequest("s/", Rows.Record("b").Key, Limit: 1)));
        Assert.Equal([$"v/{id}/10", $"v/{id}/100", $"v/{id}/9"], await Scan(new ScanRequest("v/")));
        Assert.Equal([$"v/{id}/9"], await Scan(new ScanRequest("v/", Rows.Version(id, 100).Key)));
        Assert.Equal(7, (await Scan(new ScanRequest(""))).Length);
        Assert.Empty(await Scan(new ScanRequest("t/")));
        await foreach (StoredRow row in _vault.ScanAsync(new ScanRequest("s/", KeysOnly: true), Ct))
            Assert.True(row.Bytes.IsEmpty);
    }

    [Fact]
    public async Task Changes_are_none_or_everything()
    {
        Assert.Equal(0, (await _vault.ChangesSinceAsync(0, Ct)).Revision);
        await Commit(5, expected: null);

        ChangeSet same = await _vault.ChangesSinceAsync(5, Ct);
        ChangeSet older = await _vault.ChangesSinceAsync(4, Ct);

        Assert.Equal((5, false), (same.Revision, same.Resynchronise));
        Assert.Equal((5, true), (older.Revision, older.Resynchronise));
        Assert.True((await _vault.ChangesSinceAsync(6, Ct)).Resynchronise);
    }

    [Fact]
    public async Task Limits_are_checked_before_anything_is_written()
    {
        Assert.Equal(RecordIndex.List, _vault.Limits.Index);
        byte[] large = new byte[_vault.Limits.MaxRowBytes + 1];

        await Assert.ThrowsAsync<VaultLimitException>(async () => await Commit(1, null, [new StoredRow(Rows.Record("a").Key, large)]));
        Assert.Empty(_folder.Names);
    }

    private ValueTask<CommitOutcome> Commit(long revision, long? expected, StoredRow[]? puts = null, RowKey[]? deletes = null) =>
        _vault.TryCommitAsync(new VaultCommit(expected is { } old ? Rows.Mac(old) : null, revision, Rows.Mac(revision), Rows.Head(revision), puts ?? [], deletes ?? []), Ct);

    private async Task<string[]> Scan(ScanRequest request)
    {
        var keys = new List<string>();
        await foreach (StoredRow row in _vault.ScanAsync(request, Ct))
            keys.Add(row.Key.ToString());
        return [.. keys];
    }
}
