using Strongroom.Storage;
using Strongroom.Testing;
using Strongroom.Testing.Conformance;

namespace Strongroom.Tests.Storage;

/// <summary>Faults come when and how they were ordered, on rows and on whole files.</summary>
public sealed class FaultingBackendTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("strongroom-faults-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(CommitOutcome.Conflict, false)]
    [InlineData(CommitOutcome.Conflict, true)]
    [InlineData(CommitOutcome.Unknown, false)]
    [InlineData(CommitOutcome.Unknown, true)]
    [InlineData(CommitOutcome.Committed, false)]
    public async Task A_commit_is_answered_as_ordered(CommitOutcome outcome, bool happens)
    {
        foreach (bool file in new[] { false, true })
        {
            FaultingBackend faulting = Make(file);
            KitHead first = KitHead.After(null);
            faulting.Next(BackendCall.Commit, Fault.Answer(outcome, happens));
            Assert.Equal(outcome, await faulting.Backend.TryCommitAsync(first.Commit(null, [], []), Cancellation));
            Assert.Equal(happens, await faulting.Backend.ReadAsync([], Cancellation) is not null);
            Assert.Equal(happens ? CommitOutcome.Conflict : CommitOutcome.Committed, await faulting.Backend.TryCommitAsync(first.Commit(null, [], []), Cancellation));
            Assert.Equal((2, 1), (faulting.Calls(BackendCall.Commit), faulting.Calls(BackendCall.Read)));
            await faulting.Backend.DisposeAsync();
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_commit_throws_before_or_after_it_was_made(bool happens)
    {
        FaultingBackend faulting = Make(file: false);
        faulting.Next(BackendCall.Commit, Fault.Unavailable(happens), Fault.Cancelled(happens));
        VaultCommit commit = KitHead.After(null).Commit(null, [], []);
        await Assert.ThrowsAsync<VaultUnavailableException>(async () => await faulting.Backend.TryCommitAsync(commit, Cancellation));
        Assert.Equal(happens, await faulting.Backend.ReadAsync([], Cancellation) is not null);
        await Assert.ThrowsAsync<OperationCanceledException>(async () => await faulting.Backend.TryCommitAsync(commit, Cancellation));
        Assert.Equal(0, faulting.Left(BackendCall.Commit));
    }

    [Fact]
    public async Task Every_kind_of_call_fails_once_and_is_well_again()
    {
        FaultingBackend faulting = Make(file: true);
        var backend = (ILockingBackend)faulting.Backend;
        await backend.TryCommitAsync(KitHead.After(null).Commit(null, [], []), Cancellation);
        foreach (BackendCall call in Enum.GetValues<BackendCall>())
        {
            faulting.Next(call, null, Fault.Unavailable());
            await CallAsync(backend, call);
            await Assert.ThrowsAsync<VaultUnavailableException>(() => CallAsync(backend, call));
            await CallAsync(backend, call);
        }

        faulting.Next(BackendCall.Read, Fault.Unavailable());
        faulting.Clear();
        await CallAsync(backend, BackendCall.Read);
    }

    [Fact]
    public async Task Another_writer_can_be_let_go_first()
    {
        var storage = new InMemoryBackend();
        var faulting = new FaultingBackend(storage.OpenAnother());
        KitHead first = KitHead.After(null);
        faulting.Next(BackendCall.Commit, Fault.First(async ct => Assert.Equal(CommitOutcome.Committed, await storage.TryCommitAsync(first.Commit(null, [], []), ct))));
        Assert.Equal(CommitOutcome.Conflict, await faulting.Backend.TryCommitAsync(KitHead.After(null).Commit(null, [], []), Cancellation));
        Assert.Equal(first.Bytes.ToArray(), (await faulting.Backend.ReadAsync([], Cancellation))!.Head.ToArray());
    }

    [Fact]
    public void A_whole_file_fails_in_the_same_ways()
    {
        FaultingBackend faulting = Make(file: true);
        var image = (IImageBackend)faulting.Backend;
        KitHead head = KitHead.After(null);
        faulting.Next(BackendCall.Commit, Fault.Answer(CommitOutcome.Conflict, happens: false), Fault.Unavailable(), Fault.Answer(CommitOutcome.Unknown, happens: true));
        Assert.Equal(CommitOutcome.Conflict, image.TryCommit(null, head.Bytes, VaultImage.Empty, out LoadedVault? committed, Cancellation));
        Assert.Null(committed);
        Assert.Throws<VaultUnavailableException>(() => image.TryCommit(null, head.Bytes, VaultImage.Empty, out _, Cancellation));
        Assert.Null(image.Load(Cancellation));
        Assert.Equal(CommitOutcome.Unknown, image.TryCommit(null, head.Bytes, VaultImage.Empty, out committed, Cancellation));
        Assert.Null(committed);
        faulting.Next(BackendCall.Read, Fault.Unavailable());
        Assert.Throws<VaultUnavailableException>(() => image.Load(Cancellation));
        Assert.NotNull(image.Load(Cancellation));
        faulting.Next(BackendCall.Read, Fault.First(ct => Task.Delay(1, ct)));
        Assert.Throws<InvalidOperationException>(() => image.Load(Cancellation));
    }

    [Fact]
    public void Only_commits_have_outcomes() =>
        Assert.Throws<ArgumentException>(() => Make(file: false).Next(BackendCall.Read, Fault.Answer(CommitOutcome.Unknown, happens: true)));

    private FaultingBackend Make(bool file) => new(file ? new LocalVault(Path.Combine(_folder, $"{Guid.NewGuid():N}.json")) : new InMemoryBackend());

    private static async Task CallAsync(ILockingBackend backend, BackendCall call)
    {
        switch (call)
        {
            case BackendCall.Read:
                await backend.ReadAsync([], Cancellation);
                break;
            case BackendCall.Scan:
                Assert.Empty(await ListAsync(backend.ScanAsync(new ScanRequest("s/"), Cancellation), int.MaxValue));
                break;
            case BackendCall.Changes:
                await backend.ChangesSinceAsync(0, Cancellation);
                break;
            case BackendCall.Commit:
                Assert.Equal(CommitOutcome.Conflict, await backend.TryCommitAsync(KitHead.After(null).Commit(null, [], []), Cancellation));
                break;
            case BackendCall.Watch:
                Assert.Equal([1L], await ListAsync(backend.WatchAsync(0, Cancellation), 1));
                break;
            case BackendCall.Lock:
                backend.Lock(TimeSpan.FromSeconds(5), Cancellation).Dispose();
                break;
        }
    }

    private static async Task<List<T>> ListAsync<T>(IAsyncEnumerable<T> items, int atMost)
    {
        var list = new List<T>();
        await foreach (T item in items)
        {
            list.Add(item);
            if (list.Count == atMost)
                break;
        }

        return list;
    }
}
