namespace Strongroom.Storage;

public sealed partial class LocalVault
{
    private const uint GroupOrOthersWrite = 0x12; // 0022
    private const uint Sticky = 0x200;            // 01000: in such a folder only owners replace their files
    private const uint GroupOrOthersRead = 0x24;  // 0044

    // Held while the cached vault is replaced: by one reader, or by a commit in the last part of its work.
    private readonly Lock _loading = new();
    private volatile CachedVault? _cached;
    private volatile string[] _warnings = [];
    private volatile bool _wasThere;

    IReadOnlyList<string> IImageBackend.Warnings => _warnings;

    LoadedVault? IImageBackend.Load(CancellationToken ct) => Load(ct);

    bool IImageBackend.IsCurrent(LoadedVault loaded) => _cached is { } cached && ReferenceEquals(cached.Loaded, loaded) && cached.IsCurrent();

    void IImageBackend.SyncLocation() => _files.SyncDirectory(VaultPlace.Resolve(_files, Location).Folder);

    private LoadedVault? Load(CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        if (_cached is { } cached && cached.IsCurrent())
            return cached.Loaded;
        lock (_loading)
            return (_cached is { } other && other.IsCurrent() ? other : Reload())?.Loaded;
    }

    // For the watch: by a look at the file, and no errors.
    private CachedVault? TryReload()
    {
        try
        {
            if (_cached is { } cached && cached.Look())
                return cached;
            lock (_loading)
                return Reload();
        }
        catch (Exception error) when (error is StrongroomException or ObjectDisposedException)
        {
            return null;
        }
    }

    private CachedVault? Reload()
    {
        VaultPlace place = VaultPlace.Resolve(_files, Location);

        // Before the file is opened: a commit in between is then taken for a change once more, and never missed.
        ISharedMemory? memory = _lock.MemoryOf(place, again: _cached is { IsOutrun: false });
        long generation = memory is null ? 0 : VaultSidecar.Generation(memory);
        IFile? file = _files.OpenRead(place.File);
        if (file is null)
            return Cache(null);
        try
        {
            FileStatus status = file.Status();
            if (_cached is { } cached && cached.Place == place && cached.Status == status)
            {
                file.Dispose();
                return Cache(new CachedVault(_files, Location, place, cached.Loaded, cached.File, status, memory, generation));
            }

            LoadedVault loaded = VaultFileReader.Read(ReadWhole(file, place, status));
            Judge(place, status);
            return Cache(new CachedVault(_files, Location, place, loaded, file, status, memory, generation));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static byte[] ReadWhole(IFile file, VaultPlace place, in FileStatus status)
    {
        if (status.Size > VaultFile.MaxFileBytes)
            throw VaultFileReader.TooLarge(status.Size);
        byte[] bytes = GC.AllocateUninitializedArray<byte>((int)status.Size);

        // Our own writers never change a file that is in place; an editor or cp does.
        if (file.Read(bytes, 0) != bytes.Length || file.Status() != status)
            throw new VaultUnavailableException("SR1208", $"'{place.File}' was changed in place while it was read.", "Something other than Strongroom is writing to it; try again when that has finished.");
        return bytes;
    }

    // Under _loading. The replaced vault's file is closed now: finalizers come too late for a process that commits thousands of times a second.
    private CachedVault? Cache(CachedVault? next)
    {
        CachedVault? before = _cached;
        _cached = next;
        _wasThere |= next is not null;
        if (before is not null && !ReferenceEquals(before.File, next?.File))
            before.File.Dispose();
        return next;
    }

    private void Judge(VaultPlace place, in FileStatus status)
    {
        if (_files.UserId is not { } user)
            return;
        var warnings = new List<string>();
        JudgeOne(place.File, status, user, readable: true, warnings);
        try
        {
            if (_files.Status(place.Folder) is { } folder)
                JudgeOne(place.Folder, folder, user, readable: false, warnings);
        }
        catch (VaultUnavailableException)
        {
            // A folder that can't be looked at fails where it matters; a warning is no reason to.
        }

        _warnings = [.. warnings];
    }

    private static void JudgeOne(string path, in FileStatus status, uint user, bool readable, List<string> warnings)
    {
        if (status.Owner != user && status.Owner != 0)
            warnings.Add($"'{path}' belongs to another user (id {status.Owner}), who can replace the vault.");
        if ((status.Mode & GroupOrOthersWrite) != 0 && (status.Mode & Sticky) == 0)
            warnings.Add($"'{path}' can be written by other users (mode {Convert.ToString(status.Mode, 8)}), who can replace the vault; use: chmod go-w '{path}'");
        else if (readable && (status.Mode & GroupOrOthersRead) != 0)
            warnings.Add($"'{path}' can be read by other users (mode {Convert.ToString(status.Mode, 8)}), who see the names of secrets and can try passphrases; use: chmod go-r '{path}'");
    }
}
