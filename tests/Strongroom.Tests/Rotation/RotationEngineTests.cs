using Strongroom.Rotation;
using Strongroom.Tests.Vault;

namespace Strongroom.Tests.Rotations;

public sealed class RotationEngineTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_schedule_rotates_and_the_old_value_lives_until_the_deadline()
    {
        await using RotationFixture fixture = await RotationFixture.CreateAsync();
        await fixture.SetAsync("app/key", "first value", ("with", "generated"), ("every", "30d"), ("deadline", "1d"), ("length", "48"));
        using RotationEngine engine = fixture.Engine();

        Assert.Empty(await engine.RunDueAsync(Ct));
        Assert.Equal(fixture.Time.GetUtcNow() + TimeSpan.FromDays(30), (await RotationFixture.PlanAsync(engine, "app/key")).DueAt);
        fixture.Time.Advance(TimeSpan.FromDays(30));
        RotationResult result = Assert.Single(await engine.RunDueAsync(Ct));

        Assert.Equal((RotationResultKind.Promoted, 2), (result.Kind, result.Version));
        Assert.Equal(48, (await fixture.Vault.TextAsync("app/key")).Length);
        Assert.Equal("first value", await fixture.Vault.TextAsync("app/key", 1));
        Assert.Equal(RotationState.Draining, (await RotationFixture.PlanAsync(engine, "app/key")).State);
        fixture.Time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(RotationResultKind.Completed, Assert.Single(await engine.RunDueAsync(Ct)).Kind);
        await Assert.ThrowsAsync<SecretExpiredException>(() => fixture.Vault.TextAsync("app/key", 1));
        Assert.Equal("revoked", (await fixture.Vault.HistoryAsync("app/key", Ct))[1].State);
        Assert.Equal([RotationNoticeKind.Started, RotationNoticeKind.Set, RotationNoticeKind.Verified, RotationNoticeKind.Promoted, RotationNoticeKind.Completed], fixture.Notices.Select(notice => notice.Kind));
        Assert.Equal(("schedule", 1L, 2L), (await engine.HistoryAsync("app/key", Ct)) is [var past] ? (past.Reason, past.FromVersion, past.ToVersion) : default);
        Assert.True((await fixture.Vault.VerifyAsync(ct: Ct)).IsIntact);
    }

    [Fact]
    public async Task The_old_value_is_revoked_when_no_consumer_holds_it_any_more()
    {
        await using RotationFixture fixture = await RotationFixture.CreateAsync();
        await fixture.SetAsync("app/key", "first", ("with", "generated"), ("every", "30d"), ("grace", "1m"));
        using RotationEngine engine = fixture.Engine();
        long here = 1, there = 1;
        await using var one = new RotationConsumer(fixture.Vault, "one", TimeSpan.FromHours(2));
        await using var two = new RotationConsumer(fixture.Vault, "two", TimeSpan.FromHours(1));
        one.Track("app/key", () => here);
        two.Track("app/key", () => there);
        Assert.True(await one.ReportAsync(Ct));
        Assert.False(await one.ReportAsync(Ct));
        await two.ReportAsync(Ct);

        await engine.RotateAsync("app/key", ct: Ct);
        here = 2;
        await one.ReportAsync(Ct);
        fixture.Time.Advance(TimeSpan.FromMinutes(5));
        Assert.Empty(await engine.RunDueAsync(Ct));
        Assert.Equal([("one", 2L), ("two", 1L)], (await engine.ConsumersAsync("app/key", Ct)).Select(report => (report.Program, report.Version)).Order());

        // The second consumer dies with the old value: its report runs out, and it no longer holds anything up.
        fixture.Time.Advance(TimeSpan.FromMinutes(56));
        Assert.Equal(RotationResultKind.Completed, Assert.Single(await engine.RunDueAsync(Ct)).Kind);
        there = 2;
        Assert.True(await two.ReportAsync(Ct));
    }

    [Fact]
    public async Task Live_secrets_report_the_oldest_version_in_use()
    {
        await using RotationFixture fixture = await RotationFixture.CreateAsync();
        await fixture.SetAsync("app/key", "first", ("with", "generated"));
        using RotationEngine engine = fixture.Engine();
        using LiveSecret live = await fixture.Vault.LiveAsync("app/key", ct: Ct);
        await using var consumer = new RotationConsumer(fixture.Vault, "desk");
        consumer.Track(live);
        await consumer.ReportAsync(Ct);
        Assert.Equal(1, Assert.Single(await engine.ConsumersAsync("app/key", Ct)).Version);

        await engine.RotateAsync("app/key", ct: Ct);
        for (int i = 0; live.Version < 2 && i < 100; i++)
            await Task.Delay(20, Ct);
        await consumer.ReportAsync(Ct);

        Assert.Equal(2, Assert.Single(await engine.ConsumersAsync("app/key", Ct)).Version);
    }

    [Fact]
    public async Task Of_several_nodes_one_rotates()
    {
        await using RotationFixture fixture = await RotationFixture.CreateAsync();
        var far = new FarSide("first");
        await fixture.SetAsync("app/key", "first", ("with", "far"), ("every", "1d"));
        fixture.Time.Advance(TimeSpan.FromDays(2));
        RotationEngine[] nodes = [.. Enumerable.Range(0, 6).Select(_ => fixture.Engine(far))];

        RotationResult[] results = [.. (await Task.WhenAll(nodes.Select(node => Task.Run(async () => await node.RunDueAsync(Ct), Ct)))).SelectMany(list => list)];

        Assert.Single(results, result => result.Kind == RotationResultKind.Promoted);
        Assert.All(results, result => Assert.True(result.Kind is RotationResultKind.Promoted or RotationResultKind.Elsewhere, $"{result}"));
        Assert.Equal((1, 2L), (far.Sets, (await fixture.Vault.GetMetadataAsync("app/key", Ct))!.Version));
    }

    [Fact]
    public async Task A_node_that_was_overtaken_while_it_slept_changes_nothing()
    {
        await using RotationFixture fixture = await RotationFixture.CreateAsync();
        var far = new FarSide("first");
        await fixture.SetAsync("app/key", "first", ("with", "far"), ("every", "1d"));
        fixture.Time.Advance(TimeSpan.FromDays(2));
        RotationEngine other = fixture.Engine(far);
        RotationResult? overtaking = null;
        RotationEngine sleeper = fixture.Engine(point =>
        {
            if (point != "seen")
                return;
            fixture.Time.Advance(TimeSpan.FromMinutes(3));
            overtaking = Task.Run(async () => (await other.RunDueAsync(Ct)).Single()).GetAwaiter().GetResult();
        }, far);

        RotationResult slept = (await sleeper.RunDueAsync(Ct)).Single();

        Assert.Equal((RotationResultKind.Promoted, RotationResultKind.Elsewhere), (overtaking!.Kind, slept.Kind));
        Assert.Equal(2, (await fixture.Vault.GetMetadataAsync("app/key", Ct))!.Version);
    }

    [Fact]
    public async Task A_far_side_that_fails_is_tried_again_later_and_later_with_the_same_value()
    {
        await using RotationFixture fixture = await RotationFixture.CreateAsync();
        var far = new FarSide("first") { Before = step => throw new InvalidOperationException($"the secret is in here: {step}") };
        await fixture.SetAsync("app/key", "first", ("with", "far"), ("every", "1d"));
        fixture.Time.Advance(TimeSpan.FromDays(2));
        using RotationEngine engine = fixture.Engine(far);

        RotationResult failed = Assert.Single(await engine.RunDueAsync(Ct));
        Assert.Equal((RotationResultKind.Failed, "SR1809"), (failed.Kind, failed.Error!.Code));
        Assert.DoesNotContain("in here", failed.Error.ToString(), StringComparison.Ordinal);
        Assert.Empty(await engine.RunDueAsync(Ct));
        Assert.Equal(RotationState.BackingOff, (await RotationFixture.PlanAsync(engine, "app/key")).State);
        fixture.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(2, (await engine.RunDueAsync(Ct)).Count + (await RotationFixture.PlanAsync(engine, "app/key")).Attempts - 1);
        using SecretValue? pending = await engine.PendingAsync("app/key", Ct);
        far.Before = null;
        fixture.Time.Advance(TimeSpan.FromSeconds(60));

        Assert.Equal(RotationResultKind.Promoted, Assert.Single(await engine.RunDueAsync(Ct)).Kind);
        Assert.Equal(pending!.DangerousRevealString(), await fixture.Vault.TextAsync("app/key"));
    }

    [Fact]
    public async Task A_value_written_by_hand_meanwhile_wins()
    {
        await using RotationFixture fixture = await RotationFixture.CreateAsync();
        var far = new FarSide("first") { Before = step => throw new IOException() };
        await fixture.SetAsync("app/key", "first", ("with", "far"), ("every", "1d"));
        using RotationEngine engine = fixture.Engine(far);
        await engine.RotateAsync("app/key", ct: Ct);
        await fixture.Vault.SetAsync("app/key", "by hand");

        Assert.Equal(RotationResultKind.Superseded, (await engine.RotateAsync("app/key", ct: Ct)).Kind);
        Assert.Equal("by hand", await fixture.Vault.TextAsync("app/key"));
    }

    [Fact]
    public async Task A_value_made_elsewhere_is_proved_before_it_is_current_and_can_be_given_up()
    {
        await using RotationFixture fixture = await RotationFixture.CreateAsync();
        var far = new FarSide("first") { Before = step => throw new IOException() };
        await fixture.SetAsync("broker/key", "first", ("with", "far"));
        using RotationEngine engine = fixture.Engine(far);
        using var value = SecretValue.FromBytes("from the web page"u8);

        Assert.Equal(RotationResultKind.Failed, (await engine.RotateAsync("broker/key", new RotationRequest { Value = value }, Ct)).Kind);
        Assert.Equal(RotationResultKind.Abandoned, (await engine.AbandonAsync("broker/key", Ct)).Kind);
        Assert.Equal("SR1810", (await Assert.ThrowsAsync<SecretConflictException>(async () => await engine.AbandonAsync("broker/key", Ct))).Code);
        far.Before = null;
        Assert.Equal(RotationResultKind.Completed, (await engine.RotateAsync("broker/key", new RotationRequest { Value = value, Urgent = true, Reason = "laptop lost" }, Ct)).Kind);

        Assert.Equal("from the web page", await fixture.Vault.TextAsync("broker/key"));
        Assert.Equal(["laptop lost", "requested"], (await engine.HistoryAsync("broker/key", Ct)).Select(past => past.Reason));
        Assert.Equal("SR1805", (await engine.RotateAsync("broker/key", new RotationRequest { Value = value }, Ct)).Error!.Code);
    }

    [Fact]
    public async Task Outside_of_its_windows_a_rotation_waits_unless_somebody_asks()
    {
        await using RotationFixture fixture = await RotationFixture.CreateAsync();
        await fixture.SetAsync("app/key", "first", ("with", "generated"), ("every", "1d"), ("window", "Mon-Fri 22:00-06:00; Sat,Sun 00:00-24:00"), ("zone", "America/New_York"));
        fixture.Time.SetUtcNow(new DateTimeOffset(2027, 3, 3, 15, 0, 0, TimeSpan.Zero));
        using RotationEngine engine = fixture.Engine();

        RotationPlan plan = await RotationFixture.PlanAsync(engine, "app/key");
        Assert.Equal((RotationState.Closed, new DateTimeOffset(2027, 3, 4, 3, 0, 0, TimeSpan.Zero)), (plan.State, plan.NextAt));
        Assert.Empty(await engine.RunDueAsync(Ct));
        fixture.Time.SetUtcNow(plan.NextAt!.Value);
        Assert.Equal(RotationResultKind.Promoted, Assert.Single(await engine.RunDueAsync(Ct)).Kind);
        fixture.Time.Advance(TimeSpan.FromHours(12));
        Assert.Equal(RotationResultKind.Promoted, (await engine.RotateAsync("app/key", ct: Ct)).Kind);
    }

    [Fact]
    public async Task A_secret_that_has_expired_is_rotated_and_expires_later()
    {
        await using RotationFixture fixture = await RotationFixture.CreateAsync();
        await fixture.SetAsync("app/key", "first", ("with", "generated"), ("before-expiry", "7d"));
        await fixture.Vault.UpdateMetadataAsync("app/key", new MetadataChange { ExpiresAt = fixture.Time.GetUtcNow() + TimeSpan.FromDays(30) }, ct: Ct);
        using RotationEngine engine = fixture.Engine();

        Assert.Equal(fixture.Time.GetUtcNow() + TimeSpan.FromDays(23), (await RotationFixture.PlanAsync(engine, "app/key")).DueAt);
        fixture.Time.Advance(TimeSpan.FromDays(31));
        RotationPlan late = await RotationFixture.PlanAsync(engine, "app/key");
        Assert.True(late.IsOverdue);
        await engine.RunDueAsync(Ct);

        Assert.Equal(fixture.Time.GetUtcNow() + TimeSpan.FromDays(30), (await fixture.Vault.GetMetadataAsync("app/key", Ct))!.ExpiresAt);
        Assert.Equal("expiry", (await engine.RotateAsync("app/key", new RotationRequest { Urgent = true }, Ct)).Kind == RotationResultKind.Completed ? (await engine.HistoryAsync("app/key", Ct))[^1].Reason : "");
    }

    [Theory]
    [InlineData("every", "soon")]
    [InlineData("every", "0s")]
    [InlineData("window", "Mon-Fry 18:00-07:00")]
    [InlineData("window", "18:00")]
    [InlineData("holidays", "25.12.2027")]
    [InlineData("zone", "Mars/Olympus")]
    [InlineData("deadline", "90d")]
    [InlineData("lenght", "20")]
    [InlineData("cron", "0 25 * * *")]
    public async Task A_policy_that_can_not_be_used_is_named_and_counts_as_overdue(string key, string value)
    {
        await using RotationFixture fixture = await RotationFixture.CreateAsync();
        await fixture.SetAsync("app/key", "first", [("with", "generated"), .. key == "every" ? Array.Empty<(string, string)>() : [("every", "30d")], .. key == "holidays" ? [("window", "Sat 10:00-12:00")] : Array.Empty<(string, string)>(), (key, value)]);
        using RotationEngine engine = fixture.Engine();

        RotationPlan plan = await RotationFixture.PlanAsync(engine, "app/key");

        Assert.Equal((RotationState.Unusable, true), (plan.State, plan.IsOverdue));
        Assert.Contains("rotate." + (key == "holidays" ? "window" : key), plan.Note, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_engine_keeps_is_not_listed_and_no_staged_value_is_left()
    {
        await using RotationFixture fixture = await RotationFixture.CreateAsync();
        await fixture.SetAsync("app/key", "first", ("with", "generated"));
        using RotationEngine engine = fixture.Engine();
        await engine.RotateAsync("app/key", new RotationRequest { Urgent = true }, Ct);

        Assert.Equal(["app/key"], await fixture.Vault.NamesAsync());
        Assert.Equal(["strongroom.rotation/app/key"], await fixture.Vault.NamesAsync(new SecretQuery { Prefix = "strongroom." }));
        Assert.Single(await fixture.Vault.HistoryAsync("strongroom.rotation/app/key", Ct));
        Assert.Equal("", await fixture.Vault.TextAsync("strongroom.rotation/app/key"));
        Assert.Equal("SR1804", (await Assert.ThrowsAsync<VaultConfigurationException>(async () => await engine.RotateAsync("strongroom.rotation/app/key", ct: Ct))).Code);
    }

    [Fact]
    public async Task One_field_is_generated_and_the_others_stay()
    {
        await using RotationFixture fixture = await RotationFixture.CreateAsync();
        using var value = SecretValue.FromFields([new("id", SecretValue.FromBytes("me"u8)), new("secret", SecretValue.FromBytes("old"u8))]);
        await fixture.Vault.SetAsync("app/client", value, new SetOptions { Tags = new Dictionary<string, string> { ["rotate.with"] = "generated", ["rotate.field"] = "secret", ["rotate.kind"] = "hex" } }, Ct);
        using RotationEngine engine = fixture.Engine();

        await engine.RotateAsync("app/client", ct: Ct);

        using SecretData now = await fixture.Vault.GetAsync("app/client", ct: Ct);
        Assert.Equal(("me", 64), (now.Value.DangerousRevealString("id"), now.Value.DangerousRevealString("secret").Length));
    }

    [Theory]
    // The clocks of New York go forward on 14 March 2027 at 02:00 and back on 7 November.
    [InlineData("Sun 02:30-04:00", "2027-03-14T06:00:00Z", "2027-03-14T07:00:00Z")]
    [InlineData("Sun 01:30-04:00", "2027-11-07T04:00:00Z", "2027-11-07T05:30:00Z")]
    [InlineData("Fri 22:00-06:00", "2027-03-06T10:59:00Z", "2027-03-06T10:59:00Z")]
    [InlineData("Fri 22:00-06:00", "2027-03-06T11:00:00Z", "2027-03-13T03:00:00Z")]
    [InlineData("Sat-Mon 10:00-11:00", "2027-03-02T12:00:00Z", "2027-03-06T15:00:00Z")]
    public void The_next_window_is_found_across_nights_weeks_and_changes_of_the_clock(string window, string from, string opens)
    {
        RotationWindows windows = RotationWindows.Parse(window, "", TimeZoneInfo.FindSystemTimeZoneById("America/New_York"));

        Assert.Equal(DateTimeOffset.Parse(opens), windows.NextOpen(DateTimeOffset.Parse(from)));
    }

    [Theory]
    [InlineData("30 6 * * MON-FRI", "2027-03-05T11:29:00Z", "2027-03-05T11:30:00Z")]
    [InlineData("30 6 * * MON-FRI", "2027-03-05T11:30:00Z", "2027-03-08T11:30:00Z")]
    [InlineData("30 2 14 3 *", "2027-01-01T00:00:00Z", "2027-03-14T07:00:00Z")]
    [InlineData("30 1 7 11 *", "2027-11-07T05:30:00Z", "2028-11-07T06:30:00Z")]
    [InlineData("0 0 29 2 *", "2027-01-01T00:00:00Z", "2028-02-29T05:00:00Z")]
    [InlineData("0 12 13 * FRI", "2027-01-01T18:00:00Z", "2027-01-08T17:00:00Z")]
    [InlineData("*/20 9-10,16 * jan,jun 7", "2027-01-03T15:40:00Z", "2027-01-03T21:00:00Z")]
    public void A_cron_expression_gives_its_next_time_in_the_time_zone(string expression, string after, string next)
    {
        Assert.Equal(DateTimeOffset.Parse(next), RotationCron.Parse(expression).Next(DateTimeOffset.Parse(after), TimeZoneInfo.FindSystemTimeZoneById("America/New_York")));
    }

    [Fact]
    public void Holidays_are_open_all_day()
    {
        RotationWindows windows = RotationWindows.Parse("Sat 10:00-11:00", "2027-12-25, 2027-01-01", TimeZoneInfo.Utc);

        Assert.True(windows.IsOpen(new DateTimeOffset(2027, 1, 1, 0, 0, 0, TimeSpan.Zero)));
        Assert.False(windows.IsOpen(new DateTimeOffset(2027, 1, 4, 12, 0, 0, TimeSpan.Zero)));
    }
}
