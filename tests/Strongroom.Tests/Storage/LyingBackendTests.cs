using System.Text;
using Strongroom.Storage;
using Strongroom.Testing;
using Strongroom.Testing.Conformance;

namespace Strongroom.Tests.Storage;

/// <summary>A lie is told as described, about its rows only, in reads, scans and loads alike, and is counted.</summary>
public sealed class LyingBackendTests : IDisposable
{
    private static readonly RowKey A = RowKey.Record("a"), B = RowKey.Record("b"), C = RowKey.Record("c"), New = RowKey.Record("new");

    private readonly string _folder = Directory.CreateTempSubdirectory("strongroom-lies-").FullName;

    public static TheoryData<string, bool> Told
    {
        get
        {
            var data = new TheoryData<string, bool>();
            foreach (string lie in Expected.Keys)
            {
                data.Add(lie, false);
                data.Add(lie, true);
            }

            return data;
        }
    }

    // Stored first: a=1 b=1 c=1 at revision 1; then a=2, c deleted, new=2 at revision 2.
    private static Dictionary<string, (Func<StorageCopy, Lie> Make, string Shown)> Expected => new(StringComparer.Ordinal)
    {
        ["edit"] = (_ => Lies.EditRow(A, bytes => Text("{\"n\":9}")), "2: a=9 b=1 new=2"),
        ["hide"] = (_ => Lies.HideRow(B), "2: a=2 new=2"),
        ["insert"] = (_ => Lies.InsertRow(C, Text("{\"n\":7}")), "2: a=2 b=1 c=7 new=2"),
        ["swap"] = (_ => Lies.SwapRows(A, B), "2: a=1 b=2 new=2"),
        ["swap with nothing"] = (_ => Lies.SwapRows(A, C), "2: b=1 c=2 new=2"),
        ["an older row"] = (old => Lies.OldRow(old, A), "2: a=1 b=1 new=2"),
        ["a row that is deleted"] = (old => Lies.OldRow(old, C), "2: a=2 b=1 c=1 new=2"),
        ["a row before it was there"] = (old => Lies.OldRow(old, New), "2: a=2 b=1"),
        ["older rows below the head"] = (Lies.OldRows, "2: a=1 b=1 c=1"),
        ["an older head above the rows"] = (Lies.OldHead, "1: a=2 b=1 new=2"),
        ["all as it was"] = (Lies.OldSnapshot, "1: a=1 b=1 c=1"),
        ["another head"] = (_ => Lies.EditHead(head => Text(Encoding.ASCII.GetString(head).Replace("\"revision\":2", "\"revision\":5", StringComparison.Ordinal))), "5: a=2 b=1 new=2"),
        ["no vault"] = (_ => Lies.NoVault(), "nothing"),
        ["two lies"] = (old => Lies.All(Lies.HideRow(B), Lies.OldHead(old)), "1: a=2 new=2"),
    };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Told))]
    public async Task A_lie_is_told(string name, bool file)
    {
        (LyingBackend lying, StorageCopy old) = await PrepareAsync(file);
        Assert.Equal("2: a=2 b=1 new=2", await ShowAsync(lying.Backend));
        Assert.Equal(0, lying.Told);

        (Func<StorageCopy, Lie> make, string shown) = Expected[name];
        lying.Lie = make(old);
        Assert.Equal(shown, await ShowAsync(lying.Backend));
        Assert.InRange(lying.Told, 1, long.MaxValue);
        if (shown != "nothing")
        {
            Assert.Equal(shown[3..], await ScanAsync(lying.Backend, new ScanRequest("s/")));
            Assert.Equal(string.Join(' ', shown[3..].Split(' ').Skip(1).Take(1)), await ScanAsync(lying.Backend, new ScanRequest("s/", RowKey.FromStored("s/" + shown[3..].Split('=')[0]), 1)));
        }

        if (lying.Backend is IImageBackend image)
            Assert.Equal(shown, Show(image));
        lying.Lie = null;
        Assert.Equal("2: a=2 b=1 new=2", await ShowAsync(lying.Backend));
    }

    [Fact]
    public async Task A_lie_that_touches_nothing_is_not_counted()
    {
        (LyingBackend lying, StorageCopy old) = await PrepareAsync(file: false);
        lying.Lie = Lies.All(Lies.HideRow(C), Lies.OldRow(old, B));
        Assert.Equal("2: a=2 b=1 new=2", await ShowAsync(lying.Backend));
        Assert.Equal(0, lying.Told);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Caches_are_told_to_read_again_while_a_lie_is_told(bool file)
    {
        (LyingBackend lying, StorageCopy old) = await PrepareAsync(file);
        var fresh = (IFreshnessBackend)lying.Backend;
        KitHead head = KitHead.Parse((await fresh.ReadAsync([], Cancellation))!.Head);
        Assert.True(fresh.IsCurrent(head.Mac));
        lying.Lie = Lies.HideRow(A);
        Assert.False(fresh.IsCurrent(head.Mac));
        lying.Lie = Lies.OldSnapshot(old);
        Assert.False(fresh.IsCurrent(head.Mac));
        Assert.True(fresh.IsCurrent(old.HeadMac));
        ChangeSet changes = await fresh.ChangesSinceAsync(1, Cancellation);
        Assert.Equal((1, false, 0), (changes.Revision, changes.Resynchronise, changes.Rows.Count));
    }

    [Fact]
    public async Task A_loaded_lie_stays_the_same_object_until_it_is_over()
    {
        (LyingBackend lying, _) = await PrepareAsync(file: true);
        var image = (IImageBackend)lying.Backend;
        LoadedVault honest = image.Load(Cancellation)!;
        Assert.True(image.IsCurrent(honest));
        lying.Lie = Lies.HideRow(A);
        Assert.False(image.IsCurrent(honest));
        LoadedVault lied = image.Load(Cancellation)!;
        Assert.Same(lied, image.Load(Cancellation));
        Assert.True(image.IsCurrent(lied));
        KitHead next = KitHead.After(KitHead.Parse(honest.Head));
        Assert.Equal(CommitOutcome.Committed, image.TryCommit(lied, next.Bytes, honest.Image, out _, Cancellation));
        Assert.False(image.IsCurrent(lied));
        lying.Lie = null;
        Assert.Equal("3: a=2 b=1 new=2", Show(image));
    }

    [Fact]
    public async Task Scans_lie_about_pages()
    {
        (LyingBackend lying, _) = await PrepareAsync(file: false);
        lying.Lie = Lies.SamePage();
        Assert.Equal("a=2", await ScanAsync(lying.Backend, new ScanRequest("s/", B, 1)));
        lying.Lie = Lies.ReversedScan();
        Assert.Equal("new=2 b=1", await ScanAsync(lying.Backend, new ScanRequest("s/", null, 2)));
        Assert.Equal("a=2", await ScanAsync(lying.Backend, new ScanRequest("s/", B, 2)));
        lying.Lie = Lies.All(Lies.StrangeKey("x"), Lies.HideRow(A));
        var keys = new List<string>();
        await foreach (StoredRow row in lying.Backend.ScanAsync(new ScanRequest("s/", KeysOnly: true), Cancellation))
            keys.Add(row.Key.ToString());
        Assert.Equal(["x", "s/b", "s/new"], keys);
    }

    [Fact]
    public async Task Writes_are_dropped_and_lost()
    {
        (LyingBackend lying, _) = await PrepareAsync(file: false);
        KitHead head = KitHead.Parse((await lying.Backend.ReadAsync([], Cancellation))!.Head);
        lying.Lie = Lies.LoseCommits();
        Assert.Equal(CommitOutcome.Committed, await lying.Backend.TryCommitAsync(KitHead.After(head).Commit(head, [Row(A, 3)], []), Cancellation));
        Assert.Equal("2: a=2 b=1 new=2", await ShowAsync(lying.Backend));
        lying.Lie = Lies.All(Lies.DropWrite(A), Lies.DropWrite(B));
        Assert.Equal(CommitOutcome.Committed, await lying.Backend.TryCommitAsync(KitHead.After(head).Commit(head, [Row(A, 3), Row(C, 3)], [B]), Cancellation));
        Assert.Equal("3: a=2 b=1 c=3 new=2", await ShowAsync(lying.Backend));
        Assert.Equal(2, lying.Told);
    }

    private async Task<(LyingBackend Lying, StorageCopy Old)> PrepareAsync(bool file)
    {
        var lying = new LyingBackend(file ? new LocalVault(Path.Combine(_folder, "vault.json")) : new InMemoryBackend());
        KitHead first = KitHead.After(null), second = KitHead.After(first);
        Assert.Equal(CommitOutcome.Committed, await lying.Backend.TryCommitAsync(first.Commit(null, [Row(A, 1), Row(B, 1), Row(C, 1)], []), Cancellation));
        StorageCopy old = await lying.CopyAsync(Cancellation);
        Assert.Equal(CommitOutcome.Committed, await lying.Backend.TryCommitAsync(second.Commit(first, [Row(A, 2), Row(New, 2)], [C]), Cancellation));
        return (lying, old);
    }

    private static async Task<string> ShowAsync(IVaultBackend backend)
    {
        RowKey[] keys = [A, B, C, New];
        return await backend.ReadAsync(keys, Cancellation) is { } read
            ? $"{KitHead.Parse(read.Head).Revision}: {string.Join(' ', keys.Zip(read.Rows).Where(row => row.Second is not null).Select(row => Show(row.First, row.Second!.Value)))}"
            : "nothing";
    }

    private static string Show(IImageBackend backend)
    {
        if (backend.Load(Cancellation) is not { } loaded)
            return "nothing";
        var rows = new List<string>();
        foreach (VaultRow row in loaded.Image.Records)
            rows.Add(Show(RowKey.FromStored("s/" + Encoding.ASCII.GetString(row.Key)), row.Bytes));
        return $"{KitHead.Parse(loaded.Head).Revision}: {string.Join(' ', rows)}";
    }

    private static async Task<string> ScanAsync(IVaultBackend backend, ScanRequest scan)
    {
        var rows = new List<string>();
        await foreach (StoredRow row in backend.ScanAsync(scan, Cancellation))
            rows.Add(Show(row.Key, row.Bytes));
        return string.Join(' ', rows);
    }

    private static string Show(RowKey key, ReadOnlyMemory<byte> bytes) => $"{key.ToString()[2..]}={Encoding.ASCII.GetString(bytes.Span).Trim('{', '}')[4..]}";

    private static StoredRow Row(RowKey key, int number) => new(key, Text($$"""{"n":{{number}}}"""));

    private static byte[] Text(string text) => Encoding.ASCII.GetBytes(text);
}
