using System.Diagnostics;
using Microsoft.Extensions.Time.Testing;
using Strongroom.Storage;

namespace Strongroom.Tests.LocalVaults;

/// <summary>The lock of writers, between processes and within one.</summary>
public sealed class VaultLockTests : IDisposable
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(50);
    private readonly TempFolder _folder = new();
    private readonly IImageBackend _vault;

    public VaultLockTests()
    {
        _vault = new LocalVault(_folder["v.json"], lockTimeout: Short);
        Rows.Commit(_vault, 1, VaultImage.Empty);
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_lock_of_another_process_names_its_holder()
    {
        using Child holder = Child.Start(["hold", _folder["v.json"]]);
        Assert.Equal("locked", holder.ReadLine());

        var error = Assert.Throws<VaultUnavailableException>(() => _vault.Lock(Short, Ct));

        Assert.Equal("SR1210", error.Code);
        Assert.Contains($"process {holder.Id} (Strongroom.Tests) on {Environment.MachineName}", error.Message, StringComparison.Ordinal);
        Assert.True(error.IsTransient);
        Assert.Throws<VaultUnavailableException>(() => _vault.TryCommit(_vault.Load(Ct), Rows.Head(2), VaultImage.Empty, out _, Ct));
        holder.Finish();
        Rows.Commit(_vault, 2, VaultImage.Empty);
    }

    [Fact]
    public void A_holder_that_does_not_name_itself_is_reported_so()
    {
        Need.Tool("flock");
        using Child flock = Child.Start([], ["flock", _folder["v.json.lock"], "sh", "-c", "echo locked; sleep 3"]);
        Assert.Equal("locked", flock.ReadLine());

        Assert.Contains("by a process that did not name itself", Refused(), StringComparison.Ordinal);
        flock.Kill();
        LocalVaultPlaceTests.Until(() => Refused() is null);
    }

    [Fact]
    public void A_dead_namesake_is_not_blamed()
    {
        Need.Tool("flock");
        using Child dead = Child.Start(["hold", _folder["v.json"]]);
        Assert.Equal("locked", dead.ReadLine());
        dead.Kill();
        using Child flock = Child.Start([], ["flock", _folder["v.json.lock"], "sh", "-c", "echo locked; sleep 3"]);
        Assert.Equal("locked", flock.ReadLine());

        Assert.Contains($"process {dead.Id} (Strongroom.Tests)", Refused(), StringComparison.Ordinal);
        Assert.Contains("is gone", Refused(), StringComparison.Ordinal);
        flock.Kill();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("DOTNET_SYSTEM_IO_DISABLEFILELOCKING")]
    public void A_killed_holder_makes_way_within_a_second_and_no_variable_unlocks(string? variable)
    {
        KeyValuePair<string, string>[] environment = variable is null ? [] : [new(variable, "1")];
        using Child holder = Child.Start(["hold", _folder["v.json"]], environment: environment);
        Assert.Equal("locked", holder.ReadLine());
        using Child second = Child.Start(["commit", _folder["v.json"], "1"], environment: environment);
        Assert.Throws<VaultUnavailableException>(() => _vault.Lock(TimeSpan.FromMilliseconds(300), Ct));
        Assert.Equal(Rows.Head(1), _vault.Load(Ct)!.Head.ToArray());

        var watch = Stopwatch.StartNew();
        holder.Kill();
        Assert.Equal("2", second.ReadLine());

        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void Processes_that_read_and_write_under_the_lock_lose_nothing()
    {
        const int processes = 4;
        const int times = 50;
        Child[] children = [.. Enumerable.Range(0, processes).Select(_ => Child.Start(["count", _folder["v.json"], times.ToString()]))];
        foreach (Child child in children)
        {
            Assert.Equal("done", child.ReadLine());
            child.Dispose();
        }

        Assert.Equal(Rows.Head(1 + (processes * times)), _vault.Load(Ct)!.Head.ToArray());
    }

    [Fact]
    public async Task Threads_and_instances_that_commit_without_the_lock_lose_nothing()
    {
        IImageBackend[] instances = [.. Enumerable.Range(0, 3).Select(_ => new LocalVault(_folder["v.json"], lockTimeout: TimeSpan.FromSeconds(30)))];
        int committed = 0;
        await Task.WhenAll(Enumerable.Range(0, 6).Select(thread => Task.Run(() =>
        {
            IImageBackend vault = instances[thread % instances.Length];
            for (int done = 0; done < 20;)
            {
                LoadedVault loaded = vault.Load(Ct)!;
                long next = HeadPeek.Read(loaded.Head.Span).Revision + 1;
                using IDisposable? hold = thread < 3 ? vault.Lock(TimeSpan.FromSeconds(30), Ct) : null;
                if (vault.TryCommit(loaded, Rows.Head(next), loaded.Image, out _, Ct) == CommitOutcome.Committed)
                {
                    Interlocked.Increment(ref committed);
                    done++;
                }
            }
        }, Ct)));

        Assert.Equal(120, committed);
        Assert.Equal(Rows.Head(121), _vault.Load(Ct)!.Head.ToArray());
    }

    [Fact]
    public void The_holder_commits_without_waiting_for_itself_and_a_second_lock_waits()
    {
        using (IDisposable hold = _vault.Lock(Short, Ct))
        {
            Rows.Commit(_vault, 2, VaultImage.Empty);
            Rows.Commit(_vault, 3, VaultImage.Empty);
            Assert.Throws<VaultUnavailableException>(() => _vault.Lock(Short, Ct));
            hold.Dispose();
            hold.Dispose();
            using IDisposable next = _vault.Lock(Short, Ct);
        }

        using IDisposable last = new LocalVault(_folder["v.json"]).Lock(Short, Ct);
    }

    [Fact]
    public async Task The_timeout_is_by_the_clock_that_was_given()
    {
        var time = new FakeTimeProvider();
        IImageBackend waiter = new LocalVault(FileSystems.Default, _folder["v.json"], time, TimeSpan.FromHours(1));
        using IDisposable hold = _vault.Lock(Short, Ct);
        Task<Exception?> waiting = Task.Run(() => Record.Exception(() => waiter.Lock(TimeSpan.FromHours(1), Ct)), Ct);
        await Task.Delay(100, Ct);
        Assert.False(waiting.IsCompleted);

        time.Advance(TimeSpan.FromHours(1));

        Assert.Contains("waited 3600 s", (await waiting)!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wait_can_be_cancelled()
    {
        IImageBackend waiter = new LocalVault(_folder["v.json"]);
        using IDisposable hold = _vault.Lock(Short, Ct);
        using var source = new CancellationTokenSource(50);

        Assert.Throws<OperationCanceledException>(() => waiter.Lock(TimeSpan.FromMinutes(1), source.Token));
    }

    [Fact]
    public void A_lock_file_that_was_removed_excludes_again_at_the_next_lock()
    {
        IImageBackend other = new LocalVault(_folder["v.json"]);
        other.Lock(Short, Ct).Dispose();
        File.Delete(_folder["v.json.lock"]);

        using IDisposable hold = _vault.Lock(Short, Ct);

        Assert.Throws<VaultUnavailableException>(() => other.Lock(Short, Ct));
    }

    [Fact]
    public void A_lock_file_removed_under_its_holder_stops_the_commit()
    {
        using IDisposable hold = _vault.Lock(Short, Ct);
        LoadedVault loaded = _vault.Load(Ct)!;
        File.Delete(_folder["v.json.lock"]);

        Assert.Equal("SR1213", Assert.Throws<VaultUnavailableException>(() => _vault.TryCommit(loaded, Rows.Head(2), VaultImage.Empty, out _, Ct)).Code);
        Assert.Equal(["v.json"], _folder.Names);
    }

    [Fact]
    public void Of_processes_that_create_the_same_vault_exactly_one_wins()
    {
        for (int round = 0; round < 3; round++)
        {
            string path = _folder[$"new-{round}.json"];
            Child[] children = [.. Enumerable.Range(0, 3).Select(i => Child.Start(["create", path, $"{i}"]))];
            Assert.All(children, child => Assert.Equal("ready", child.ReadLine()));
            foreach (Child child in children)
                child.Input.WriteLine("go");
            foreach (Child child in children)
                child.Input.Flush();
            string?[] outcomes = [.. children.Select(child => child.ReadLine())];

            int winner = Assert.Single(Enumerable.Range(0, 3), i => outcomes[i] == "Committed");
            Assert.Equal(2, outcomes.Count(outcome => outcome == "Conflict"));
            Assert.Equal(Rows.Head(1, $"{winner}"), ((IImageBackend)new LocalVault(path)).Load(Ct)!.Head.ToArray());
            foreach (Child child in children)
                child.Dispose();
        }
    }

    private string? Refused()
    {
        try
        {
            _vault.Lock(TimeSpan.Zero, Ct).Dispose();
            return null;
        }
        catch (VaultUnavailableException error)
        {
            return error.Message;
        }
    }
}
