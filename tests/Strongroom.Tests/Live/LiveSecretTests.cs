using Strongroom.Audit;
using Strongroom.Testing;
using Strongroom.Tests.Vault;

namespace Strongroom.Tests.Live;

/// <summary>A live secret follows its vault, keeps what it was lent, and lets go of nothing too early.</summary>
public sealed class LiveSecretTests : IDisposable
{
    private readonly TestVault _vault = new();

    public void Dispose() => _vault.Dispose();

    [Fact]
    public async Task It_follows_this_manager_and_another_one()
    {
        await using SecretsManager manager = await _vault.CreateWithAsync("broker/binance");
        await using SecretsManager other = await _vault.OpenAsync();
        using LiveSecret live = manager.Live("broker/binance");

        Assert.Equal("value of broker/binance", Text(live));
        await manager.SetAsync("broker/binance", "second");
        await Until(() => Text(live) == "second");
        await other.RotateAsync("broker/binance", "third");
        await Until(() => Text(live) == "third");

        Assert.Equal(3, live.Version);
        Assert.Equal([3], live.VersionsInUse);
        Assert.Null(live.Trouble);
        Assert.Equal("broker/binance v3 ***", live.ToString());
    }

    [Fact]
    public async Task It_looks_when_asked_and_says_whether_it_has_the_newest()
    {
        await using SecretsManager manager = await _vault.CreateWithAsync("broker/binance");
        await using SecretsManager other = await _vault.OpenAsync();
        using LiveSecret live = manager.Live("broker/binance");
        for (int i = 0; i < 20; i++)
        {
            await other.SetAsync("broker/binance", $"{i}");
            Assert.True(i % 2 == 0 ? live.Refresh() : await live.RefreshAsync(TestContext.Current.CancellationToken));
            Assert.Equal($"{i}", Text(live));
        }

        await other.DeleteAsync("broker/binance", ct: TestContext.Current.CancellationToken);
        Assert.False(live.Refresh());
        Assert.Throws<SecretNotFoundException>(() => live.Acquire());
    }

    [Fact]
    public async Task An_object_that_is_held_over_an_await_outlives_the_exchange()
    {
        await using SecretsManager manager = await _vault.CreateWithAsync("broker/binance");
        using LiveSecret<SecretValue> live = manager.Live("broker/binance", static data => SecretValue.FromBytes(data.Value.Span));
        SecretHold<SecretValue> held = live.Hold();

        await manager.SetAsync("broker/binance", "second");
        await Until(() => live.Version == 2);
        Assert.Equal("value of broker/binance", held.Value.DangerousRevealString());
        Assert.Equal([1, 2], live.VersionsInUse);
        SecretValue value = held.Value;
        held.Dispose();
        held.Dispose();

        Assert.Throws<ObjectDisposedException>(() => value.DangerousRevealString());
        Assert.Equal([2], live.VersionsInUse);
        using SecretHold<SecretValue> next = live.Hold();
        Assert.Equal((2, "***"), (next.Version, next.ToString()));
    }

    [Fact]
    public async Task A_field_and_all_fields()
    {
        await using SecretsManager manager = await _vault.CreateAsync();
        using var key = new ApiKey("the key"u8, "the secret"u8);
        await new SecretsHelper(manager).StoreApiKeyAsync("broker", key, ct: TestContext.Current.CancellationToken);

        using LiveSecret secret = manager.Live("broker", "secret"), all = manager.Live("broker");

        Assert.Equal("the secret", Text(secret));
        using SecretLease lease = all.Acquire();
        Assert.True(lease.TryGetField("key", out ReadOnlySpan<byte> bytes));
        Assert.Equal("the key"u8, bytes);
        Assert.Equal("broker#secret v1 ***", secret.ToString());
        Assert.Equal("SR1104", Assert.Throws<SecretNotFoundException>(() => manager.Live("broker", "password")).Code);
    }

    [Fact]
    public async Task What_is_held_stays_until_the_last_holder_lets_go()
    {
        await using SecretsManager manager = await _vault.CreateWithAsync("a");
        SecretValue? first = null;
        using LiveSecret<SecretValue> live = manager.Live("a", data => Copy(data, ref first));

        await HoldAcrossChange();

        Assert.Throws<ObjectDisposedException>(() => first!.Span.Length);
        Assert.Equal([2], live.VersionsInUse);

        // A lease can't be held over an await, so the waiting is done by blocking this thread of its own.
        Task HoldAcrossChange() => Task.Run(() =>
        {
            using SecretLease<SecretValue> one = live.Acquire();
            using (SecretLease<SecretValue> two = live.Acquire())
            {
                manager.Set("a", SecretValue.FromBytes("new"u8));
                Assert.True(SpinWait.SpinUntil(() => live.Version == 2, TimeSpan.FromSeconds(30)));
                Assert.Equal("value of a"u8, two.Value.Span);
            }

            Assert.Equal([1, 2], live.VersionsInUse);
            Assert.Equal("value of a"u8, one.Value.Span);
            Assert.Equal(1, one.Version);
            one.Dispose();
        });
    }

    [Fact]
    public async Task A_missing_secret_is_refused_and_a_deleted_one_too_until_it_is_back()
    {
        await using SecretsManager manager = await _vault.CreateWithAsync("a");
        Assert.Equal("SR1417", Assert.Throws<SecretNotFoundException>(() => manager.Live("b")).Code);
        using LiveSecret live = manager.Live("a");

        await manager.DeleteAsync("a", ct: TestContext.Current.CancellationToken);
        await Until(() => Refusal(live) == "SR1418");
        Assert.Equal(0, live.Version);
        Assert.Equal("SR1418", live.Trouble!.Code);
        await manager.RestoreAsync("a", ct: TestContext.Current.CancellationToken);
        await Until(() => Refusal(live) is null);

        Assert.Equal("value of a", Text(live));
    }

    [Fact]
    public async Task An_expired_secret_is_refused_at_its_time_when_the_policy_says_so()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(60));
        _vault.Options = _vault.Options with { Time = time, Expiry = ExpiryPolicy.Refuse };
        await using SecretsManager manager = await _vault.CreateAsync();
        await manager.SetAsync("a", "value", new SetOptions { ExpiresAt = time.GetUtcNow().AddMinutes(5) });
        using LiveSecret live = manager.Live("a");
        Assert.Equal("value", Text(live));

        await Until(() =>
        {
            time.Advance(TimeSpan.FromMinutes(1));
            return Refusal(live) == "SR1428";
        });
        await manager.UpdateMetadataAsync("a", new MetadataChange { ClearExpiry = true }, ct: TestContext.Current.CancellationToken);

        // The timer of the change feed is of the fake clock too.
        await Until(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return Refusal(live) is null;
        });
    }

    [Fact]
    public async Task A_value_that_can_not_be_built_leaves_the_one_before_in_use()
    {
        await using SecretsManager manager = await _vault.CreateAsync();
        await manager.SetAsync("port", "443");
        using LiveSecret<string> live = manager.Live("port", data => int.Parse(data.Value.DangerousRevealString(), null).ToString(provider: null));

        await manager.SetAsync("port", "sentinel-4711");
        await Until(() => live.Trouble is not null);

        Assert.Equal("SR1121", live.Trouble!.Code);
        Assert.DoesNotContain("sentinel", live.Trouble.ToString(), StringComparison.Ordinal);
        Assert.Equal("443", Built(live));
        await manager.SetAsync("port", "8443");
        await Until(() => Built(live) == "8443");
        Assert.Null(live.Trouble);
    }

    [Fact]
    public async Task Listeners_are_told_and_a_bad_one_harms_nobody()
    {
        await using SecretsManager manager = await _vault.CreateWithAsync("a");
        using LiveSecret live = manager.Live("a");
        int told = 0, ended = 0;
        using IDisposable bad = live.OnChange(static () => throw new InvalidOperationException("bad"));
        using IDisposable good = live.OnChange(() => Interlocked.Increment(ref told));
        live.OnChange(() => Interlocked.Increment(ref ended)).Dispose();

        await manager.SetAsync("a", "2");
        await Until(() => Volatile.Read(ref told) == 1);
        await Until(() => live.Trouble is not null);

        Assert.Equal("SR1120", live.Trouble!.Code);
        Assert.Equal(0, ended);
        // Looking again finds nothing new, so nobody is told a second time.
        Assert.True(await live.RefreshAsync(TestContext.Current.CancellationToken));
        Assert.True(live.Refresh());
        Assert.Equal(1, told);
        await manager.SetAsync("a", "3");
        await Until(() => Volatile.Read(ref told) == 2);
    }

    // A listener sends a request that is refused, or opens a connection that is: either looks at the vault.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_listener_may_look_at_the_vault_itself(bool asked)
    {
        await using SecretsManager manager = await _vault.CreateWithAsync("a");
        using LiveSecret live = manager.Live("a");
        int told = 0, inside = 0, overlaps = 0;
        using IDisposable bad = live.OnChange(static () => throw new InvalidOperationException("bad"));
        using IDisposable looks = live.OnChange(() =>
        {
            if (Interlocked.Increment(ref inside) != 1)
                Interlocked.Increment(ref overlaps);
            if (told == 0)
                manager.Set("a", SecretValue.FromBytes("3"u8));
            live.Refresh();
            Task.Run(async () => await live.RefreshAsync(TestContext.Current.CancellationToken)).Wait(TestContext.Current.CancellationToken);
            Interlocked.Decrement(ref inside);
            Interlocked.Increment(ref told);
        });

        await manager.SetAsync("a", "2");
        if (asked)
            await Task.Run(live.Refresh).WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        await Until(() => Volatile.Read(ref told) >= 2 && Text(live) == "3");

        Assert.Equal(0, overlaps);
        looks.Dispose();
        bad.Dispose();
        await manager.SetAsync("a", "4");
        await Until(() => Text(live) == "4" && live.Trouble is null);
    }

    [Fact]
    public async Task An_unreachable_store_leaves_the_value_and_the_next_success_brings_the_newest()
    {
        var memory = new InMemoryBackend();
        var faults = new FaultingBackend(memory);
        _vault.Options = _vault.Options with { Path = null, Backend = faults.Backend, Audit = new AuditOptions { Enabled = false } };
        await using SecretsManager manager = await _vault.CreateAsync();
        await using SecretsManager writer = await SecretsManager.OpenAsync(_vault.Options with { Backend = memory.OpenAnother(), StateDirectory = Path.Combine(_vault.Folder, "other") }, _vault.Unlock, TestContext.Current.CancellationToken);
        await writer.SetAsync("a", "1");
        using LiveSecret live = await manager.LiveAsync("a", ct: TestContext.Current.CancellationToken);

        faults.Next(BackendCall.Read, [.. Enumerable.Repeat(Fault.Unavailable(), 1000)]);
        await writer.SetAsync("a", "2");
        await Until(() => faults.Left(BackendCall.Read) < 999);
        Assert.Equal("1", Text(live));
        faults.Clear();

        await Until(() => Text(live) == "2");
    }

    [Fact]
    public async Task The_end_of_the_manager_ends_it()
    {
        SecretsManager manager = await _vault.CreateWithAsync("a");
        LiveSecret live = manager.Live("a");
        SecretValue? held = null;
        LiveSecret<SecretValue> copy = manager.Live("a", data => Copy(data, ref held));

        await manager.DisposeAsync();

        Assert.Throws<ObjectDisposedException>(() => Text(live));
        Assert.Throws<ObjectDisposedException>(() => held!.Span.Length);
        Assert.Throws<ObjectDisposedException>(() => copy.Acquire().Dispose());
        live.Dispose();
        Assert.Throws<ObjectDisposedException>(() => manager.Live("a"));
    }

    [Fact]
    public async Task Acquiring_allocates_nothing()
    {
        await using SecretsManager manager = await _vault.CreateWithAsync("a");
        using LiveSecret live = manager.Live("a");
        long sum = 0;
        for (int i = 0; i < 1000; i++)
            sum += Length(live);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100_000; i++)
            sum += Length(live);

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal(101_000L * "value of a".Length, sum);
    }

    private static int Length(LiveSecret live)
    {
        using SecretLease lease = live.Acquire();
        return lease.Span.Length;
    }

    private static SecretValue Copy(SecretData data, ref SecretValue? first)
    {
        SecretValue copy = SecretValue.FromBytes(data.Value.Span);
        first ??= copy;
        return copy;
    }

    private static string Text(LiveSecret live)
    {
        using SecretLease lease = live.Acquire();
        return System.Text.Encoding.ASCII.GetString(lease.Span);
    }

    private static string Built(LiveSecret<string> live)
    {
        using SecretLease<string> lease = live.Acquire();
        return lease.Value;
    }

    private static string? Refusal(LiveSecret live)
    {
        try
        {
            using SecretLease lease = live.Acquire();
            return null;
        }
        catch (StrongroomException error)
        {
            return error.Code;
        }
    }

    private static async Task Until(Func<bool> holds)
    {
        for (int i = 0; i < 3000; i++)
        {
            if (holds())
                return;
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        Assert.Fail("It did not happen within 30 seconds.");
    }
}
