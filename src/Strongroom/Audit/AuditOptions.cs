namespace Strongroom.Audit;

/// <summary>How the audit log is kept.</summary>
public sealed record AuditOptions
{
    /// <summary>The smallest <see cref="MaxSegmentBytes"/>, 64 KiB.</summary>
    internal const long MinSegment = 64 * 1024;

    /// <summary>The largest <see cref="MaxSegmentBytes"/>, 1 GiB.</summary>
    internal const long MaxSegment = 1024 * 1024 * 1024;

    /// <summary>Whether and when reads are written.</summary>
    public AuditReads Reads { get; init; } = AuditReads.Buffered;

    /// <summary>Whether anything is written at all.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>A segment is closed when it has grown beyond so many bytes; 64 KiB to 1 GiB, default 16 MiB.</summary>
    public long MaxSegmentBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>For vaults in databases: after how long the lines that no commit takes along (of reads) are sent there. Default a minute; zero sends them with the next commit only.</summary>
    public TimeSpan GatherInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Where entries also go, in order of writing.</summary>
    public IReadOnlyList<IAuditSink> Sinks { get; init; } = [];

    /// <summary>The program named as actor; the process's name when null.</summary>
    public string? Program { get; init; }

    /// <summary>For a service that acts for others: asked at each entry for whom it acts, as <c>program[pid]</c>. It calls <see cref="AuditLog.Flush"/> before it acts for somebody else.</summary>
    public Func<string>? ActingFor { get; init; }

    /// <summary>Refuses values out of bounds.</summary>
    /// <exception cref="VaultConfigurationException">A value is out of bounds.</exception>
    internal void Validate()
    {
        if (MaxSegmentBytes is < MinSegment or > MaxSegment)
            throw AuditErrors.SegmentSize(MaxSegmentBytes);
    }
}
