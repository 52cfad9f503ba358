using System.Runtime.ExceptionServices;

namespace Strongroom.Audit;

/// <summary>Gives entries to the sinks.</summary>
internal static class AuditSinks
{
    /// <summary>Every sink gets every entry, also when another fails; then the failure is thrown.</summary>
    public static void Deliver(IReadOnlyList<IAuditSink> sinks, ReadOnlySpan<AuditEntry> entries)
    {
        List<Exception>? failures = null;
        foreach (AuditEntry entry in entries)
        {
            foreach (IAuditSink sink in sinks)
            {
                try
                {
                    sink.Write(entry);
                }
                catch (Exception e)
                {
                    (failures ??= []).Add(e);
                }
            }
        }

        if (failures is [Exception only])
            ExceptionDispatchInfo.Throw(only);
        if (failures is not null)
            throw new AggregateException("Audit sinks have failed; the entries are in the log.", failures);
    }
}
