using Strongroom.Cryptography;

namespace Strongroom.Audit;

/// <summary>
/// Writes each entry as the line that stands in the log, for a pipe to syslog, journald or a collector. MACs and hashes come along, so a copy kept elsewhere can be compared with the log.
/// </summary>
public sealed class JsonLinesAuditSink : IAuditSink, IDisposable
{
    private readonly Lock _lock = new();
    private readonly TextWriter _writer;
    private readonly bool _leaveOpen;

    /// <summary>Writes UTF-8 to a stream, flushed after each entry.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="leaveOpen">Whether it stays open when this is disposed of.</param>
    public JsonLinesAuditSink(Stream stream, bool leaveOpen = false)
        : this(new StreamWriter(stream, Utf8.Strict, leaveOpen: leaveOpen))
    {
    }

    /// <summary>Writes to a text writer, flushed after each entry.</summary>
    /// <param name="writer">The writer.</param>
    /// <param name="leaveOpen">Whether it stays open when this is disposed of.</param>
    public JsonLinesAuditSink(TextWriter writer, bool leaveOpen = false)
    {
        ArgumentNullException.ThrowIfNull(writer);
        _writer = writer;
        _leaveOpen = leaveOpen;
    }

    /// <inheritdoc/>
    public void Write(AuditEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        lock (_lock)
        {
            _writer.Write(entry.Line);
            _writer.Write('\n');
            _writer.Flush();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_leaveOpen)
            _writer.Dispose();
    }
}
