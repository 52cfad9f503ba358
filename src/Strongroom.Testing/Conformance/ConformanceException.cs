namespace Strongroom.Testing.Conformance;

/// <summary>A backend does not do what is asked of it.</summary>
public sealed class ConformanceException : Exception
{
    internal ConformanceException(string check, int seed, string reason, string log, Exception? inner)
        : base($"{check}: {reason}{Environment.NewLine}seed {seed}{(log.Length == 0 ? "" : Environment.NewLine + log)}", inner)
    {
        (Check, Seed, Reason, Log) = (check, seed, reason, log);
    }

    /// <summary>The name of the check.</summary>
    public string Check { get; }

    /// <summary>The seed that it ran with.</summary>
    public int Seed { get; }

    /// <summary>What was seen and what was expected.</summary>
    public string Reason { get; }

    /// <summary>
    /// What was done up to then, a line for each operation. Of the random cross test it is the shortest list found that still fails, and <see cref="BackendConformance.ReplayAsync"/> runs it again.
    /// </summary>
    public string Log { get; }
}
