using System.Runtime.CompilerServices;
using Strongroom.Cryptography;
using Strongroom.Storage;
using Strongroom.Testing;
using Strongroom.Testing.Conformance;

namespace Strongroom.Tests.Storage;

/// <summary>Decorators have the powers of what they wrap, no more and no fewer.</summary>
public class DecoratorTests
{
    public static TheoryData<string> Kinds => [.. Backends().Keys];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Capabilities_are_forwarded(string kind)
    {
        IVaultBackend inner = Backends()[kind];
        foreach (IVaultBackend decorated in new[] { new LyingBackend(inner).Backend, new FaultingBackend(inner).Backend, new FaultingBackend(new LyingBackend(inner).Backend).Backend })
        {
            BackendConformance.RequireSameCapabilities(inner, decorated);
            Assert.Equal(inner is IImageBackend, decorated is IImageBackend);
        }
    }

    [Fact]
    public void A_power_that_is_hidden_or_made_up_is_found()
    {
        Dictionary<string, IVaultBackend> all = Backends();
        foreach ((string one, IVaultBackend inner) in all)
        {
            foreach (IVaultBackend decorator in all.Where(other => other.Key != one).Select(other => other.Value))
                Assert.Throws<ConformanceException>(() => BackendConformance.RequireSameCapabilities(inner, decorator));
        }

        Assert.Throws<ConformanceException>(() => BackendConformance.RequireSameCapabilities(new InMemoryBackend(), new InMemoryBackend()));
    }

    [Fact]
    public async Task Disposing_of_the_decorator_disposes_of_what_it_wraps()
    {
        var inner = new InMemoryBackend();
        await new LyingBackend(inner).Backend.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await inner.ReadAsync([], TestContext.Current.CancellationToken));
    }

    private static Dictionary<string, IVaultBackend> Backends() => new(StringComparer.Ordinal)
    {
        ["nothing"] = new Nothing(),
        ["synchronous"] = new Synchronous(),
        ["fresh"] = new Fresh(),
        ["locking"] = new Locking(),
        ["synchronous, fresh"] = new InMemoryBackend(),
        ["synchronous, locking"] = new SynchronousLocking(),
        ["fresh, locking"] = new FreshLocking(),
        ["synchronous, fresh, locking"] = new AllOfThem(),
        ["image"] = new LocalVault(Path.Combine(Path.GetTempPath(), "nothing is there", "vault.json")),
    };

    private class Nothing : IVaultBackend
    {
        public string Location => "nowhere";

        public BackendLimits Limits { get; } = new(RecordIndex.Tree, 1, 1, 1);

        public ValueTask<VaultRead?> ReadAsync(IReadOnlyList<RowKey> rows, CancellationToken ct = default) => default;

        public async IAsyncEnumerable<StoredRow> ScanAsync(ScanRequest scan, [EnumeratorCancellation] CancellationToken ct = default)
        {
            await Task.CompletedTask;
            yield break;
        }

        public ValueTask<ChangeSet> ChangesSinceAsync(long revision, CancellationToken ct = default) => ValueTask.FromResult(new ChangeSet(0, true, []));

        public ValueTask<CommitOutcome> TryCommitAsync(VaultCommit commit, CancellationToken ct = default) => ValueTask.FromResult(CommitOutcome.Conflict);

        public async IAsyncEnumerable<long> WatchAsync(long after, [EnumeratorCancellation] CancellationToken ct = default)
        {
            await Task.CompletedTask;
            yield break;
        }

        public virtual bool IsCurrent(in Digest headMac) => false;

        public virtual IDisposable Lock(TimeSpan timeout, CancellationToken ct = default) => new MemoryStream();

        public ValueTask DisposeAsync() => default;
    }

    private sealed class Synchronous : Nothing, ISynchronousBackend;

    private sealed class Fresh : Nothing, IFreshnessBackend;

    private sealed class Locking : Nothing, ILockingBackend;

    private sealed class SynchronousLocking : Nothing, ISynchronousBackend, ILockingBackend;

    private sealed class FreshLocking : Nothing, IFreshnessBackend, ILockingBackend;

    private sealed class AllOfThem : Nothing, ISynchronousBackend, IFreshnessBackend, ILockingBackend;
}
