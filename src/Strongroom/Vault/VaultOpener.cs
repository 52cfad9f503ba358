using Strongroom.Audit;
using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Vault;

/// <summary>Creates and opens vaults, in the order of checks of the format, section 9.</summary>
internal static class VaultOpener
{
    public static async ValueTask<VaultCore> CreateAsync(VaultOptions options, Unlock unlock, CancellationToken ct)
    {
        options.Validate();
        if (options.AsCopy)
            throw new VaultConfigurationException("SR1508", "A vault can't be created as a copy that is only read.", "Leave AsCopy out.");
        CheckStrength(options, unlock);
        IFileSystem files = options.Files ?? FileSystems.Default;
        IVaultBackend backend = BackendOf(options, files);
        if (await ExistsAsync(backend, ct).ConfigureAwait(false))
            throw Exists(backend);
        DateTimeOffset now = MetadataFormat.Truncate(options.Time.GetUtcNow());
        HardenedEncryption keys = HardenedEncryption.Generate(RandomId.New());
        try
        {
            KeySlot slot = NewSlot(keys, unlock, options, "", now);
            VaultHead head = FirstHead(keys, slot, backend.Limits.Index, now);
            var session = new VaultSession(options, backend, keys, new MarkStore(files, options.StateDirectory ?? MarkStore.DefaultDirectory()));
            // Whatever stood at this place before, this vault is meant to stand there now.
            session.IgnoreMarks = true;
            RecordStorage storage = StorageOf(backend, session, options, files);
            var core = new VaultCore(options, files, session, storage, slot);
            await CommitFirstAsync(core, head, ct).ConfigureAwait(false);
            session.IgnoreMarks = false;
            Observe(core);
            return core;
        }
        catch
        {
            keys.Dispose();
            throw;
        }
    }

    public static async ValueTask<VaultCore> OpenAsync(VaultOptions options, Unlock unlock, bool ignoreMarks, CancellationToken ct)
    {
        options.Validate();
        IFileSystem files = options.Files ?? FileSystems.Default;
        IVaultBackend backend = BackendOf(options, files);
        VaultHead seen = VaultHead.Parse(await ReadHeadAsync(backend, ct).ConfigureAwait(false) is { } bytes ? bytes.Span : throw Missing(backend));
        VaultCopy.RequireComplete(seen, backend.Location);
        // Framing and hashing of the rows goes on while the key is derived; whoever needs the rows waits for it, and learns what is wrong with them only after the head is verified.
        if (backend is IImageBackend image && unlock.HasPassphrase && image.Load(ct) is { } loaded)
            _ = Task.Run(() => _ = loaded.Image, CancellationToken.None);
        HardenedEncryption keys = HardenedEncryption.Unlock(seen.VaultId, seen.Root.Generation, seen.Root.Commitment, seen.Slots, unlock.Credential, options.Argon2, out KeySlot slot);
        try
        {
            MarkStore? marks = options.AsCopy ? null : new MarkStore(files, options.StateDirectory ?? MarkStore.DefaultDirectory());
            var session = new VaultSession(options, backend, keys, marks) { IgnoreMarks = ignoreMarks };
            RecordStorage storage = StorageOf(backend, session, options, files);
            var core = new VaultCore(options, files, session, storage, slot);
            VaultHead head = (await storage.RefreshAsync(ct).ConfigureAwait(false)).Head;
            if (head.MovedTo is { } moved)
                session.Warn($"This vault has been moved to {moved}: it can be read here and not written.");
            if (slot.IsBelow(options.Encryption))
                session.Warn($"The passphrase slot '{slot.Label}' ({slot.Id}) has weaker parameters than the options ask for: change its passphrase (to the same one, if you like) to bring it up to them.");
            Observe(core);
            if (!options.AsCopy && !ignoreMarks)
                await BeginAuditAsync(core).ConfigureAwait(false);
            return core;
        }
        catch
        {
            keys.Dispose();
            throw;
        }
    }

    /// <summary>The head as it stands, unverified; null when there is no vault.</summary>
    public static async ValueTask<ReadOnlyMemory<byte>?> ReadHeadAsync(IVaultBackend backend, CancellationToken ct) =>
        backend is IImageBackend image
            ? image.Load(ct)?.Head
            : (await backend.ReadAsync([], ct).ConfigureAwait(false))?.Head;

    public static IVaultBackend BackendOf(VaultOptions options, IFileSystem files) =>
        options.Backend ?? (VaultAddress.Of(options.Path!) is { } address
            ? VaultBackends.Open(address, new BackendSettings(options.Time, options.LockTimeout))
            : new LocalVault(files, options.Path!, options.Time, options.LockTimeout));

    public static RecordStorage StorageOf(IVaultBackend backend, VaultSession session, VaultOptions options, IFileSystem files) => backend is IImageBackend image
        ? new ListStorage(image, session, () => new LocalVault(files, image.Location, options.Time, options.LockTimeout))
        : new TreeStorage(backend, session, options);

    /// <summary>A slot by the policy of the options.</summary>
    public static KeySlot NewSlot(HardenedEncryption keys, Unlock unlock, VaultOptions options, string label, DateTimeOffset now) =>
        keys.CreateSlot(unlock.Credential, unlock.HasPassphrase ? options.Encryption : null, label, TimeText(now), options.Argon2);

    /// <summary>Refuses a weak passphrase where the options say so.</summary>
    public static void CheckStrength(VaultOptions options, Unlock unlock)
    {
        if (options.RefuseWeakPassphrase && unlock.IsWeak)
            throw new VaultConfigurationException("SR1509", "The passphrase is too weak: it is short or uniform, and the options refuse that.", "Use at least five random words, or a key file.");
    }

    public static VaultUnavailableException Missing(IVaultBackend backend) =>
        new("SR1410", $"There is no vault at {backend.Location}.", "Check the path, or create one with init.");

    public static VaultConfigurationException Exists(IVaultBackend backend) =>
        new("SR1429", $"There already is a vault at {backend.Location}.", "Open it, or choose another place.");

    private static async ValueTask<bool> ExistsAsync(IVaultBackend backend, CancellationToken ct) => await ReadHeadAsync(backend, ct).ConfigureAwait(false) is not null;

    private static VaultHead FirstHead(HardenedEncryption keys, KeySlot slot, RecordIndex kind, DateTimeOffset now)
    {
        byte[]? indexKey = null;
        if (kind == RecordIndex.Tree)
        {
            using SecretBuffer random = SecretBuffer.Random(32);
            indexKey = keys.SealKey("index-key", null, random.Span);
        }

        Digest summary = kind == RecordIndex.Tree ? default : VaultImage.Empty.ComputeSummary();
        return new VaultHead
        {
            VaultId = keys.VaultId,
            Revision = 1,
            CreatedAt = now,
            UpdatedAt = now,
            Root = new RootInfo(keys.Generation, keys.RootCommitment),
            Epoch = new EpochInfo(1, 0),
            Slots = [slot],
            Records = new RecordSummary(kind, 0, RecordSummary.NoGenerations, indexKey, summary),
            Commits = [RandomId.New()],
            Audit = [],
        };
    }

    private static async ValueTask CommitFirstAsync(VaultCore core, VaultHead head, CancellationToken ct)
    {
        using IDisposable? writers = core.Storage.Lock(core.Options.LockTimeout, ct);
        // Under the lock nobody else can create it any more, and nothing is left behind for a vault that is refused here.
        if (await ExistsAsync(core.Storage.Backend, ct).ConfigureAwait(false))
            throw Exists(core.Storage.Backend);
        using AuditSession.AuditCommit? log = core.Audit.Begin(head, head);
        if (log is not null)
            head = log.Stamp(head, core.Session.Keys, new AuditEvent(AuditOperation.Create, "ok", head.Revision, []));
        (head, byte[] bytes) = head.Seal(core.Session.Keys);
        IReadOnlyList<StoredRow> lines = log is null ? [] : await log.RowsAsync(ct).ConfigureAwait(false);
        core.Session.Announce(head);
        CommitOutcome outcome = await core.Storage.CreateAsync(head, bytes, lines, ct).ConfigureAwait(false);
        if (outcome != CommitOutcome.Committed)
            throw Exists(core.Storage.Backend);
        log?.Append();
        core.Session.Raise(head);
    }

    // This host's and user's chain begins with the first opening, so that its reads have a place.
    private static async ValueTask BeginAuditAsync(VaultCore core)
    {
        if (!core.Audit.Enabled)
            return;
        VaultHead head = core.Storage.Current!.Head;
        try
        {
            if (AuditSession.Own(head) is not null)
                core.Access.Seed(core.Audit.Recover(head));
            else if (core.Options.Audit.Reads != AuditReads.Off)
                await core.RepairAsync(new HeadOperation(AuditOperation.Open, static (plan, _) => TouchHead(plan)), CancellationToken.None).ConfigureAwait(false);
        }
        catch (StrongroomException error)
        {
            // A lost or damaged log is not an outage: the vault opens, and says so; what must be logged is refused until the log is restarted.
            core.AuditTrouble = error;
            core.Session.Warn($"The audit log {(error is VaultUnavailableException ? "can't be written" : "is in trouble")}: {error.Message}");
        }
    }

    internal static ValueTask<object?> TouchHead(CommitPlan plan)
    {
        plan.SetHead(plan.Head with { });
        return new ValueTask<object?>((object?)null);
    }

    private static void Observe(VaultCore core)
    {
        if (core.Storage.Backend is IImageBackend image)
        {
            foreach (string warning in image.Warnings)
                core.Session.Warn(warning);
        }

        if (!SecretBuffer.MemoryIsLocked)
            core.Session.Warn("The system did not lock the memory of keys, so they may be written to swap space.");
    }

    private static string TimeText(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture);
}
