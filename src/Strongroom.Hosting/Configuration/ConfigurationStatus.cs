namespace Strongroom.Hosting;

/// <summary>How a configuration provider is doing; what health checks look at.</summary>
/// <param name="HasLoaded">Whether there are values, from the vault or from the snapshot.</param>
/// <param name="LoadedAt">When the vault was last read with success; for a snapshot, when it was made.</param>
/// <param name="FromSnapshot">Whether the values are those of the snapshot.</param>
/// <param name="Failures">Failures since the last success.</param>
/// <param name="Failure">The last of them.</param>
internal sealed record ConfigurationStatus(bool HasLoaded, DateTimeOffset? LoadedAt, bool FromSnapshot, int Failures, StrongroomException? Failure);
