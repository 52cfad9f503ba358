using System.Diagnostics;

namespace Strongroom.Tests.Vault;

public sealed class ConcurrencyTests
{
    [Fact]
    public async Task Concurrent_writers_share_commits_and_lose_nothing()
    {
        using var vault = new TestVault();
        await using SecretsManager manager = await vault.CreateWithAsync("seed");
        long before = manager.Revision;
        await Parallel.ForEachAsync(Enumerable.Range(0, 400), new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (i, _) => await manager.SetAsync($"k{i}", $"v{i}"));
        Assert.Equal(401, (await manager.NamesAsync()).Count);
        Assert.InRange(manager.Revision - before, 1, 399);
        await using SecretsManager reopened = await vault.OpenAsync();
        for (int i = 0; i < 400; i++)
            Assert.Equal($"v{i}", await reopened.TextAsync($"k{i}"));
    }

    [Fact]
    public async Task Synchronous_and_asynchronous_writers_mix()
    {
        using var vault = new TestVault();
        await using SecretsManager manager = await vault.CreateAsync();
        Task[] tasks = [.. Enumerable.Range(0, 16).Select(i => Task.Run(async () =>
        {
            using SecretValue value = SecretValue.FromBytes([(byte)i]);
            for (int n = 0; n < 10; n++)
            {
                if (i % 2 == 0)
                    manager.Set($"s{i}", value);
                else
                    await manager.SetAsync($"s{i}", value);
            }
        }))];
        await Task.WhenAll(tasks);
        Assert.All(await Task.WhenAll(Enumerable.Range(0, 16).Select(i => manager.GetMetadataAsync($"s{i}").AsTask())), metadata => Assert.Equal(10, metadata!.Version));
    }

    [Fact]
    public async Task One_failing_write_leaves_the_others_of_its_commit_alone()
    {
        using var vault = new TestVault();
        await using SecretsManager manager = await vault.CreateWithAsync("a");
        Task<SecretMetadata>[] tasks = [.. Enumerable.Range(0, 50).Select(i => manager.SetAsync(i % 5 == 0 ? "a" : $"k{i}", "x", new SetOptions { Condition = WriteCondition.Absent }))];
        await Task.WhenAll(tasks).ContinueWith(_ => { }, TestContext.Current.CancellationToken, TaskContinuationOptions.None, TaskScheduler.Default);
        Assert.Equal(10, tasks.Count(task => task.Exception?.InnerException is SecretConflictException));
        Assert.Equal(41, (await manager.NamesAsync()).Count);
    }

    [Fact]
    public async Task Two_managers_see_each_others_writes_at_once_and_count_correctly()
    {
        using var vault = new TestVault();
        await using SecretsManager one = await vault.CreateWithAsync("counter");
        await using SecretsManager two = await vault.OpenAsync();
        for (int i = 0; i < 50; i++)
        {
            await one.SetAsync("a", $"one {i}");
            Assert.Equal($"one {i}", await two.TextAsync("a"));
            await two.SetAsync("a", $"two {i}");
            Assert.Equal($"two {i}", await one.TextAsync("a"));
        }

        await one.SetAsync("counter", "0");
        await Task.WhenAll(new[] { one, two, one, two }.Select(manager => Task.Run(() => CountAsync(manager, 50))));
        Assert.Equal("200", await one.TextAsync("counter"));
        Assert.True((await two.VerifyAsync()).IsIntact);
    }

    [Fact]
    public async Task Changes_of_this_and_another_manager_are_told_within_250_ms()
    {
        using var vault = new TestVault();
        await using SecretsManager one = await vault.CreateWithAsync("a", "b");
        await using SecretsManager two = await vault.OpenAsync();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        IAsyncEnumerator<SecretChange> changes = two.WatchAsync(stop.Token).GetAsyncEnumerator(stop.Token);
        Task<bool> next = changes.MoveNextAsync().AsTask();
        await Task.Delay(50, stop.Token);
        long start = Stopwatch.GetTimestamp();
        await one.SetAsync("a", "changed");
        Assert.True(await next.WaitAsync(TimeSpan.FromSeconds(5), stop.Token));
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(1), "The change was told late.");
        Assert.Equal(("a", SecretChangeKind.Set, 2L), (changes.Current.Name.ToString(), changes.Current.Kind, changes.Current.Version));
        next = changes.MoveNextAsync().AsTask();
        await two.DeleteAsync("b", ct: stop.Token);
        Assert.True(await next.WaitAsync(TimeSpan.FromSeconds(5), stop.Token));
        Assert.Equal(("b", SecretChangeKind.Removed), (changes.Current.Name.ToString(), changes.Current.Kind));
        next = changes.MoveNextAsync().AsTask();
        await one.UpdateMetadataAsync("a", new MetadataChange { Description = "d" }, ct: stop.Token);
        Assert.True(await next.WaitAsync(TimeSpan.FromSeconds(5), stop.Token));
        Assert.Equal(SecretChangeKind.Metadata, changes.Current.Kind);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await changes.MoveNextAsync());
        await changes.DisposeAsync();
    }

    [Fact]
    public async Task A_rekey_goes_on_under_readers_and_writers_here_and_elsewhere()
    {
        using var vault = new TestVault();
        await using SecretsManager one = await vault.CreateAsync();
        for (int i = 0; i < 300; i++)
            await one.SetAsync($"k{i % 100}", $"v{i}");
        await using SecretsManager two = await vault.OpenAsync();
        using var stop = new CancellationTokenSource();
        Task[] load =
        [
            .. new[] { one, two }.Select(manager => Task.Run(async () =>
            {
                for (int i = 0; !stop.IsCancellationRequested; i++)
                    Assert.StartsWith("v", await manager.TextAsync($"k{i % 100}"));
            })),
            Task.Run(async () =>
            {
                for (int i = 0; !stop.IsCancellationRequested; i++)
                    await two.SetAsync($"k{i % 100}", $"v new {i}");
            }),
        ];
        for (int i = 0; i < 3; i++)
        {
            RekeyReport report = await one.RekeyAsync(ct: TestContext.Current.CancellationToken);
            Assert.Equal(i + 2, report.Generation);
            Assert.Empty(report.Dropped);
        }

        await stop.CancelAsync();
        await Task.WhenAll(load);
        Assert.True((await two.VerifyAsync()).IsIntact);
        Assert.False((await two.StatusAsync(TestContext.Current.CancellationToken)).RekeyRunning);
    }

    private static async Task CountAsync(SecretsManager manager, int times)
    {
        for (int i = 0; i < times;)
        {
            using SecretData data = await manager.GetAsync("counter");
            int value = int.Parse(data.Value.DangerousRevealString());
            try
            {
                await manager.SetAsync("counter", (value + 1).ToString(), new SetOptions { Condition = WriteCondition.Version(data.Metadata.Version) });
                i++;
            }
            catch (SecretConflictException)
            {
                // Somebody else was first: read again.
            }
        }
    }
}
