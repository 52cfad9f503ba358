using System.Collections.Immutable;
using System.Globalization;
using Strongroom.Cryptography;

namespace Strongroom.Rotation;

/// <summary>
/// States and staged values of rotations in the vault. The record's value is old and new value together, sealed; its tags are the state. Every write asks for the fence that the writer took, so a node whose lease
/// was taken over can't change anything.
/// </summary>
internal sealed class RotationStore(SecretsManager vault)
{
    public static SecretName NameOf(SecretName secret) => secret.ToString().Length <= ReservedNames.LongestSecret && !ReservedNames.Contains(secret)
        ? SecretName.Parse(ReservedNames.Rotations + secret)
        : throw new VaultConfigurationException("SR1804", $"{secret} can't be rotated by the engine: its name is longer than {ReservedNames.LongestSecret} characters, or reserved.", "Give the secret another name.");

    public async ValueTask<RotationRecord> LoadAsync(SecretName secret, CancellationToken ct) =>
        await vault.GetMetadataAsync(NameOf(secret), ct).ConfigureAwait(false) is { IsDeleted: false } metadata ? RotationRecord.Read(secret, metadata.Tags) : RotationRecord.Empty;

    /// <summary>All secrets that have a state.</summary>
    public async ValueTask<Dictionary<SecretName, RotationRecord>> AllAsync(CancellationToken ct)
    {
        var all = new Dictionary<SecretName, RotationRecord>();
        await foreach (SecretEntry entry in vault.ListAsync(new SecretQuery { Prefix = ReservedNames.Rotations }, ct).ConfigureAwait(false))
        {
            var name = SecretName.Parse(entry.Name.ToString()[ReservedNames.Rotations.Length..]);
            all.Add(name, RotationRecord.Read(name, entry.Metadata.Tags));
        }

        return all;
    }

    /// <summary>Takes a rotation for a node; null when another has it, or took it at the same moment.</summary>
    public async ValueTask<RotationRecord?> TakeAsync(SecretName secret, string owner, TimeSpan lease, DateTimeOffset now, CancellationToken ct)
    {
        RotationRecord before = await LoadAsync(secret, ct).ConfigureAwait(false);
        if (before.Owner.Length > 0 && before.Owner != owner && before.Until > now)
            return null;
        RotationRecord after = before with { Owner = owner, Until = now + lease, Fence = before.Fence + 1 };
        try
        {
            if (before.Fence == 0)
            {
                using var nothing = SecretValue.FromBytes([]);
                await vault.SetAsync(NameOf(secret), nothing, new SetOptions { Condition = WriteCondition.Absent, Tags = after.ToTags() }, ct).ConfigureAwait(false);
            }
            else
            {
                await vault.UpdateMetadataAsync(NameOf(secret), Change(before, after), Fenced(before), ct).ConfigureAwait(false);
            }

            return after;
        }
        catch (SecretConflictException)
        {
            return null;
        }
    }

    /// <summary>Lets others have a rotation that this node still has; its going away is no reason to fail.</summary>
    public async ValueTask ReleaseAsync(SecretName secret, string owner)
    {
        try
        {
            RotationRecord record = await LoadAsync(secret, CancellationToken.None).ConfigureAwait(false);
            if (record.Owner == owner)
                await WriteAsync(secret, record, record with { Owner = "", Until = null }, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception error) when (error is StrongroomException or ObjectDisposedException)
        {
            // The lease ends by itself.
        }
    }

    /// <summary>Writes a new state.</summary>
    /// <exception cref="SecretConflictException">Another node has taken over.</exception>
    public async ValueTask WriteAsync(SecretName secret, RotationRecord before, RotationRecord after, CancellationToken ct) =>
        await vault.UpdateMetadataAsync(NameOf(secret), Change(before, after), Fenced(before), ct).ConfigureAwait(false);

    /// <summary>Stores a new value together with the state that it is pending.</summary>
    public async ValueTask StageAsync(SecretName secret, RotationRecord before, RotationRecord after, SecretValue old, SecretValue next, CancellationToken ct)
    {
        using SecretValue both = SecretValue.FromFields([new("new", SecretValue.FromBytes(next.Payload)), new("old", SecretValue.FromBytes(old.Payload))]);
        await vault.SetAsync(NameOf(secret), both, new SetOptions { Condition = Fenced(before), Tags = after.ToTags() }, ct).ConfigureAwait(false);
    }

    /// <summary>The staged values. The caller owns them.</summary>
    public async ValueTask<(SecretValue Old, SecretValue New)> StagedAsync(SecretName secret, CancellationToken ct)
    {
        using SecretData data = await vault.GetAsync(NameOf(secret), version: null, ct).ConfigureAwait(false);
        SecretValue old = Payload(data, "old");
        try
        {
            return (old, Payload(data, "new"));
        }
        catch
        {
            old.Dispose();
            throw;
        }
    }

    /// <summary>Makes the new value the current one and writes that, in one commit.</summary>
    public async ValueTask PromoteAsync(SecretName secret, RotationRecord before, RotationRecord after, SecretValue next, CancellationToken ct)
    {
        var options = new RotateOptions { Condition = WriteCondition.Version(before.From), Grace = after.Deadline - after.Promoted, ExpiresAt = before.Expires };
        await vault.CommitAsync(new SecretBatch().UpdateMetadata(NameOf(secret), Change(before, after), Fenced(before)).Rotate(secret, next, options), ct).ConfigureAwait(false);
    }

    /// <summary>Ends a rotation: staged values go for ever, and with them the versions of the record that held them; an old version of the secret becomes unreadable.</summary>
    public async ValueTask EndAsync(SecretName secret, RotationRecord before, RotationRecord after, bool revoke, IEnumerable<SecretName> forgotten, CancellationToken ct)
    {
        using var nothing = SecretValue.FromBytes([]);
        SecretName name = NameOf(secret);
        var batch = new SecretBatch();
        if (revoke && (await VersionsAsync(secret, ct).ConfigureAwait(false)).Any(version => version.Version == before.From && version.State != "revoked"))
            batch.Revoke(secret, before.From);
        foreach (SecretName consumer in forgotten)
            batch.Purge(consumer);
        await vault.CommitAsync(batch.Purge(name, Fenced(before)).Set(name, nothing, new SetOptions { Tags = after.ToTags() }), ct).ConfigureAwait(false);
    }

    private async ValueTask<IReadOnlyList<SecretVersion>> VersionsAsync(SecretName secret, CancellationToken ct) =>
        await vault.ExistsAsync(secret, ct).ConfigureAwait(false) ? await vault.HistoryAsync(secret, ct).ConfigureAwait(false) : [];

    private static SecretValue Payload(SecretData data, string field) => data.Value.TryGetField(field, out ReadOnlySpan<byte> bytes)
        ? SecretValue.FromPayload(SecretBuffer.CopyOf(bytes))
        : throw new VaultConfigurationException("SR1803", $"The staged values of {data.Name} are not there.", "Abandon the rotation and begin anew.");

    private static WriteCondition Fenced(RotationRecord record) => new() { IfTag = new(RotationRecord.FenceTag, record.Fence.ToString(CultureInfo.InvariantCulture)) };

    private static MetadataChange Change(RotationRecord before, RotationRecord after)
    {
        ImmutableSortedDictionary<string, string> old = before.ToTags(), now = after.ToTags();
        var tags = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (string key in old.Keys.Where(key => !now.ContainsKey(key)))
            tags[key] = null;
        foreach ((string key, string value) in now)
        {
            if (old.GetValueOrDefault(key) != value)
                tags[key] = value;
        }

        return new MetadataChange { Tags = tags };
    }
}
