using Strongroom.Audit;
using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Vault;

/// <summary>
/// Rekey (format, section 8): a new root in one commit, then the values sealed again in batches of ordinary commits, between which readers and writers go on. There is no state
/// to forge or to lose: it is over when the authenticated counts know no value of the old generation.
/// </summary>
internal static class VaultRekey
{
    private const int BatchSize = 256;

    public static async ValueTask<RekeyReport> RunAsync(VaultCore core, IReadOnlyList<Unlock> keep, IProgress<(long Done, long All)>? progress, CancellationToken ct)
    {
        VaultView view = await core.Storage.RefreshAsync(ct).ConfigureAwait(false);
        IReadOnlyList<KeySlotInfo> dropped = [];
        if (view.Head.Previous is null)
        {
            HashSet<RandomId> kept = KeepFurther(core, view.Head, keep);
            dropped = (IReadOnlyList<KeySlotInfo>)(await core.WriteAsync(new HeadOperation(AuditOperation.Rekey, (plan, _) => new ValueTask<object?>(Begin(core, plan, kept))), synchronous: false, ct).ConfigureAwait(false))!;
        }

        long resealed = await ResealAsync(core, progress, ct).ConfigureAwait(false);
        VaultHead head = (await core.Storage.RefreshAsync(ct).ConfigureAwait(false)).Head;
        return new RekeyReport(head.Root.Generation, resealed, [.. head.Slots.Select(slot => KeySlots.Info(slot, core))], dropped);
    }

    private static HashSet<RandomId> KeepFurther(VaultCore core, VaultHead head, IReadOnlyList<Unlock> keep)
    {
        var kept = new HashSet<RandomId> { core.OpenedSlot };
        foreach (Unlock unlock in keep)
        {
            KeySlot[] opened = [.. head.Slots.Where(slot => core.Session.Keys.Keep(slot, unlock.Credential, core.Options.Argon2))];
            kept.UnionWith(opened.Select(static slot => slot.Id));
            if (opened.Length == 0)
                throw new VaultLockedException("SR1430", $"A {unlock.Kind} that is to be kept opens none of the vault's slots.", "Give the credentials of slots that are there; see key list.");
        }

        return kept;
    }

    private static List<KeySlotInfo> Begin(VaultCore core, CommitPlan plan, HashSet<RandomId> keep)
    {
        VaultHead head = plan.Head;
        if (head.Previous is not null)
            throw new SecretConflictException("SR1431", "Another rekey has just begun.", "Wait for it; a rekey resumes what is under way.");
        HardenedEncryption old = plan.Keys, next = old.NextGeneration();
        var kept = new List<KeySlot>();
        var dropped = new List<KeySlotInfo>();
        foreach (KeySlot slot in head.Slots)
        {
            if (keep.Contains(slot.Id) && next.Rewrap(slot) is { } again)
                kept.Add(again);
            else
                dropped.Add(KeySlots.Info(slot, core));
        }

        if (kept.Count == 0)
            throw new VaultLockedException("SR1432", "No slot would be left that opens the vault.", "Open the vault with a credential of one of its slots, then rekey.");
        plan.SetHead(
            head with
            {
                Root = new RootInfo(next.Generation, next.RootCommitment),
                Previous = new PreviousRoot(old.Generation, old.RootCommitment, next.SealPreviousRoot()),
                Epoch = new EpochInfo(1, 0),
                Slots = [.. kept],
                Records = new RecordSummary(head.Records.Kind, head.Records.Count, head.Records.GenerationCounts, SealAgain(head.Records.IndexKey, "index-key", null, old, next), head.Records.Summary),
                Audit = [.. head.Audit.Select(chain => chain with { SealedKeys = SealAgain(chain.SealedKeys, "audit-keys", chain.Id, old, next)! })],
            },
            next);
        return dropped;
    }

    private static byte[]? SealAgain(byte[]? sealedKey, string purpose, RandomId? chain, HardenedEncryption old, HardenedEncryption next)
    {
        if (sealedKey is null)
            return null;
        using SecretBuffer key = old.OpenKey(purpose, chain, sealedKey);
        return next.SealKey(purpose, chain, key.Span);
    }

    private static async ValueTask<long> ResealAsync(VaultCore core, IProgress<(long Done, long All)>? progress, CancellationToken ct)
    {
        long done = 0;
        SecretName? after = null;
        while (true)
        {
            VaultHead head = (await core.Storage.RefreshAsync(ct).ConfigureAwait(false)).Head;
            if (head.Previous is not { } previous)
                return done;
            long left = head.Records.Generations.GetValueOrDefault(previous.Generation);
            progress?.Report((done, done + left));
            if (left == 0)
            {
                // A vault without values: one more commit closes the rekey.
                await core.WriteAsync(new HeadOperation(AuditOperation.Rekey, static (plan, _) => VaultOpener.TouchHead(plan)), synchronous: false, ct).ConfigureAwait(false);
                continue;
            }

            List<SecretName> batch = await OldAsync(core, previous.Generation, after, ct).ConfigureAwait(false);
            if (batch.Count == 0 && after is not null)
            {
                // Once round: what a writer had put back before it knew the new root is found from the start.
                after = null;
                continue;
            }

            if (batch.Count == 0)
                throw new VaultIntegrityException("SR1433", "The vault counts values of an old generation that are nowhere to be found.", "Run verify; restore a backup.");
            done += (long)(await core.WriteAsync(new HeadOperation(AuditOperation.Rekey, (plan, token) => ResealAsync(plan, batch, token)), synchronous: false, ct).ConfigureAwait(false))!;
            after = batch[^1];
        }
    }

    private static async ValueTask<List<SecretName>> OldAsync(VaultCore core, long generation, SecretName? after, CancellationToken ct)
    {
        var names = new List<SecretName>();
        await foreach (RecordRow row in core.Storage.ScanAsync("", after, ct).ConfigureAwait(false))
        {
            if (await IsOldAsync(core, SecretRecord.Parse(row.Bytes.Span), generation, ct).ConfigureAwait(false))
                names.Add(row.Name);
            if (names.Count == BatchSize)
                break;
        }

        return names;
    }

    // The current value of a written secret may be new while versions of it are old.
    private static async ValueTask<bool> IsOldAsync(VaultCore core, SecretRecord record, long generation, CancellationToken ct)
    {
        if (record.Generation <= generation)
            return true;
        foreach (HistoryEntry entry in record.History)
        {
            if (core.Storage.Current is { } view
                && await core.Storage.ReadVersionAsync(view, record.Id, entry.Version, entry.Digest, ct).ConfigureAwait(false) is { } bytes
                && SecretRecord.Parse(bytes.Span).Generation <= generation)
                return true;
        }

        return false;
    }

    private static async ValueTask<object?> ResealAsync(CommitPlan plan, List<SecretName> names, CancellationToken ct)
    {
        long count = 0;
        foreach (SecretName name in names)
        {
            if (await plan.FindAsync(name, ct).ConfigureAwait(false) is not { } record)
                continue;
            SecretRecord current = record;
            if (record.Generation < plan.Keys.Generation)
            {
                current = Again(plan, name, record);
                count++;
            }

            for (int i = 0; i < current.History.Length; i++)
            {
                SecretRecord version = await plan.VersionAsync(current.Id, current.History[i], ct).ConfigureAwait(false);
                if (version.Generation >= plan.Keys.Generation)
                    continue;
                HistoryEntry entry = plan.ReplaceVersion(current.History[i], Again(plan, name, version));
                current = current with { History = current.History.SetItem(i, entry) };
                count++;
            }

            if (!ReferenceEquals(current, record))
                plan.PutQuietly(name, current);
        }

        return count;
    }

    private static SecretRecord Again(CommitPlan plan, SecretName name, SecretRecord record)
    {
        var payload = new SealedPayload(() => new ReadOnlyMemoryOwner(null, Versions.Open(plan.Keys, name, record)));
        plan.DropValue(record.Generation);
        return plan.Seal(name, record, payload);
    }
}
