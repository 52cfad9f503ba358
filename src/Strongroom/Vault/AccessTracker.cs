using System.Collections.Concurrent;

namespace Strongroom.Vault;

/// <summary>
/// Access times. A read never rewrites the vault: times are kept here and folded into the file by the next write, at most once for a secret and day. Exact times are in the audit log.
/// </summary>
internal sealed class AccessTracker(bool enabled, bool fold)
{
    // A vault in a database may have more secrets than a process wants to remember times of.
    private const int MaxSeen = 200_000;
    private readonly ConcurrentDictionary<SecretName, DateTimeOffset> _seen = new();
    private readonly ConcurrentQueue<SecretName> _unfolded = new();

    /// <summary>Takes over times that the audit log knows from before.</summary>
    public void Seed(IReadOnlyDictionary<string, DateTimeOffset> reads)
    {
        if (!enabled)
            return;
        foreach ((string text, DateTimeOffset time) in reads)
        {
            if (SecretName.TryParse(text, out SecretName name) && _seen.TryAdd(name, time) && fold)
                _unfolded.Enqueue(name);
        }
    }

    /// <summary>Notes a read. Cheap for the second and later reads of a day: the caller's cached record keeps the time itself.</summary>
    public void Touch(CachedRecord record, SecretName name, DateTimeOffset now)
    {
        if (!enabled)
            return;
        long before = Interlocked.Exchange(ref record.LastAccessTicks, now.UtcTicks);
        if (before / TimeSpan.TicksPerDay != now.UtcTicks / TimeSpan.TicksPerDay)
        {
            if (!fold && _seen.Count >= MaxSeen)
                _seen.Clear();
            _seen[name] = now;
            if (fold)
                _unfolded.Enqueue(name);
        }
    }

    /// <summary>The last access as far as it is known: from the file, the log, or this process.</summary>
    public DateTimeOffset? Latest(SecretName name, CachedRecord? record, DateTimeOffset? stored)
    {
        DateTimeOffset? latest = stored;
        if (_seen.TryGetValue(name, out DateTimeOffset seen) && (latest is null || seen > latest))
            latest = seen;
        if (record is not null && Interlocked.Read(ref record.LastAccessTicks) is > 0 and var ticks && (latest is null || ticks > latest.Value.UtcTicks))
            latest = new DateTimeOffset(ticks, TimeSpan.Zero);
        return latest is { } time ? MetadataFormat.Truncate(time) : null;
    }

    /// <summary>Writes the times that wait into the records of a plan.</summary>
    public async ValueTask FoldAsync(CommitPlan plan)
    {
        if (!fold)
            return;
        while (_unfolded.TryDequeue(out SecretName name))
        {
            if (!_seen.TryGetValue(name, out DateTimeOffset time) || await plan.FindAsync(name, CancellationToken.None).ConfigureAwait(false) is not { } record)
                continue;
            DateTimeOffset accessed = MetadataFormat.Truncate(time);
            if (record.Metadata.LastAccessed is not { } stored || stored.UtcDateTime.Date < accessed.UtcDateTime.Date)
                plan.PutQuietly(name, record with { Metadata = record.Metadata with { LastAccessed = accessed } });
        }
    }
}
