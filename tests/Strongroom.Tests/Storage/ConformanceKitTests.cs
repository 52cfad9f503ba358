using Strongroom.Storage;
using Strongroom.Testing;
using Strongroom.Testing.Conformance;

namespace Strongroom.Tests.Storage;

/// <summary>The kit finds what is wrong, says how to see it again, and takes what is right.</summary>
public class ConformanceKitTests
{
    private static readonly ConformanceOptions Options = new() { Patience = TimeSpan.FromSeconds(2), CheckTimeout = TimeSpan.FromSeconds(30) };

    public static TheoryData<string> Defects => [.. DefectiveBackends.All.Select(defect => defect.Defect)];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Defects))]
    public async Task A_defect_is_found(string defect)
    {
        (_, string check, Func<IVaultBackend, DefectiveBackends.Mistake> make) = DefectiveBackends.All.Single(d => d.Defect == defect);
        ConformanceOptions options = defect.StartsWith("a watch", StringComparison.Ordinal) ? Options with { Patience = TimeSpan.FromMilliseconds(100) } : Options;

        ConformanceException error = await Assert.ThrowsAsync<ConformanceException>(() => Check(check).RunAsync(Storage(inner => make(inner).Backend), options, Cancellation));

        Assert.Equal((check, options.Seed), (error.Check, error.Seed));
        Assert.Contains($"seed {options.Seed}", error.Message, StringComparison.Ordinal);
        Assert.Contains(error.Reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lock_that_locks_nobody_out_is_found()
    {
        string folder = Directory.CreateTempSubdirectory("strongroom-kit-").FullName;
        Func<BackendOpener> open = () => () => ValueTask.FromResult(new NoLock(new LocalVault(Path.Combine(folder, "vault.json"))).Backend);
        await Assert.ThrowsAsync<ConformanceException>(() => Check("locking: the lock keeps others out").RunAsync(open, Options, Cancellation));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Nearly_every_check_has_a_defect_that_it_finds()
    {
        // These are seen to fail in tests of their own here, or ask in another way what a check before them has asked.
        string[] without = [.. BackendConformance.Checks.Select(check => check.Name).Except(DefectiveBackends.All.Select(defect => defect.Check))];
        Assert.Equal(
            [
                "of many that create one wins", "what was committed is there after reopening", "racing writers on one handle", "scans while others write", "locking: the lock keeps others out",
            ],
            without);
    }

    [Fact]
    public async Task Storage_that_forgets_is_found()
    {
        Func<BackendOpener> forgetful = () => () => ValueTask.FromResult<IVaultBackend>(new InMemoryBackend());
        foreach (string check in new[] { "what was committed is there after reopening", "a vault is created once", "of many that create one wins", "a commit is seen by other handles" })
            await Assert.ThrowsAsync<ConformanceException>(() => Check(check).RunAsync(forgetful, Options, Cancellation));
    }

    [Fact]
    public async Task The_list_of_operations_is_short_and_fails_again()
    {
        (_, string check, Func<IVaultBackend, DefectiveBackends.Mistake> make) = DefectiveBackends.All.Single(d => d.Defect == "deletes are forgotten");
        Func<BackendOpener> storage = Storage(inner => make(inner).Backend);
        ConformanceException error = await Assert.ThrowsAsync<ConformanceException>(() => Check("random operations against a model").RunAsync(storage, Options, Cancellation));
        Assert.InRange(error.Log.Split('\n').Length, 2, 4);

        ConformanceException again = await Assert.ThrowsAsync<ConformanceException>(() => BackendConformance.ReplayAsync(storage, error.Log, Options, Cancellation));
        Assert.Equal(error.Reason, again.Reason);
        await BackendConformance.ReplayAsync(Storage(inner => inner), error.Log, Options, Cancellation);
    }

    [Fact]
    public void Operations_are_read_back_as_they_print()
    {
        RowKey[] keys = [RowKey.Record("a/b"), RowKey.FromStored("v/0a0b0c0d0e0f10111213141516171819/10"), RowKey.TreeNode(""), RowKey.TreeNode("a3")];
        IReadOnlyList<Operation> operations = OperationGenerator.Generate(new Random(5), 500, keys);
        string log = string.Join('\n', operations);
        Assert.Equal(log, string.Join('\n', Operation.ParseLog("# a comment\n\n" + log.Replace("\n", "\r\n", StringComparison.Ordinal))));
        Assert.Equal(5, operations.Select(operation => operation.GetType()).Distinct().Count());
        foreach (string line in new[] { "erase 0", "commit", "changes 0", "read x" })
            Assert.Throws<FormatException>(() => Operation.ParseLog(line));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Lost_answers_are_resolved_by_looking(bool happens)
    {
        // Every third commit of a handle is answered with Unknown; when it has not happened, the kit takes it for a conflict, which only a race may be.
        string check = happens ? "random operations against a model" : "racing writers with handles of their own";
        await Check(check).RunAsync(Storage(inner => LoseAnswers(inner, happens)), Options, Cancellation);
    }

    [Fact]
    public async Task What_hangs_is_ended()
    {
        Func<BackendOpener> hanging = Storage(inner => Faulty(inner, BackendCall.Read, Fault.First(async ct => await Task.Delay(Timeout.Infinite, ct))));
        ConformanceException error = await Assert.ThrowsAsync<ConformanceException>(() => Check("no vault reads as null").RunAsync(hanging, Options with { CheckTimeout = TimeSpan.FromMilliseconds(100) }, Cancellation));
        Assert.Contains("did not end", error.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_exception_of_the_backend_is_the_cause()
    {
        Func<BackendOpener> failing = Storage(inner => Faulty(inner, BackendCall.Read, Fault.Unavailable()));
        ConformanceException error = await Assert.ThrowsAsync<ConformanceException>(() => BackendConformance.RunAsync(failing, Options, Cancellation));
        Assert.Equal("no vault reads as null", error.Check);
        Assert.IsType<VaultUnavailableException>(error.InnerException);
    }

    [Fact]
    public async Task A_missing_capability_is_not_a_failure()
    {
        Assert.Equal(ConformanceOutcome.NotApplicable, await Check("locking: the lock keeps others out").RunAsync(Storage(inner => inner), Options, Cancellation));
        Assert.Equal(ConformanceOutcome.Passed, await Check("freshness: no replaced head is current").RunAsync(Storage(inner => inner), Options, Cancellation));
    }

    [Fact]
    public async Task Cancelling_the_kit_is_a_cancellation()
    {
        using var cancel = new CancellationTokenSource();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Check("deletes delete").RunAsync(Storage(inner => inner), Options, cancel.Token));
    }

    private static ConformanceCheck Check(string name) => BackendConformance.Checks.Single(check => check.Name == name);

    private static Func<BackendOpener> Storage(Func<IVaultBackend, IVaultBackend> around) => () =>
    {
        InMemoryBackend storage = DefectiveBackends.NewStorage();
        return () => ValueTask.FromResult(around(storage.OpenAnother()));
    };

    private static IVaultBackend Faulty(IVaultBackend inner, BackendCall call, Fault fault)
    {
        var faulting = new FaultingBackend(inner);
        faulting.Next(call, fault);
        return faulting.Backend;
    }

    private static IVaultBackend LoseAnswers(IVaultBackend inner, bool happens)
    {
        var faulting = new FaultingBackend(inner);
        for (int i = 0; i < 1000; i++)
            faulting.Next(BackendCall.Commit, null, null, Fault.Answer(CommitOutcome.Unknown, happens));
        return faulting.Backend;
    }

    private sealed class NoLock(IVaultBackend inner) : BackendInterceptor(inner)
    {
        protected internal override IDisposable Lock(TimeSpan timeout, CancellationToken ct) => new MemoryStream();
    }
}
