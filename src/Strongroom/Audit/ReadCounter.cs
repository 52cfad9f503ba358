namespace Strongroom.Audit;

/// <summary>Counts the reads of one version of a secret that are not written yet. A reader keeps it beside the record, so that counting is one atomic increment.</summary>
/// <param name="name">The secret.</param>
/// <param name="version">Its version.</param>
internal sealed class ReadCounter(string name, long version)
{
    /// <summary>Reads since the last flush; whoever raises it from 0 queues the counter.</summary>
    internal long Pending;

    /// <summary>The secret.</summary>
    public string Name { get; } = name;

    /// <summary>Its version.</summary>
    public long Version { get; } = version;
}
