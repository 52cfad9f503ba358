namespace Strongroom.Cli.Diagnosis;

/// <summary>What a check found.</summary>
/// <param name="Check">Its name: stable, for programs.</param>
/// <param name="Message">What is so.</param>
/// <param name="Remedy">What to do; null when all is well.</param>
/// <param name="Mend">Does it, when it can be done without harm.</param>
internal sealed record Finding(string Check, string Message, string? Remedy = null, Action? Mend = null)
{
    /// <summary>Whether all is well.</summary>
    public bool IsFine => Remedy is null;
}
