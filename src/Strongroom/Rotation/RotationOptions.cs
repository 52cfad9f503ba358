namespace Strongroom.Rotation;

/// <summary>How an engine works.</summary>
public sealed record RotationOptions
{
    /// <summary>The rotators of this node. <see cref="GeneratedRotator"/> is always there.</summary>
    public IReadOnlyList<IRotator> Rotators { get; init; } = [];

    /// <summary>This node, as others see it.</summary>
    public string Node { get; init; } = Environment.MachineName;

    /// <summary>How long a node that was heard of last keeps a rotation to itself. Longer than twice <see cref="StepTimeout"/>; the clocks of nodes may differ by a quarter of it.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long one step of a rotator may take.</summary>
    public TimeSpan StepTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The wait after the first failure; doubled after each, up to <see cref="LongestRetry"/>.</summary>
    public TimeSpan FirstRetry { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest wait after a failure.</summary>
    public TimeSpan LongestRetry { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How often the far side is asked which of two values it accepts before a person is needed: few enough that no account is locked.</summary>
    public int MaxProbes { get; init; } = 3;

    /// <summary>How late a rotation may be before it counts as overdue.</summary>
    public TimeSpan OverdueAfter { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Called at each point where a crash could come: how tests kill a rotator there.</summary>
    internal Action<string>? Checkpoint { get; init; }

    internal void Validate()
    {
        Require(StepTimeout > TimeSpan.Zero && Lease >= 2 * StepTimeout && Lease <= TimeSpan.FromDays(1), "Lease is at least twice StepTimeout and at most one day.");
        Require(FirstRetry > TimeSpan.Zero && LongestRetry >= FirstRetry, "FirstRetry is above zero and at most LongestRetry.");
        Require(MaxProbes is >= 1 and <= 100, "MaxProbes is 1 to 100.");
        Require(Node.Length is > 0 and <= 255, "Node has 1 to 255 characters.");
        foreach (IRotator rotator in Rotators)
            Require(RotationPolicy.IsKind(rotator.Kind), "The kind of a rotator is [a-z][a-z0-9-]* with at most 64 characters.");
    }

    private static void Require(bool holds, string what)
    {
        if (!holds)
            throw new VaultConfigurationException("SR1503", $"An option can't be used: {what}", "Correct the option.");
    }
}
