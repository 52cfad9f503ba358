using Strongroom.Rotation;
using Strongroom.Tests.Vault;

namespace Strongroom.Tests.Rotations;

/// <summary>A rotator that dies at every point there is: the next run, on another node, ends what it began, and the value in the vault is accepted by the far side at every moment.</summary>
public sealed class RotationKillTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Killed_at_every_point_the_next_run_converges()
    {
        int points = 0;
        for (int kill = 0; ; kill++)
        {
            await using RotationFixture fixture = await RotationFixture.CreateAsync();
            var far = new FarSide("first");
            await fixture.SetAsync("app/key", "first", ("with", "far"), ("every", "30d"), ("deadline", "12h"));
            bool died = await RunUntilAsync(fixture, far, kill, await FirstRunAsync(fixture, far, "app/key"));
            if (!died)
                break;
            points++;
            Assert.Contains(await fixture.Vault.TextAsync("app/key"), far.Accepted);

            await ConvergeAsync(fixture, far, "app/key");

            Assert.Equal([await fixture.Vault.TextAsync("app/key")], far.Accepted);
            Assert.Equal("current", (await fixture.Vault.HistoryAsync("app/key", Ct))[0].State);
        }

        Assert.True(points >= 14, $"only {points} points");
    }

    [Fact]
    public async Task An_exchange_killed_at_every_point_converges_without_locking_the_account()
    {
        int points = 0;
        for (int kill = 0; ; kill++)
        {
            await using RotationFixture fixture = await RotationFixture.CreateAsync();
            var far = new ExchangingFarSide("first");
            await fixture.SetAsync("fix/cme", "first", ("with", "fix"), ("every", "30d"), ("deadline", "12h"));
            if (!await RunUntilAsync(fixture, far, kill, await FirstRunAsync(fixture, far, "fix/cme")))
                break;
            points++;

            await ConvergeAsync(fixture, far, "fix/cme");

            Assert.Equal([await fixture.Vault.TextAsync("fix/cme")], far.Accepted);
            Assert.True(far.WrongLogons <= 1, $"{far.WrongLogons} wrong logons at point {kill}");
        }

        Assert.True(points >= 15, $"only {points} points");
    }

    [Theory]
    [InlineData("before")]
    [InlineData("after")]
    public async Task A_lost_answer_is_found_out_by_asking(string when)
    {
        await using RotationFixture fixture = await RotationFixture.CreateAsync();
        var far = new ExchangingFarSide("first") { Lose = when };
        await fixture.SetAsync("fix/cme", "first", ("with", "fix"));
        using RotationEngine engine = fixture.Engine(far);

        RotationResult lost = await engine.RotateAsync("fix/cme", ct: Ct);
        Assert.Equal(RotationResultKind.Failed, lost.Kind);
        far.Lose = null;
        RotationResult found = await engine.RotateAsync("fix/cme", new RotationRequest { Urgent = true }, Ct);

        Assert.Equal(RotationResultKind.Completed, found.Kind);
        Assert.Equal([await fixture.Vault.TextAsync("fix/cme")], far.Accepted);
    }

    [Fact]
    public async Task A_refused_password_leaves_the_old_one_and_the_next_attempt_makes_another()
    {
        await using RotationFixture fixture = await RotationFixture.CreateAsync();
        var far = new ExchangingFarSide("first") { Lose = "refuse" };
        await fixture.SetAsync("fix/cme", "first", ("with", "fix"));
        using RotationEngine engine = fixture.Engine(far);

        Assert.Equal(RotationResultKind.Refused, (await engine.RotateAsync("fix/cme", ct: Ct)).Kind);

        Assert.Equal("first", await fixture.Vault.TextAsync("fix/cme"));
        Assert.Null(await engine.PendingAsync("fix/cme", Ct));
        Assert.Equal(RotationResultKind.Refused, (await engine.HistoryAsync("fix/cme", Ct))[0].Result);
        Assert.Contains(fixture.Notices, notice => notice.Kind == RotationNoticeKind.Refused && notice.Error!.Code == "SR1809");
    }

    [Fact]
    public async Task When_neither_value_is_accepted_asking_is_bounded_and_a_person_is_called()
    {
        await using RotationFixture fixture = await RotationFixture.CreateAsync();
        var far = new ExchangingFarSide("first") { Lose = "before" };
        await fixture.SetAsync("fix/cme", "first", ("with", "fix"), ("every", "1d"));
        using RotationEngine engine = fixture.Engine(far);
        await engine.RotateAsync("fix/cme", ct: Ct);
        far.Before = step => throw new IOException("no route to " + step);

        for (int i = 0; i < 10; i++)
        {
            fixture.Time.Advance(TimeSpan.FromHours(2));
            await engine.RunDueAsync(Ct);
        }

        RotationPlan plan = await RotationFixture.PlanAsync(engine, "fix/cme");
        Assert.Equal(RotationState.Stuck, plan.State);
        Assert.True(plan.IsOverdue);
        Assert.Single(fixture.Notices, notice => notice.Kind == RotationNoticeKind.Stuck);
        Assert.Equal("first", await fixture.Vault.TextAsync("fix/cme"));
        using SecretValue? pending = await engine.PendingAsync("fix/cme", Ct);
        Assert.NotNull(pending);
    }

    // Begins a rotation on a node that will die; gives how it is run.
    private static Task<Func<RotationEngine, ValueTask>> FirstRunAsync(RotationFixture fixture, FarSide far, string name)
    {
        fixture.Time.Advance(TimeSpan.FromDays(31));
        return Task.FromResult<Func<RotationEngine, ValueTask>>(async engine =>
        {
            await engine.RunDueAsync(Ct);
            Assert.Equal(2, (await fixture.Vault.GetMetadataAsync(name, Ct))!.Version);
            fixture.Time.Advance(TimeSpan.FromHours(13));
            await engine.RunDueAsync(Ct);
            Assert.Single(far.Accepted);
        });
    }

    private static async Task<bool> RunUntilAsync(RotationFixture fixture, FarSide far, int kill, Func<RotationEngine, ValueTask> run)
    {
        int at = 0;
        try
        {
            await run(fixture.Engine(_ =>
            {
                if (at++ == kill)
                    throw new KilledException();
            }, far));
            return false;
        }
        catch (KilledException)
        {
            return true;
        }
    }

    private static async Task ConvergeAsync(RotationFixture fixture, FarSide far, string name)
    {
        RotationEngine next = fixture.Engine(far);
        Assert.DoesNotContain(await next.RunDueAsync(Ct), result => result.Kind is RotationResultKind.Promoted or RotationResultKind.Completed);
        for (int i = 0; i < 3; i++)
        {
            // The dead node's lease, then the deadline of the old value.
            fixture.Time.Advance(TimeSpan.FromMinutes(3) + (i * TimeSpan.FromHours(6)));
            Assert.DoesNotContain(await next.RunDueAsync(Ct), result => result.Kind == RotationResultKind.Failed);
        }

        Assert.Equal(2, (await fixture.Vault.GetMetadataAsync(name, Ct))!.Version);
        Assert.Equal(RotationResultKind.Completed, Assert.Single(await next.HistoryAsync(name, Ct)).Result);
    }
}
