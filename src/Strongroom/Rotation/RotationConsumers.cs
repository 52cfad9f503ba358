using System.Globalization;
using Strongroom.Cryptography;

namespace Strongroom.Rotation;

/// <summary>What a process said of the version of a secret that it uses.</summary>
/// <param name="Name">The secret.</param>
/// <param name="Consumer">The process: a random id for each run.</param>
/// <param name="Program">What it calls itself.</param>
/// <param name="Version">The oldest version that it still uses.</param>
/// <param name="Until">Until when that holds; what was not renewed by then no longer counts.</param>
public sealed record ConsumerReport(SecretName Name, RandomId Consumer, string Program, long Version, DateTimeOffset Until);

/// <summary>
/// Reports to the vault which versions of secrets this process still uses, so that a rotation revokes an old one when nobody uses it any more, and not only at its deadline. Call <see cref="ReportAsync"/> after changes
/// and at least every half <see cref="Lease"/>; it writes only when there is something to say, for all secrets in one commit.
/// </summary>
public sealed class RotationConsumer : IAsyncDisposable
{
    private readonly SecretsManager _vault;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _reporting = new(1, 1);
    private readonly Dictionary<SecretName, Func<long>> _tracked = [];
    private readonly Dictionary<SecretName, (long Version, DateTimeOffset Until)> _reported = [];
    private volatile bool _tracksLive;
    private int _disposed;

    /// <summary>A reporter for this process.</summary>
    /// <param name="vault">The vault; stays the caller's.</param>
    /// <param name="program">What the process calls itself, at most 255 characters.</param>
    /// <param name="lease">How long a report holds; null: an hour.</param>
    public RotationConsumer(SecretsManager vault, string program, TimeSpan? lease = null)
    {
        ArgumentNullException.ThrowIfNull(vault);
        ArgumentException.ThrowIfNullOrEmpty(program);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(program.Length, 255, nameof(program));
        if (lease is { } time)
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(time, TimeSpan.Zero, nameof(lease));
        (_vault, Program, Lease, _time) = (vault, program, lease ?? TimeSpan.FromHours(1), vault.Core.Options.Time);
    }

    /// <summary>This process in its reports.</summary>
    public RandomId Id { get; } = RandomId.New();

    /// <summary>What it calls itself.</summary>
    public string Program { get; }

    /// <summary>How long a report holds.</summary>
    public TimeSpan Lease { get; }

    /// <summary>Reports on a live secret: the oldest version of it that somebody in this process still holds.</summary>
    public void Track(LiveSecret secret)
    {
        ArgumentNullException.ThrowIfNull(secret);
        Track(secret.Name, () => secret.VersionsInUse is { Count: > 0 } versions ? versions.Min() : 0);
    }

    /// <summary>Reports on an object made from a secret, likewise.</summary>
    public void Track<T>(LiveSecret<T> secret)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(secret);
        Track(secret.Name, () => secret.VersionsInUse is { Count: > 0 } versions ? versions.Min() : 0);
    }

    /// <summary>Reports on anything that uses a secret.</summary>
    /// <param name="name">The secret.</param>
    /// <param name="oldestVersionInUse">The oldest version still in use, 0 for none; called on any thread.</param>
    public void Track(SecretName name, Func<long> oldestVersionInUse)
    {
        ArgumentNullException.ThrowIfNull(oldestVersionInUse);
        _ = RotationStore.NameOf(name);
        lock (_gate)
            _tracked[name] = _tracked.TryGetValue(name, out Func<long>? other) ? () => Oldest(other(), oldestVersionInUse()) : oldestVersionInUse;
    }

    /// <summary>Reports on every live secret of the vault in this process that has a policy, those that come later too.</summary>
    public void TrackLiveSecrets() => _tracksLive = true;

    /// <summary>Says what has changed since the last report, and renews what has used up half of its time.</summary>
    /// <returns>Whether anything was written.</returns>
    public async ValueTask<bool> ReportAsync(CancellationToken ct = default)
    {
        await _reporting.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            return await WriteAsync(afresh: false, ct).ConfigureAwait(false);
        }
        catch (SecretConflictException)
        {
            // A rotation that ended has swept up reports whose time was over: they are written anew.
            return await WriteAsync(afresh: true, ct).ConfigureAwait(false);
        }
        finally
        {
            _reporting.Release();
        }
    }

    /// <summary>Takes all reports back: this process uses none of the secrets any more.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        await _reporting.WaitAsync().ConfigureAwait(false);
        foreach (SecretName name in _reported.Keys)
            await _vault.PurgeAsync(Record(name)).ConfigureAwait(false);
        _reporting.Dispose();
    }

    /// <summary>What is reported on a secret; expired reports too.</summary>
    internal static async ValueTask<List<ConsumerReport>> ReadAsync(SecretsManager vault, SecretName name, CancellationToken ct)
    {
        List<ConsumerReport> reports = [];
        await foreach (SecretEntry entry in vault.ListAsync(new SecretQuery { Prefix = $"{ReservedNames.Consumers}{name}/" }, ct).ConfigureAwait(false))
        {
            if (Read(entry) is { } report && report.Name == name)
                reports.Add(report);
        }

        return reports;
    }

    internal static SecretName RecordOf(ConsumerReport report) => SecretName.Parse($"{ReservedNames.Consumers}{report.Name}/{report.Consumer}");

    private async ValueTask<bool> WriteAsync(bool afresh, CancellationToken ct)
    {
        DateTimeOffset now = _time.GetUtcNow(), until = now + Lease;
        using var nothing = SecretValue.FromBytes([]);
        var batch = new SecretBatch();
        var written = new Dictionary<SecretName, (long Version, DateTimeOffset Until)>();
        foreach ((SecretName name, long version) in await InUseAsync(ct).ConfigureAwait(false))
        {
            bool known = _reported.TryGetValue(name, out (long Version, DateTimeOffset Until) before);
            if (known && !afresh && before.Version == version && before.Until - now > Lease / 2)
                continue;
            var tags = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["secret"] = name.ToString(),
                ["program"] = Program,
                ["version"] = version.ToString(CultureInfo.InvariantCulture),
                ["until"] = CanonicalTime.Format(until),
            };
            bool update = known && !(afresh && !await _vault.ExistsAsync(Record(name), ct).ConfigureAwait(false));
            if (update)
                batch.UpdateMetadata(Record(name), new MetadataChange { Tags = tags.ToDictionary(static tag => tag.Key, static tag => (string?)tag.Value) }, new WriteCondition { IfPresent = true });
            else
                batch.Set(Record(name), nothing, new SetOptions { Tags = tags });
            written[name] = (version, until);
        }

        if (batch.Count == 0)
            return false;
        await _vault.CommitAsync(batch, ct).ConfigureAwait(false);
        foreach ((SecretName name, (long Version, DateTimeOffset Until) report) in written)
            _reported[name] = report;
        return true;
    }

    private async ValueTask<Dictionary<SecretName, long>> InUseAsync(CancellationToken ct)
    {
        var inUse = new Dictionary<SecretName, long>();
        foreach ((SecretName name, Func<long> oldest) in Tracked())
            inUse[name] = oldest();
        foreach ((SecretName name, long oldest) in _tracksLive ? _vault.Core.Live.InUse() : [])
        {
            bool counts = inUse.TryGetValue(name, out long other) || _reported.ContainsKey(name)
                || (await _vault.GetMetadataAsync(name, ct).ConfigureAwait(false) is { } metadata && metadata.Tags.ContainsKey(RotationPolicy.TagPrefix + "with"));
            if (counts && name.ToString().Length <= ReservedNames.LongestSecret)
                inUse[name] = Oldest(oldest, other);
        }

        // A live secret that was disposed of is used no more.
        foreach (SecretName name in _reported.Keys)
            inUse.TryAdd(name, 0);
        return inUse;
    }

    private KeyValuePair<SecretName, Func<long>>[] Tracked()
    {
        lock (_gate)
            return [.. _tracked];
    }

    private static long Oldest(long one, long other) => one == 0 ? other : other == 0 ? one : Math.Min(one, other);

    private SecretName Record(SecretName name) => SecretName.Parse($"{ReservedNames.Consumers}{name}/{Id}");

    private static ConsumerReport? Read(SecretEntry entry) =>
        SecretName.TryParse(entry.Metadata.Tags.GetValueOrDefault("secret"), out SecretName name)
        && RandomId.TryParse(entry.Name.ToString().Split('/')[^1], out RandomId id)
        && long.TryParse(entry.Metadata.Tags.GetValueOrDefault("version"), NumberStyles.None, CultureInfo.InvariantCulture, out long version)
        && CanonicalTime.TryParse(Utf8.Strict.GetBytes(entry.Metadata.Tags.GetValueOrDefault("until") ?? ""), out DateTimeOffset until)
            ? new ConsumerReport(name, id, entry.Metadata.Tags.GetValueOrDefault("program") ?? "", version, until)
            : null;
}
