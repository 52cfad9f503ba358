using Strongroom.Storage;

namespace Strongroom.Tests.LocalVaults;

/// <summary>The file vault on a real disk, as long as nothing goes wrong.</summary>
public sealed class LocalVaultTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_was_committed_is_loaded_by_the_same_and_by_another_instance()
    {
        await using LocalVault vault = new(_folder["v.json"]);
        IImageBackend backend = vault;
        Assert.Null(backend.Load(Ct));
        LoadedVault committed = Rows.Commit(backend, 1, Rows.Image(Rows.Record("a/b"), Rows.Record("a", "2")));

        await using LocalVault other = new(_folder["v.json"]);
        LoadedVault? loaded = ((IImageBackend)other).Load(Ct);

        Assert.Same(committed, backend.Load(Ct));
        Assert.Equal(Rows.Head(1), loaded!.Head.ToArray());
        Assert.Equal(committed.Image.ComputeSummary(), loaded.Image.ComputeSummary());
        Assert.Equal(0, loaded.Image.FindRecord("a"u8));
        Assert.Equal(Rows.Bytes("2"), loaded.Image.Records[0].Bytes.ToArray());
        Assert.Equal(["v.json", "v.json.lock"], _folder.Names);
    }

    [Fact]
    public async Task A_commit_is_seen_by_the_other_instance_at_once()
    {
        await using LocalVault vault = new(_folder["v.json"]);
        await using LocalVault other = new(_folder["v.json"]);
        IImageBackend writer = vault;
        IImageBackend reader = other;
        for (int revision = 1; revision <= 200; revision++)
        {
            LoadedVault committed = Rows.Commit(writer, revision, Rows.Image(Rows.Record("n", revision.ToString())));
            LoadedVault seen = reader.Load(Ct)!;

            Assert.Equal(committed.Head.ToArray(), seen.Head.ToArray());
            Assert.True(reader.IsCurrent(seen));
            Assert.True(writer.IsCurrent(committed));
            Assert.True(other.IsCurrent(Rows.Mac(revision)));
            Assert.False(other.IsCurrent(Rows.Mac(revision - 1)));
        }
    }

    [Fact]
    public async Task An_older_or_foreign_expectation_is_a_conflict()
    {
        await using LocalVault vault = new(_folder["v.json"]);
        await using LocalVault other = new(_folder["v.json"]);
        IImageBackend backend = vault;
        LoadedVault first = Rows.Commit(backend, 1, VaultImage.Empty);
        LoadedVault second = Rows.Commit(backend, 2, VaultImage.Empty);
        LoadedVault foreign = ((IImageBackend)other).Load(Ct)!;

        Assert.Equal(CommitOutcome.Conflict, backend.TryCommit(null, Rows.Head(3), VaultImage.Empty, out _, Ct));
        Assert.Equal(CommitOutcome.Conflict, backend.TryCommit(first, Rows.Head(3), VaultImage.Empty, out _, Ct));
        Assert.Equal(CommitOutcome.Conflict, backend.TryCommit(foreign, Rows.Head(3), VaultImage.Empty, out _, Ct));
        Assert.Equal(CommitOutcome.Committed, backend.TryCommit(second, Rows.Head(3), VaultImage.Empty, out _, Ct));
    }

    [Fact]
    public async Task Loading_keeps_little_more_than_the_file_in_memory()
    {
        string text = new('x', 700);
        await using LocalVault vault = new(_folder["v.json"]);
        Rows.Commit(vault, 1, Rows.Image([.. Enumerable.Range(0, 20_000).Select(i => Rows.Record($"trading/desk/gateway-{i:D6}", text))]));

        var (exit, output, errors) = Child.Run(["memory", _folder["v.json"]]);

        Assert.True(exit == 0, errors);
        Assert.InRange(double.Parse(output, System.Globalization.CultureInfo.InvariantCulture), 1.0, 1.3);
    }

    [Fact]
    public async Task A_commit_on_its_way_and_a_disposal_do_not_meet()
    {
        VaultImage image = Rows.Numbered(2_000);
        for (int round = 0; round < 10; round++)
        {
            LocalVault vault = new(_folder["v.json"]);
            LoadedVault? loaded = ((IImageBackend)vault).Load(Ct);
            Task<object> committing = Task.Run(object () =>
            {
                try
                {
                    return ((IImageBackend)vault).TryCommit(loaded, Rows.Head(round + 1), image, out _, Ct);
                }
                catch (ObjectDisposedException error)
                {
                    return error;
                }
            }, Ct);
            await Task.Delay(round, Ct);
            await vault.DisposeAsync();

            bool committed = await committing is CommitOutcome.Committed;
            await using LocalVault other = new(_folder["v.json"]);
            LoadedVault? now = ((IImageBackend)other).Load(Ct);
            Assert.Equal(committed ? Rows.Head(round + 1) : loaded?.Head.ToArray(), now?.Head.ToArray());
        }
    }

    [Fact]
    public async Task A_folder_means_the_file_in_it()
    {
        await using LocalVault existing = new(_folder.Path);
        await using LocalVault slash = new(_folder["new/deeper/"]);

        Rows.Commit(existing, 1, VaultImage.Empty);
        Rows.Commit(slash, 1, VaultImage.Empty);

        Assert.Equal(_folder["strongroom.json"], existing.Location);
        Assert.True(File.Exists(_folder["strongroom.json"]));
        Assert.True(File.Exists(_folder["new/deeper/strongroom.json"]));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_folder["new/deeper"]));
    }
}
