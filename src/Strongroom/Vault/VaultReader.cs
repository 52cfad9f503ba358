using System.Diagnostics;
using System.Runtime.CompilerServices;
using Strongroom.Audit;
using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Vault;

/// <summary>Reads secrets: the hot path. A read of an unchanged vault costs a look-up, a freshness check without a system call, and the decryption.</summary>
internal sealed class VaultReader(VaultCore core)
{
    private static readonly TimeSpan StalePatience = TimeSpan.FromSeconds(1);
    private long _newestAsked;

    /// <summary>Reads without waiting where the record is cached and the vault unchanged.</summary>
    public bool TryReadCached(SecretName name, out SecretData? data)
    {
        if (StrongroomTelemetry.MeasuresReads)
            return TryReadMeasured(name, out data);
        return TryReadUnmeasured(name, out data);
    }

    private bool TryReadMeasured(SecretName name, out SecretData? data)
    {
        long start = Stopwatch.GetTimestamp();
        bool found = TryReadUnmeasured(name, out data);
        if (found)
            StrongroomTelemetry.Read(start, cached: true);
        return found;
    }

    private bool TryReadUnmeasured(SecretName name, out SecretData? data)
    {
        if (core.Storage.IsFresh && core.Storage.Current is { } view && core.Cache.TryGet(name, view, out CachedRecord record))
        {
            try
            {
                data = Give(name, record);
                return true;
            }
            catch (VaultIntegrityException) when (!ReferenceEquals(core.Storage.Current, view))
            {
                // A rekey ended between finding the record and opening it: find it again.
            }
        }

        data = null;
        return false;
    }

    /// <summary>Reads the current version; null when there is none or it is deleted.</summary>
    /// <param name="name">The secret.</param>
    /// <param name="ct">Cancels.</param>
    /// <param name="evenExpired">Whether a policy that refuses expired secrets is passed over: what has expired must still be rotated.</param>
    public async ValueTask<SecretData?> ReadAsync(SecretName name, CancellationToken ct, bool evenExpired = false)
    {
        long start = StrongroomTelemetry.MeasuresReads ? Stopwatch.GetTimestamp() : 0;
        for (int attempt = 0; ; attempt++)
        {
            CachedRecord? record = await FindAsync(name, ct).ConfigureAwait(false);
            if (record is null)
                return null;
            try
            {
                SecretData? data = Give(name, record, evenExpired);
                if (start != 0)
                    StrongroomTelemetry.Read(start, cached: false);
                return data;
            }
            catch (Exception error) when (attempt < 3 && error is VaultIntegrityException or ObjectDisposedException && core.Storage.Current is { } now && !ReferenceEquals(now, record.View))
            {
                // A rekey ended between finding the record and opening it: find it again.
            }
        }
    }

    /// <summary>Reads a version that is kept; null when it is not.</summary>
    public async ValueTask<SecretData?> ReadVersionAsync(SecretName name, long version, CancellationToken ct)
    {
        CachedRecord? current = await FindAsync(name, ct).ConfigureAwait(false);
        if (current is null || current.Record.Metadata.IsDeleted)
            return null;
        if (current.Record.Metadata.Version == version)
            return Give(name, current);
        if (current.Record.History.FirstOrDefault(entry => entry.Version == version) is not { } entry)
            return null;
        DateTimeOffset now = core.Now;
        if (entry.State == "revoked" || entry.ReadableUntil <= now)
        {
            Denied(name, version);
            throw new SecretExpiredException("SR1427", $"Version {version} of {name} may no longer be read: its grace period after a rotation ended.", "Use the current version; rollback brings the old value back as a new version.");
        }

        ReadOnlyMemory<byte>? bytes = await core.Storage.ReadVersionAsync(current.View, current.Record.Id, version, entry.Digest, ct).ConfigureAwait(false);
        if (bytes is not { } found)
            throw new VaultIntegrityException("SR1412", $"Version {version} of {name} is missing from the storage.", "Restore a backup with restore-vault.");
        SecretRecord record = SecretRecord.Parse(found.Span);
        Audited(new ReadCounter(name.ToString(), version));
        return Observed(new SecretData(name, record.Metadata with { State = entry.State }, SecretValue.FromPayload(Versions.Open(core.Session.Keys, name, record))));
    }

    /// <summary>The record of a name in the newest view, from the cache where its digest is the same.</summary>
    public async ValueTask<CachedRecord?> FindAsync(SecretName name, CancellationToken ct)
    {
        if (core.Storage.IsFresh && core.Storage.Current is { } view && core.Cache.TryGet(name, view, out CachedRecord record))
            return record;
        if (core.Storage.MayServeStale && core.Cache.Peek(name) is { } known && known.View.Head.Revision >= Interlocked.Read(ref _newestAsked))
            return await FindOrKeepAsync(name, known, ct).ConfigureAwait(false);
        VerifiedRead read = await core.Storage.ReadAsync([name], ct).ConfigureAwait(false);
        return core.Cache.Put(name, read.View, read.Rows[0]);
    }

    /// <summary>Asks the storage for its newest state. What is older than that is not served afterwards, whether the storage answers or not.</summary>
    public async ValueTask<long> RefreshAsync(CancellationToken ct)
    {
        long revision = (await core.Storage.RefreshAsync(ct).ConfigureAwait(false)).Head.Revision;
        for (long before = Interlocked.Read(ref _newestAsked); before < revision;)
            before = Interlocked.CompareExchange(ref _newestAsked, revision, before) is var seen && seen == before ? revision : seen;
        return revision;
    }

    // The database may be away: what was read before is then given as it was, at once where that is known, else after a moment.
    private async ValueTask<CachedRecord?> FindOrKeepAsync(SecretName name, CachedRecord known, CancellationToken ct)
    {
        if (core.Storage.Freshness.IsStale)
            return known;
        try
        {
            VerifiedRead read = await core.Storage.ReadAsync([name], ct).AsTask().WaitAsync(StalePatience, core.Options.Time, ct).ConfigureAwait(false);
            return core.Cache.Put(name, read.View, read.Rows[0]);
        }
        catch (Exception error) when (error is TimeoutException or VaultUnavailableException)
        {
            return known;
        }
    }

    /// <summary>Entries in order of name. Values are not touched.</summary>
    public async IAsyncEnumerable<SecretEntry> ListAsync(SecretQuery query, [EnumeratorCancellation] CancellationToken ct)
    {
        if (query.Limit <= 0)
            yield break;
        DateTimeOffset now = core.Now;
        int given = 0;
        await foreach (RecordRow row in core.Storage.ScanAsync(query.Prefix, query.After, ct).ConfigureAwait(false))
        {
            if (ReservedNames.Contains(row.Name) && !query.Prefix.StartsWith(ReservedNames.Prefix, StringComparison.Ordinal))
                continue;
            SecretMetadata metadata = SecretRecord.Parse(row.Bytes.Span).Metadata;
            if (!Matches(query, metadata, now))
                continue;
            yield return new SecretEntry(row.Name, WithAccess(row.Name, metadata));
            if (++given == query.Limit)
                yield break;
        }
    }

    /// <summary>Metadata with the last access as far as this process knows it.</summary>
    public SecretMetadata WithAccess(SecretName name, SecretMetadata metadata) =>
        metadata with { LastAccessed = core.Access.Latest(name, core.Cache.Peek(name), metadata.LastAccessed) };

    private SecretData? Give(SecretName name, CachedRecord cached, bool evenExpired = false)
    {
        SecretRecord record = cached.Record;
        if (record.Metadata.IsDeleted)
            return null;
        DateTimeOffset now = core.Now;
        if (record.Metadata.ExpiresAt is { } expires && expires <= now && !evenExpired && core.Options.Expiry == ExpiryPolicy.Refuse)
        {
            Denied(name, record.Metadata.Version);
            throw new SecretExpiredException("SR1428", $"{name} expired at {expires:yyyy-MM-dd HH:mm} UTC.", "Rotate it, or set a later expiry with meta.");
        }

        core.Access.Touch(cached, name, now);
        Audited(cached.Reads);
        SecretBuffer payload = core.Session.Keys.OpenValue(cached.Aad, record.Generation, record.Epoch, record.Value);
        return Observed(new SecretData(name, record.Metadata, SecretValue.FromPayload(payload)));
    }

    private SecretData Observed(SecretData data)
    {
        core.Options.Observer?.OnRead(data.Name, data.Metadata, data.Value);
        return data;
    }

    private void Audited(ReadCounter counter)
    {
        if (!core.Audit.Enabled || core.Options.Audit.Reads == AuditReads.Off)
            return;
        core.ThrowIfAuditInTrouble();
        if (core.Options.Audit.Reads == AuditReads.Buffered)
            core.Audit.Buffer.Record(counter);
        else
            core.Audit.Write(new AuditEvent(AuditOperation.Read, "ok", 0, [new AuditSecret(counter.Name, AuditOperation.Read, counter.Version, 1)]), durable: true);
    }

    private void Denied(SecretName name, long version)
    {
        if (core.Audit.Enabled)
            core.Audit.Write(new AuditEvent(AuditOperation.Denied, "SR1428", 0, [new AuditSecret(name.ToString(), AuditOperation.Read, version, 1)]), durable: false);
    }

    private static bool Matches(SecretQuery query, SecretMetadata metadata, DateTimeOffset now)
    {
        if (metadata.IsDeleted && !query.IncludeDeleted)
            return false;
        if (query.Type is { } type && metadata.SecretType != type)
            return false;
        if (query.ExpiringWithin is { } within && (metadata.ExpiresAt is not { } expires || expires - now > within))
            return false;
        foreach ((string key, string? value) in query.Tags ?? new Dictionary<string, string?>())
        {
            if (!metadata.Tags.TryGetValue(key, out string? actual) || (value is not null && value != actual))
                return false;
        }

        return true;
    }
}
