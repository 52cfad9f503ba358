namespace Strongroom.Prove;

/// <summary>One way of trying to break the vault, in many points.</summary>
internal abstract class Campaign
{
    /// <summary>What it is called on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>What a point is, in a few words.</summary>
    public abstract string Points { get; }

    /// <summary>Runs it; throws <see cref="ProofException"/> at the first failure.</summary>
    public abstract Task RunAsync(CampaignRun run);
}

/// <summary>A promise that was broken.</summary>
/// <param name="point">The point, as <c>--point</c> takes it.</param>
/// <param name="message">What was expected, and what was found.</param>
/// <param name="cause">The error that showed it.</param>
internal sealed class ProofException(string point, string message, Exception? cause = null) : Exception(message, cause)
{
    public string Point => point;
}
