namespace Strongroom.Backends.Tests.Linearizability;

/// <summary>The checker takes what can be explained and refuses what can't.</summary>
public sealed class LinearizabilityCheckerTests
{
    private static readonly Register Empty = new(0, "");

    [Fact]
    public void Operations_that_overlap_may_take_effect_in_either_order() =>
        Assert.True(Check(Write("a", 1, 0, 10), Write("b", 2, 0, 10), Read(2, "b", 11, 12)));

    [Fact]
    public void A_read_that_overlaps_a_write_may_see_the_old_or_the_new()
    {
        Assert.True(Check(Write("a", 1, 0, 1), Write("b", 2, 2, 10), Read(1, "a", 3, 4), Read(2, "b", 5, 6)));
        Assert.False(Check(Write("a", 1, 0, 1), Write("b", 2, 2, 10), Read(2, "b", 3, 4), Read(1, "a", 5, 6)));
    }

    [Fact]
    public void A_stale_read_is_found() => Assert.False(Check(Write("a", 1, 0, 1), Write("b", 2, 2, 3), Read(1, "a", 4, 5)));

    [Fact]
    public void A_lost_write_is_found() => Assert.False(Check(Write("a", 1, 0, 1), Write("b", 2, 2, 3), Write("c", 2, 4, 5)));

    [Fact]
    public void A_write_of_unknown_outcome_may_have_happened_or_not()
    {
        var unknown = new Operation<Register>("unknown", 2, null, state => new Register(state.Version + 1, "b"));
        Assert.True(Check(Write("a", 1, 0, 1), unknown, Read(1, "a", 4, 5)));
        Assert.True(Check(Write("a", 1, 0, 1), unknown, Read(1, "a", 4, 5), Read(2, "b", 6, 7)));
        Assert.False(Check(Write("a", 1, 0, 1), unknown, Read(2, "b", 4, 5), Read(1, "a", 6, 7)));
    }

    private static bool Check(params Operation<Register>[] history) => LinearizabilityChecker.IsLinearizable(history, Empty);

    private static Operation<Register> Write(string value, long version, long start, long end) =>
        new($"write {value}", start, end, state => state.Version + 1 == version ? new Register(version, value) : null);

    private static Operation<Register> Read(long version, string value, long start, long end) => new($"read {value}", start, end, state => state == new Register(version, value) ? state : null);
}
