using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Vault;

/// <summary>An unlocked vault: its keys, and what this machine has seen of it. Decides which heads are believed (format, section 9).</summary>
internal sealed class VaultSession : IHeadVerifier, IDisposable
{
    private readonly VaultOptions _options;
    private readonly List<HardenedEncryption> _retired = [];
    private readonly List<string> _warnings = [];
    private readonly Lock _gate = new();
    private volatile HardenedEncryption _keys;

    public VaultSession(VaultOptions options, IVaultBackend backend, HardenedEncryption keys, MarkStore? marks)
    {
        _options = options;
        _keys = keys;
        Marks = marks;
        Location = backend.Location;
        Backend = backend;
    }

    public string Location { get; }

    public IVaultBackend Backend { get; }

    /// <summary>Null for a copy that is only looked into.</summary>
    public MarkStore? Marks { get; }

    public HardenedEncryption Keys => _keys;

    /// <summary>While set, heads are accepted in whatever relation they stand to the marks: to accept a rollback on purpose.</summary>
    public bool IgnoreMarks { get; set; }

    /// <summary>Set while this process holds the lock of writers: its commit raises the mark, so reads need not.</summary>
    public bool IsCommitting { get; set; }

    public IReadOnlyList<string> Warnings
    {
        get
        {
            lock (_gate)
                return [.. _warnings, .. Marks?.Warnings ?? []];
        }
    }

    public void Warn(string warning)
    {
        lock (_gate)
        {
            if (!_warnings.Contains(warning))
                _warnings.Add(warning);
        }
    }

    public VaultHead Accept(ReadOnlySpan<byte> bytes, VaultHead? current)
    {
        VaultHead head = VaultHead.Parse(bytes);
        if (head.VaultId != _keys.VaultId)
            throw new VaultIntegrityException("SR1601", $"Another vault was put in place of {Location} while it was open.", "Find out who did that; open it again if it was meant.");
        KeySlot.CheckBounds(head.Slots);
        HardenedEncryption keys = KeysFor(head);
        if (!head.IsGenuine(keys))
            throw Forged(Location);
        Follow(keys, head);
        if (current is not null)
            CheckForward(head, current);
        CheckMarks(head);
        return head;
    }

    /// <summary>Takes the keys of a commit into use.</summary>
    public void Adopt(HardenedEncryption keys)
    {
        lock (_gate)
        {
            if (ReferenceEquals(_keys, keys))
                return;
            // Readers may still be opening values with the old ones; they go with the session.
            _retired.Add(_keys);
            _keys = keys;
        }
    }

    /// <summary>Lets go of the root before when a head says that a rekey is over.</summary>
    public void Finish(VaultHead head)
    {
        if (head.Previous is null && _keys.PreviousGeneration is not null)
            Adopt(_keys.WithoutPrevious());
    }

    /// <summary>Before a commit that is to be accepted in whatever relation it stands to the marks: has them accept this head too, lest a crash between commit and mark leave a vault that is refused.</summary>
    public void Announce(VaultHead head)
    {
        if (!IgnoreMarks)
            return;
        try
        {
            Marks?.Announce(MarkOf(head));
        }
        catch (StrongroomException error)
        {
            Warn($"The mark against rollback could not be written: {error.Message}");
        }
    }

    /// <summary>Raises this machine's mark to a head that is durable.</summary>
    public void Raise(VaultHead head)
    {
        try
        {
            if (IgnoreMarks)
                Marks?.Replace(MarkOf(head));
            else
                Marks?.Raise(MarkOf(head));
        }
        catch (StrongroomException error)
        {
            // The vault itself is fine, but the next rollback would go unseen: said, not hidden.
            Warn($"The mark against rollback could not be written: {error.Message}");
        }
    }

    public Mark MarkOf(VaultHead head) => Mark.Of(Location, head);

    public static VaultIntegrityException Forged(string location) =>
        new("SR1602", $"The head of {location} was not written by a holder of its keys: it was edited or damaged.", "Do not trust this vault. Restore a backup with restore-vault.");

    public void Dispose()
    {
        lock (_gate)
        {
            _keys.Dispose();
            foreach (HardenedEncryption keys in _retired)
                keys.Dispose();
        }
    }

    private HardenedEncryption KeysFor(VaultHead head)
    {
        HardenedEncryption keys = _keys;
        if (head.Root.Generation == keys.Generation && head.Root.Commitment == keys.RootCommitment)
            return keys;
        if (head.Root.Generation < keys.Generation)
            throw new VaultIntegrityException("SR1603", $"{Location} was put back to a state before its last rekey.", "Restore the newest copy, or accept the rollback with accept-rollback.");
        return keys.Follow(head.Root.Generation, head.Root.Commitment, head.Slots)
            ?? throw new VaultLockedException("SR1604", "The vault was rekeyed by another process, and the key that opened it here was dropped.", "Open it again with a key that was kept.");
    }

    private void Follow(HardenedEncryption keys, VaultHead head)
    {
        if (head.Previous is { } previous)
            keys.AddPreviousRoot(previous.Generation, previous.Commitment, previous.Sealed);
        Adopt(keys);
        Finish(head);
    }

    private void CheckForward(VaultHead head, VaultHead current)
    {
        if (head.Revision < current.Revision)
            throw new VaultIntegrityException("SR1605", $"{Location} was put back from revision {current.Revision} to revision {head.Revision} while it was open.", "Restore the newest copy, or accept the rollback with accept-rollback.");
        if (head.Revision == current.Revision && head.Mac != current.Mac)
            throw Forked(head.Revision);
    }

    private void CheckMarks(VaultHead head)
    {
        if (IgnoreMarks)
            return;
        if (head.Revision < _options.MinimumRevision)
            throw new VaultIntegrityException("SR1606", $"{Location} has revision {head.Revision}, below the minimum of {_options.MinimumRevision} that is configured.", "An older copy was put in place. Restore the newest one.");
        // Where a vault was before it was moved it is older than where it is now, says so, and can't be written.
        if (Marks is null || (head.MovedTo is { } moved && Marks.Find(head.VaultId)?.Location == moved))
            return;
        Mark seen = MarkOf(head);
        switch (Marks.Check(seen))
        {
            case MarkVerdict.Older:
                throw new VaultIntegrityException("SR1607", $"{Location} has revision {head.Revision}, but this machine has seen revision {Marks.Find(head.VaultId)?.Revision}: an older copy was put in place.", "Restore the newest copy. If the older one is meant: accept-rollback, or look into it with --as-copy.");
            case MarkVerdict.Fork:
                throw Forked(head.Revision);
            case MarkVerdict.OtherVault:
                throw new VaultIntegrityException("SR1608", $"{Location} is another vault than the one that this machine has seen there.", "Put the right vault back. If this one is meant: accept-rollback, or look into it with --as-copy.");
            case MarkVerdict.Torn:
                Warn("The mark against rollback was unreadable, so this is treated as the first use of the vault on this machine.");
                RaiseSeen(head);
                break;
            case MarkVerdict.FirstUse or MarkVerdict.Newer:
                RaiseSeen(head);
                break;
        }
    }

    // Whoever raises a mark from what it has read makes that durable first: else a power loss would leave the mark ahead of the vault, a false alarm.
    private void RaiseSeen(VaultHead head)
    {
        if (IsCommitting)
            return;
        try
        {
            (Backend as IImageBackend)?.SyncLocation();
        }
        catch (StrongroomException error)
        {
            Warn($"The vault's folder could not be synced, so the mark against rollback was not raised: {error.Message}");
            return;
        }

        Raise(head);
    }

    private VaultIntegrityException Forked(long revision) =>
        new("SR1609", $"{Location} is forked: revision {revision} is not the one that was seen before.", "Two copies were written independently. Choose one, and restore it with restore-vault or accept it with accept-rollback.");
}
