namespace Strongroom.Storage;

public sealed partial class LocalVault
{
    // Longer than readers go without a look at the file.
    private static readonly TimeSpan UntilAllHaveLooked = TimeSpan.FromMilliseconds(CachedVault.LookEvery + 20);

    private bool _cleanedUp;

    CommitOutcome IImageBackend.TryCommit(LoadedVault? expected, ReadOnlyMemory<byte> head, VaultImage image, out LoadedVault? committed, CancellationToken ct) =>
        TryCommit(expected, head, image, out committed, ct);

    void IImageBackend.CleanUp()
    {
        if (!_lock.IsHeld)
            throw new InvalidOperationException("Cleaning up needs the lock: a temporary file may be a living writer's.");
        lock (_loading)
            CleanUp(VaultPlace.Resolve(_files, Location));
    }

    private CommitOutcome TryCommit(LoadedVault? expected, ReadOnlyMemory<byte> head, VaultImage image, out LoadedVault? committed, CancellationToken ct)
    {
        committed = null;
        VaultFile.CheckCaps(head.Span, image);
        VaultPlace place = PlaceForWriting();
        using VaultLock.Hold hold = _lock.Enter(place, join: true, _lockTimeout, ct);
        lock (_loading)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (!_cleanedUp)
                CleanUp(place);
            FileStatus? there = _files.Status(place.File);
            bool isExpected = expected is null
                ? there is null
                : _cached is { } cached && ReferenceEquals(cached.Loaded, expected) && cached.Place == place && cached.Status == there;
            if (!isExpected)
            {
                _cached?.Doubt();
                return CommitOutcome.Conflict;
            }

            committed = Replace(place, there, head, image, ct).Loaded;
            return CommitOutcome.Committed;
        }
    }

    /// <summary>Commits over whatever is in the file, a vault or not, and keeps that beside it.</summary>
    /// <param name="head">The new head's bytes.</param>
    /// <param name="image">All rows.</param>
    /// <param name="keep">The path where the file that is replaced is kept, from its path.</param>
    /// <param name="replaced">Where it was kept; null when there was none.</param>
    /// <param name="ct">Cancels, until the new file is in place.</param>
    internal LoadedVault Overwrite(ReadOnlyMemory<byte> head, VaultImage image, Func<string, string> keep, out string? replaced, CancellationToken ct)
    {
        VaultFile.CheckCaps(head.Span, image);
        VaultPlace place = PlaceForWriting();
        using VaultLock.Hold hold = _lock.Enter(place, join: true, _lockTimeout, ct);
        lock (_loading)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            CleanUp(place);
            FileStatus? there = _files.Status(place.File);
            replaced = there is null ? null : keep(place.File);
            if (replaced is not null)
            {
                _files.Copy(place.File, replaced, place.NewTempFile());
                _files.SyncDirectory(place.Folder);
            }

            return Replace(place, there, head, image, ct).Loaded;
        }
    }

    // The order of design, section 6: each step makes true what the next one relies on.
    private CachedVault Replace(VaultPlace place, FileStatus? there, ReadOnlyMemory<byte> head, VaultImage image, CancellationToken ct)
    {
        string temp = place.NewTempFile();
        IFile file = _files.Create(temp);
        FileStatus status;
        bool renamed = false;
        try
        {
            KeepOwner(file, there);
            VaultFileWriter.Write(file, head.Span, image, ct);
            file.Sync();
            status = file.Status();
            ct.ThrowIfCancellationRequested();

            // Whoever removes the lock file lets another writer in beside this one.
            if (!_lock.IsInPlace())
                throw new VaultUnavailableException("SR1213", $"'{place.LockFile}' was removed while it was locked; nothing was changed.", "Leave the lock file where it is, and try again.");
            _files.Rename(temp, place.File);
            renamed = true;
        }
        finally
        {
            if (!renamed)
                Discard(file, temp);
        }

        return Acknowledge(place, file, status, new LoadedVault(head, image));
    }

    private CachedVault Acknowledge(VaultPlace place, IFile file, in FileStatus status, LoadedVault loaded)
    {
        VaultUnavailableException? notDurable = null;
        try
        {
            _files.SyncDirectory(place.Folder);
        }
        catch (VaultUnavailableException error)
        {
            notDurable = error;
        }

        // Readers see the new file from the rename on, durable or not.
        bool raised = _lock.TryRaise(out long generation);
        if (!raised)
            Thread.Sleep(UntilAllHaveLooked);
        if (notDurable is not null)
        {
            file.Dispose();
            Cache(null);
            throw new CommitOutcomeUnknownException("SR1212", $"The new vault is in place at '{place.File}', but syncing its folder failed: after a power loss the old one may be back.", "Check the disk, then read the vault again; writing the same again is safe.", notDurable);
        }

        Judge(place, status);
        return Cache(new CachedVault(_files, Location, place, loaded, file, status, raised ? _lock.MemoryOf(place) : null, generation))!;
    }

    private VaultPlace PlaceForWriting()
    {
        VaultPlace place = VaultPlace.Resolve(_files, Location);
        if (_files.Status(place.Folder) is not null)
            return place;
        if (_wasThere)
            throw new VaultUnavailableException("SR1209", $"The folder of the vault, '{place.Folder}', has vanished.", "Check that its volume is mounted; no new vault is made in its place.");
        _files.CreateDirectory(place.Folder);
        return place;
    }

    // Under the lock no writer lives but this one, so every temporary file is a dead one's.
    private void CleanUp(VaultPlace place)
    {
        foreach (string name in _files.List(place.Folder))
        {
            if (place.IsTempFile(name))
                _files.Delete(Path.Join(place.Folder, name));
        }

        _cleanedUp = true;
    }

    // "sudo strongroom set" must not lock the service out of its own vault.
    private void KeepOwner(IFile file, FileStatus? there)
    {
        if (_files.UserId == 0 && there is { } before && before.Owner != 0)
            file.SetOwner(before.Owner);
    }

    private void Discard(IFile file, string temp)
    {
        file.Dispose();
        try
        {
            _files.Delete(temp);
        }
        catch (VaultUnavailableException)
        {
            // What made the commit fail matters more; the next writer removes the file.
            _cleanedUp = false;
        }
    }
}
