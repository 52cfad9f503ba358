using Strongroom.Rotation;
using Strongroom.Tests.Vault;

namespace Strongroom.Tests.Rotations;

/// <summary>What others do to a secret while its rotation is under way: people who go back or write by hand, and other nodes.</summary>
public sealed class RotationMeddlingTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Who_goes_back_to_the_old_value_keeps_it_when_the_deadline_passes(bool rollback)
    {
        await using RotationFixture fixture = await RotationFixture.CreateAsync();
        var far = new FarSide("first");
        await fixture.SetAsync("app/key", "first", ("with", "far"), ("every", "30d"), ("deadline", "1h"));
        using RotationEngine engine = fixture.Engine(far);
        Assert.Equal(RotationResultKind.Promoted, (await engine.RotateAsync("app/key", ct: Ct)).Kind);
        if (rollback)
            await fixture.Vault.RollbackAsync("app/key", 1, ct: Ct);
        else
            await fixture.Vault.SetAsync("app/key", "first");

        fixture.Time.Advance(TimeSpan.FromHours(2));
        RotationResult result = Assert.Single(await engine.RunDueAsync(Ct));

        Assert.Equal((RotationResultKind.Superseded, 3L), (result.Kind, result.Version));
        Assert.Contains(await fixture.Vault.TextAsync("app/key"), far.Accepted);
        Assert.Equal(3, Assert.Single(fixture.Notices, notice => notice.Kind == RotationNoticeKind.Superseded).Version);
        Assert.Equal(RotationState.Waiting, (await RotationFixture.PlanAsync(engine, "app/key")).State);
    }

    [Fact]
    public async Task A_rotation_that_is_asked_for_after_going_back_begins_at_once()
    {
        await using RotationFixture fixture = await RotationFixture.CreateAsync();
        var far = new FarSide("first");
        await fixture.SetAsync("app/key", "first", ("with", "far"));
        using RotationEngine engine = fixture.Engine(far);
        await engine.RotateAsync("app/key", ct: Ct);
        await fixture.Vault.RollbackAsync("app/key", 1, ct: Ct);

        Assert.Equal((RotationResultKind.Completed, 4L), await engine.RotateAsync("app/key", new RotationRequest { Urgent = true }, Ct) is var result ? (result.Kind, result.Version) : default);

        Assert.Contains(await fixture.Vault.TextAsync("app/key"), far.Accepted);
        Assert.DoesNotContain("first", far.Accepted);
    }

    [Fact]
    public async Task Another_value_written_while_the_old_one_drains_does_not_save_the_old_one()
    {
        await using RotationFixture fixture = await RotationFixture.CreateAsync();
        var far = new FarSide("first");
        await fixture.SetAsync("app/key", "first", ("with", "far"), ("deadline", "1h"));
        using RotationEngine engine = fixture.Engine(far);
        await engine.RotateAsync("app/key", ct: Ct);
        await fixture.Vault.SetAsync("app/key", "third");

        fixture.Time.Advance(TimeSpan.FromHours(2));

        Assert.Equal((RotationResultKind.Completed, 3L), Assert.Single(await engine.RunDueAsync(Ct)) is var result ? (result.Kind, result.Version) : default);
        Assert.DoesNotContain("first", far.Accepted);
    }

    [Theory]
    [InlineData(false, RotationState.BackingOff)]
    [InlineData(true, RotationState.Waiting)]
    public async Task A_node_whose_plan_is_old_neither_tries_nor_begins_again(bool succeeds, RotationState left)
    {
        await using RotationFixture fixture = await RotationFixture.CreateAsync();
        var far = new FarSide("first");
        await fixture.SetAsync("app/a", "first", ("with", "far"), ("every", "1d"));
        await fixture.SetAsync("app/b", "first", ("with", "far"), ("every", "1d"));
        fixture.Time.Advance(TimeSpan.FromDays(2));
        RotationEngine[] others = [.. Enumerable.Range(0, 4).Select(_ => fixture.Engine(far))];
        int attempts = 0;
        bool first = true;

        // The node has planned both secrets and works on the first; meanwhile the others come to the second.
        far.Before = step =>
        {
            if (first)
            {
                first = false;
                Task.Run(async () =>
                {
                    foreach (RotationEngine other in others)
                    {
                        if (succeeds && attempts == 0)
                            await other.RotateAsync("app/b", new RotationRequest { Urgent = true }, Ct);
                        else
                            await other.RunDueAsync(Ct);
                    }
                }, Ct).GetAwaiter().GetResult();
            }
            else if (step == "set")
            {
                attempts++;
                if (!succeeds)
                    throw new IOException();
            }
        };
        RotationResult[] results = [.. await fixture.Engine(far).RunDueAsync(Ct)];

        Assert.Equal([RotationResultKind.Promoted, RotationResultKind.Elsewhere], results.Select(result => result.Kind));
        Assert.Equal((1, left), (attempts, (await RotationFixture.PlanAsync(others[0], "app/b")).State));
        fixture.Time.Advance(TimeSpan.FromSeconds(31));
        foreach (RotationEngine other in others)
            await other.RunDueAsync(Ct);
        Assert.Equal(succeeds ? 1 : 2, attempts);
    }

    [Theory]
    [InlineData("written")]
    [InlineData("deleted")]
    [InlineData("promoting")]
    public async Task After_an_exchange_the_only_value_that_is_accepted_is_kept_whatever_is_written(string how)
    {
        await using RotationFixture fixture = await RotationFixture.CreateAsync();
        var far = new ExchangingFarSide("first");
        await fixture.SetAsync("fix/cme", "first", ("with", "fix"), ("every", "1d"));
        RotationResult stuck;
        using RotationEngine engine = fixture.Engine(far);
        if (how == "promoting")
        {
            RotationEngine meddled = fixture.Engine(point =>
            {
                if (point == "promote")
                    Task.Run(async () => await fixture.Vault.SetAsync("fix/cme", "by hand"), Ct).GetAwaiter().GetResult();
            }, far);
            stuck = await meddled.RotateAsync("fix/cme", ct: Ct);
        }
        else
        {
            far.Lose = "after";
            await engine.RotateAsync("fix/cme", ct: Ct);
            if (how == "deleted")
                await fixture.Vault.DeleteAsync("fix/cme", ct: Ct);
            else
                await fixture.Vault.SetAsync("fix/cme", "by hand");
            fixture.Time.Advance(TimeSpan.FromMinutes(1));
            stuck = Assert.Single(await engine.RunDueAsync(Ct));
        }

        Assert.Equal((RotationResultKind.Stuck, "SR1812"), (stuck.Kind, stuck.Error!.Code));
        fixture.Time.Advance(TimeSpan.FromHours(1));
        Assert.Empty(await engine.RunDueAsync(Ct));
        Assert.Single(fixture.Notices, notice => notice.Kind == RotationNoticeKind.Stuck);
        RotationPlan plan = await RotationFixture.PlanAsync(engine, "fix/cme");
        Assert.Equal((RotationState.Stuck, true), (plan.State, plan.IsOverdue));
        using (SecretValue? pending = await engine.PendingAsync("fix/cme", Ct))
        {
            Assert.Equal([pending!.DangerousRevealString()], far.Accepted);

            // A person who has looked writes it, or gives the rotation up.
            if (how == "written")
                await fixture.Vault.SetAsync("fix/cme", pending, ct: Ct);
        }

        Assert.Equal(how == "written" ? RotationResultKind.Superseded : RotationResultKind.Abandoned, (how == "written" ? await engine.RotateAsync("fix/cme", ct: Ct) : await engine.AbandonAsync("fix/cme", Ct)).Kind);
        Assert.Null(await engine.PendingAsync("fix/cme", Ct));
    }

    [Fact]
    public async Task A_value_that_can_not_be_taken_is_refused_and_nobody_waits_for_the_lease()
    {
        await using RotationFixture fixture = await RotationFixture.CreateAsync();
        var far = new FarSide("first") { Before = step => throw new IOException() };
        await fixture.SetAsync("broker/key", "first", ("with", "far"));
        using RotationEngine engine = fixture.Engine(far), other = fixture.Engine(far);
        using var one = SecretValue.FromBytes("one"u8);
        using var two = SecretValue.FromBytes("two"u8);
        await engine.RotateAsync("broker/key", new RotationRequest { Value = one }, Ct);
        far.Before = null;

        Assert.Equal("SR1813", (await Assert.ThrowsAsync<SecretConflictException>(async () => await engine.RotateAsync("broker/key", new RotationRequest { Value = two }, Ct))).Code);
        Assert.Equal(RotationResultKind.Promoted, (await other.RotateAsync("broker/key", new RotationRequest { Value = one }, Ct)).Kind);
        Assert.Equal("one", await fixture.Vault.TextAsync("broker/key"));

        // The first one still drains.
        Assert.Equal("SR1813", (await Assert.ThrowsAsync<SecretConflictException>(async () => await engine.RotateAsync("broker/key", new RotationRequest { Value = two }, Ct))).Code);
        Assert.Equal(RotationResultKind.Completed, (await engine.RotateAsync("broker/key", new RotationRequest { Value = two, Urgent = true }, Ct)).Kind);
        Assert.Equal("two", await fixture.Vault.TextAsync("broker/key"));
    }

    [Fact]
    public async Task Giving_up_what_does_not_exist_leaves_no_record()
    {
        await using RotationFixture fixture = await RotationFixture.CreateAsync();
        using RotationEngine engine = fixture.Engine();

        Assert.Equal("SR1810", (await Assert.ThrowsAsync<SecretConflictException>(async () => await engine.AbandonAsync("app/typo", Ct))).Code);

        Assert.Empty(await fixture.Vault.NamesAsync(new SecretQuery { Prefix = "strongroom." }));
    }

    [Fact]
    public async Task Waiting_for_sessions_writes_nothing_and_not_knowing_is_told_and_asked_again_later()
    {
        await using RotationFixture fixture = await RotationFixture.CreateAsync();
        var far = new DrainingFarSide("first") { InUse = true };
        await fixture.SetAsync("app/key", "first", ("with", "far"), ("grace", "0s"));
        await using var consumer = new RotationConsumer(fixture.Vault, "one", TimeSpan.FromDays(1));
        using RotationEngine engine = fixture.Engine(far);
        consumer.Track("app/key", () => 2);
        await consumer.ReportAsync(Ct);
        Assert.Equal(RotationResultKind.Promoted, (await engine.RotateAsync("app/key", ct: Ct)).Kind);

        long before = fixture.Vault.Revision;
        Assert.Empty(await engine.RunDueAsync(Ct));
        Assert.Equal(before, fixture.Vault.Revision);

        far.Before = step => throw new IOException(step);
        Assert.Equal((RotationResultKind.Failed, "SR1809"), Assert.Single(await engine.RunDueAsync(Ct)) is var result ? (result.Kind, result.Error?.Code) : default);
        Assert.Single(fixture.Notices, notice => notice.Kind == RotationNoticeKind.Failed);
        RotationPlan plan = await RotationFixture.PlanAsync(engine, "app/key");
        Assert.Equal((RotationState.BackingOff, fixture.Time.GetUtcNow() + TimeSpan.FromMinutes(5)), (plan.State, plan.NextAt));
        far.Before = null;
        far.InUse = false;
        fixture.Time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(RotationResultKind.Completed, Assert.Single(await engine.RunDueAsync(Ct)).Kind);
    }
}
