using Microsoft.Extensions.Time.Testing;

namespace Strongroom.Tests.Vault;

public sealed class SecretsManagerTests
{
    [Fact]
    public async Task What_is_set_is_read_by_this_and_a_later_process()
    {
        using var vault = new TestVault();
        await using (SecretsManager manager = await vault.CreateAsync())
        {
            SecretMetadata metadata = await manager.SetAsync("broker/binance", "secret", new SetOptions
            {
                Type = SecretType.ApiKey, Description = "spot", Tags = new Dictionary<string, string> { ["env"] = "live" }, ExpiresAt = DateTimeOffset.Parse("2100-01-01Z"),
            });
            Assert.Equal(1, metadata.Version);
            Assert.Equal("secret", await manager.TextAsync("broker/binance"));
        }

        await using SecretsManager reopened = await vault.OpenAsync();
        using SecretData data = reopened.Get("broker/binance");
        Assert.Equal("secret", data.Value.DangerousRevealString());
        Assert.Equal((SecretType.ApiKey, "spot", "live"), (data.Metadata.SecretType, data.Metadata.Description, data.Metadata.Tags["env"]));
        Assert.Equal(DateTimeOffset.Parse("2100-01-01Z"), data.Metadata.ExpiresAt);
        Assert.True((await reopened.VerifyAsync(ct: TestContext.Current.CancellationToken)).IsIntact);
    }

    [Fact]
    public void Synchronous_ways_do_the_same()
    {
        using var vault = new TestVault();
        using (SecretsManager manager = SecretsManager.Create(vault.Options, vault.Unlock))
        {
            using SecretValue value = SecretValue.FromBytes([0, 1, 255]);
            Assert.Equal(1, manager.Set("a", value).Version);
        }

        using SecretsManager reopened = SecretsManager.Open(vault.Options, vault.Unlock);
        using SecretData data = reopened.Get("a");
        Assert.Equal([0, 1, 255], data.Value.Span.ToArray());
        Assert.Null(reopened.TryGet("b"));
        Assert.Throws<SecretNotFoundException>(() => reopened.Get("b"));
    }

    [Fact]
    public async Task Conditions_hold_or_conflict_and_change_nothing()
    {
        using var vault = new TestVault();
        await using SecretsManager manager = await vault.CreateWithAsync("a");
        await Assert.ThrowsAsync<SecretConflictException>(() => manager.SetAsync("a", "x", new SetOptions { Condition = WriteCondition.Absent }));
        await Assert.ThrowsAsync<SecretConflictException>(() => manager.SetAsync("a", "x", new SetOptions { Condition = WriteCondition.Version(2) }));
        await Assert.ThrowsAsync<SecretConflictException>(() => manager.SetAsync("b", "x", new SetOptions { Condition = new WriteCondition { IfPresent = true } }));
        await Assert.ThrowsAsync<SecretConflictException>(() => manager.SetAsync("b", "x", new SetOptions { Condition = WriteCondition.Version(1) }));
        long revision = manager.Revision;
        Assert.Equal("value of a", await manager.TextAsync("a"));
        await manager.SetAsync("a", "y", new SetOptions { Condition = WriteCondition.Version(1) });
        await manager.SetAsync("b", "z", new SetOptions { Condition = WriteCondition.Absent });
        Assert.Equal(revision + 2, manager.Revision);
    }

    [Fact]
    public async Task A_deleted_secret_can_be_restored_written_anew_and_purged()
    {
        using var vault = new TestVault();
        await using SecretsManager manager = await vault.CreateWithAsync("a", "b");
        CancellationToken ct = TestContext.Current.CancellationToken;
        Assert.True(await manager.DeleteAsync("a", ct: ct));
        Assert.False(await manager.DeleteAsync("a", ct: ct));
        Assert.False(await manager.ExistsAsync("a", ct));
        Assert.Equal("SR1418", (await Assert.ThrowsAsync<SecretNotFoundException>(() => manager.TextAsync("a"))).Code);
        Assert.Equal(["b"], await manager.NamesAsync());
        Assert.Equal(["a", "b"], await manager.NamesAsync(new SecretQuery { IncludeDeleted = true }));
        Assert.True(await manager.RestoreAsync("a", ct: ct));
        Assert.Equal("value of a", await manager.TextAsync("a"));
        await manager.DeleteAsync("a", ct: ct);
        Assert.Equal(2, (await manager.SetAsync("a", "again", new SetOptions { Condition = WriteCondition.Absent })).Version);
        Assert.True(await manager.PurgeAsync("a", ct: ct));
        Assert.False(await manager.PurgeAsync("a", ct: ct));
        Assert.Null(await manager.GetMetadataAsync("a", ct));
        Assert.Equal(1, (await manager.SetAsync("a", "new")).Version);
        Assert.True((await manager.VerifyAsync(ct: ct)).IsIntact);
    }

    [Fact]
    public async Task Versions_are_kept_as_many_as_the_options_say()
    {
        using var vault = new TestVault();
        vault.Options = vault.Options with { KeepVersions = 3 };
        await using SecretsManager manager = await vault.CreateAsync();
        for (int i = 1; i <= 6; i++)
            await manager.SetAsync("a", $"v{i}");
        Assert.Equal([6L, 5, 4, 3], (await manager.HistoryAsync("a", TestContext.Current.CancellationToken)).Select(version => version.Version));
        Assert.Equal("v4", await manager.TextAsync("a", 4));
        Assert.Equal("v6", await manager.TextAsync("a", 6));
        Assert.Equal("SR1413", (await Assert.ThrowsAsync<SecretNotFoundException>(() => manager.TextAsync("a", 2))).Code);
        Assert.Equal(7, (await manager.RollbackAsync("a", 3, ct: TestContext.Current.CancellationToken)).Version);
        Assert.Equal("v3", await manager.TextAsync("a"));
        Assert.True((await manager.VerifyAsync(ct: TestContext.Current.CancellationToken)).IsIntact);
    }

    [Fact]
    public async Task Without_versions_nothing_old_is_kept()
    {
        using var vault = new TestVault();
        vault.Options = vault.Options with { KeepVersions = 0 };
        await using SecretsManager manager = await vault.CreateWithAsync("a");
        await manager.SetAsync("a", "second");
        Assert.Single(await manager.HistoryAsync("a", TestContext.Current.CancellationToken));
        Assert.True((await manager.VerifyAsync(ct: TestContext.Current.CancellationToken)).IsIntact);
    }

    [Fact]
    public async Task A_rotation_counts_and_leaves_the_version_before_readable_for_its_grace()
    {
        using var vault = new TestVault();
        var time = new FakeTimeProvider(DateTimeOffset.Parse("2026-11-23T09:00:00Z"));
        vault.Options = vault.Options with { Time = time };
        await using SecretsManager manager = await vault.CreateAsync();
        await manager.SetAsync("fix/cme", "old", new SetOptions { ExpiresAt = time.GetUtcNow().AddDays(30) });
        time.Advance(TimeSpan.FromDays(10));
        SecretMetadata rotated = await manager.RotateAsync("fix/cme", "new", new RotateOptions { Grace = TimeSpan.FromHours(1) });
        Assert.Equal((2, 1), (rotated.Version, rotated.RotationCount));
        Assert.Equal(time.GetUtcNow().AddDays(30), rotated.ExpiresAt);
        Assert.Equal("old", await manager.TextAsync("fix/cme", 1));
        time.Advance(TimeSpan.FromHours(1));
        await Assert.ThrowsAsync<SecretExpiredException>(() => manager.TextAsync("fix/cme", 1));
        Assert.Equal("new", await manager.TextAsync("fix/cme"));
    }

    [Fact]
    public async Task An_expired_secret_is_refused_when_the_policy_says_so()
    {
        using var vault = new TestVault();
        var time = new FakeTimeProvider(DateTimeOffset.Parse("2026-11-23T09:00:00Z"));
        vault.Options = vault.Options with { Time = time, Expiry = ExpiryPolicy.Refuse };
        await using SecretsManager manager = await vault.CreateAsync();
        await manager.SetAsync("a", "v", new SetOptions { ExpiresAt = time.GetUtcNow().AddMinutes(1) });
        Assert.Equal("v", await manager.TextAsync("a"));
        time.Advance(TimeSpan.FromMinutes(1));
        await Assert.ThrowsAsync<SecretExpiredException>(() => manager.TextAsync("a"));
        await manager.UpdateMetadataAsync("a", new MetadataChange { ClearExpiry = true }, ct: TestContext.Current.CancellationToken);
        Assert.Equal("v", await manager.TextAsync("a"));
    }

    [Fact]
    public async Task A_batch_is_all_or_nothing()
    {
        using var vault = new TestVault();
        await using SecretsManager manager = await vault.CreateWithAsync("a", "b");
        CancellationToken ct = TestContext.Current.CancellationToken;
        using SecretValue value = SecretValue.DangerousFromString("new");
        long revision = manager.Revision;
        await Assert.ThrowsAsync<SecretConflictException>(async () => await manager.CommitAsync(new SecretBatch().Set("a", value).Set("c", value).Purge("b").Delete("missing"), ct));
        Assert.Equal("value of a", await manager.TextAsync("a"));
        Assert.Equal(["a", "b"], await manager.NamesAsync());
        Assert.Equal(revision, manager.Revision);
        await manager.CommitAsync(new SecretBatch().Set("a", value).Set("a", value).Set("c", value).Purge("b"), ct);
        Assert.Equal(["a", "c"], await manager.NamesAsync());
        Assert.Equal(3, (await manager.GetMetadataAsync("a", ct))!.Version);
        Assert.Equal(revision + 1, manager.Revision);
        Assert.True((await manager.VerifyAsync(ct: ct)).IsIntact);
    }

    [Fact]
    public async Task Lists_are_filtered_sorted_and_paged_without_opening_values()
    {
        using var vault = new TestVault();
        await using SecretsManager manager = await vault.CreateAsync();
        for (int i = 0; i < 25; i++)
        {
            await manager.SetAsync($"p/{(char)('a' + i)}", "x", new SetOptions
            {
                Type = i % 2 == 0 ? SecretType.Password : SecretType.Token,
                Tags = new Dictionary<string, string> { ["n"] = i.ToString(), ["all"] = "" },
                ExpiresAt = i < 5 ? DateTimeOffset.UtcNow.AddDays(i + 1) : null,
            });
        }

        await manager.SetAsync("q", "x");
        Assert.Equal(25, (await manager.NamesAsync(new SecretQuery { Prefix = "p/" })).Count);
        Assert.Equal(["p/c"], await manager.NamesAsync(new SecretQuery { Tags = new Dictionary<string, string?> { ["n"] = "2" } }));
        Assert.Equal(25, (await manager.NamesAsync(new SecretQuery { Tags = new Dictionary<string, string?> { ["all"] = null } })).Count);
        Assert.Equal(13, (await manager.NamesAsync(new SecretQuery { Type = SecretType.Password })).Count);
        Assert.Equal(["p/a", "p/b"], await manager.NamesAsync(new SecretQuery { ExpiringWithin = TimeSpan.FromDays(2.5) }));
        var paged = new List<string>();
        SecretName? after = null;
        while (await manager.NamesAsync(new SecretQuery { Prefix = "p", Limit = 7, After = after }) is { Count: > 0 } page)
        {
            Assert.True(page.Count <= 7);
            paged.AddRange(page);
            after = page[^1];
        }

        Assert.Equal(Enumerable.Range(0, 25).Select(i => $"p/{(char)('a' + i)}"), paged);
        Assert.Null((await manager.GetMetadataAsync("p/a", TestContext.Current.CancellationToken))!.LastAccessed);
    }

    [Fact]
    public async Task Access_times_are_folded_into_the_file_by_the_next_write_once_a_day()
    {
        using var vault = new TestVault();
        var time = new FakeTimeProvider(DateTimeOffset.Parse("2026-11-23T09:00:00Z"));
        vault.Options = vault.Options with { Time = time };
        await using (SecretsManager manager = await vault.CreateWithAsync("a", "b"))
        {
            byte[] before = await File.ReadAllBytesAsync(vault.VaultPath, TestContext.Current.CancellationToken);
            time.Advance(TimeSpan.FromMinutes(1));
            await manager.TextAsync("a");
            Assert.Equal(before, await File.ReadAllBytesAsync(vault.VaultPath, TestContext.Current.CancellationToken));
            Assert.Equal(time.GetUtcNow(), (await manager.GetMetadataAsync("a", TestContext.Current.CancellationToken))!.LastAccessed);
            await manager.SetAsync("b", "x");
        }

        await using SecretsManager reopened = await vault.OpenAsync();
        Assert.Equal(DateTimeOffset.Parse("2026-11-23T09:01:00Z"), (await reopened.GetMetadataAsync("a", TestContext.Current.CancellationToken))!.LastAccessed);
        Assert.Equal(1, (await reopened.GetMetadataAsync("a", TestContext.Current.CancellationToken))!.Version);
    }

    [Fact]
    public async Task A_read_of_another_process_is_known_from_the_audit_log()
    {
        using var vault = new TestVault();
        await using (SecretsManager manager = await vault.CreateWithAsync("a"))
            await manager.TextAsync("a");
        await using SecretsManager reopened = await vault.OpenAsync();
        Assert.NotNull((await reopened.GetMetadataAsync("a", TestContext.Current.CancellationToken))!.LastAccessed);
    }

    [Fact]
    public async Task Values_of_all_shapes_survive()
    {
        using var vault = new TestVault();
        await using SecretsManager manager = await vault.CreateAsync();
        byte[] all = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];
        byte[] large = new byte[vault.Options.MaxValueBytes];
        Random.Shared.NextBytes(large);
        foreach (byte[] bytes in new[] { [], all, large, new byte[59], new byte[60] })
        {
            using SecretValue value = SecretValue.FromBytes(bytes);
            await manager.SetAsync("v", value, ct: TestContext.Current.CancellationToken);
            using SecretData data = manager.Get("v");
            Assert.Equal(bytes, data.Value.Span.ToArray());
        }

        using SecretValue fields = SecretValue.FromFields([new("b", SecretValue.FromBytes(all)), new("a", SecretValue.FromBytes([]))]);
        await manager.SetAsync("f", fields, ct: TestContext.Current.CancellationToken);
        using SecretData read = manager.Get("f");
        Assert.Equal(["a", "b"], read.Value.FieldNames);
        Assert.True(read.Value.TryGetField("b", out ReadOnlySpan<byte> field));
        Assert.Equal(all, field.ToArray());
        using SecretValue tooLarge = SecretValue.FromBytes(new byte[vault.Options.MaxValueBytes + 1]);
        await Assert.ThrowsAsync<VaultLimitException>(async () => await manager.SetAsync("v", tooLarge, ct: TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_cancelled_call_does_nothing()
    {
        using var vault = new TestVault();
        await using SecretsManager manager = await vault.CreateWithAsync("a");
        using SecretValue value = SecretValue.FromBytes([1]);
        var cancelled = new CancellationToken(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await manager.SetAsync("b", value, ct: cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await manager.GetAsync("a", ct: cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await SecretsManager.OpenAsync(vault.Options, vault.Unlock, cancelled));
        Assert.Equal(["a"], await manager.NamesAsync());
    }

    [Fact]
    public async Task After_dispose_everything_is_refused()
    {
        using var vault = new TestVault();
        SecretsManager manager = await vault.CreateWithAsync("a");
        SecretData data = manager.Get("a");
        await manager.DisposeAsync();
        manager.Dispose();
        Assert.Equal("value of a", data.Value.DangerousRevealString());
        data.Dispose();
        Assert.Throws<ObjectDisposedException>(() => data.Value.Span.Length);
        Assert.Throws<ObjectDisposedException>(() => manager.Get("a"));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => manager.SetAsync("a", "x"));
    }
}
