using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Strongroom.Storage;

/// <summary>
/// The open lock file of a vault: a kernel lock, a generation counter that every commit raises and readers see as memory, and the name of the lock's holder.
/// See docs/decisions/0001-lock-and-freshness.md.
/// </summary>
internal sealed class VaultSidecar : IDisposable
{
    private const int CounterOffset = 0;
    private const int HolderOffset = 64;
    private const int Length = 512;
    private readonly IFileSystem _files;
    private readonly IFile _file;
    private readonly string _path;
    private readonly FileStatus _opened;

    private VaultSidecar(IFileSystem files, string path, IFile file, bool isWritable)
    {
        (_files, _path, _file, IsWritable) = (files, path, file, isWritable);
        _opened = file.Status();
        Memory = file.Map(sizeof(long));
    }

    public bool IsWritable { get; }

    /// <summary>The counter's memory; null where files can't be mapped, or before the first writer.</summary>
    public ISharedMemory? Memory { get; private set; }

    /// <summary>Opens what is there, for the counter; null when there is nothing to be read. Reading never creates it: made by the superuser in passing, it would lock the owner out.</summary>
    public static VaultSidecar? OpenForReading(IFileSystem files, string path)
    {
        IFile? file = null;
        try
        {
            file = files.OpenRead(path);
            return file is null ? null : new VaultSidecar(files, path, file, isWritable: false);
        }
        catch (VaultUnavailableException)
        {
            file?.Dispose();
            return null;
        }
    }

    public static VaultSidecar OpenForWriting(IFileSystem files, string path)
    {
        IFile file = files.OpenOrCreate(path);
        try
        {
            return new VaultSidecar(files, path, file, isWritable: true);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The generation counter; only meaningful as equal or not.</summary>
    public static long Generation(ISharedMemory memory) => memory.Read(CounterOffset);

    /// <summary>Whether the file on the path is still this one, so that its lock excludes whoever comes after.</summary>
    public bool IsInPlace() => _files.Status(_path) is { } there && there.IsSameFile(_opened);

    public bool TryLock() => _file.TryLock();

    public void Unlock() => _file.Unlock();

    /// <summary>Under the lock: makes the file complete when it is new, and names the holder.</summary>
    /// <param name="vaultFile">The vault, to whose owner a file made by the superuser is given.</param>
    /// <param name="holder">One line.</param>
    public void Enter(string vaultFile, ReadOnlySpan<byte> holder)
    {
        if (_file.Status().Size < Length)
        {
            if (_files.UserId == 0 && _files.Status(vaultFile) is { } vault && vault.Owner != _opened.Owner)
                _file.SetOwner(vault.Owner);

            // All bytes are really written: a hole, filled through a mapping on a full disk, would be a signal. The counter begins anywhere, lest a reader take a new one for the old.
            Span<byte> empty = stackalloc byte[Length];
            empty.Clear();
            RandomNumberGenerator.Fill(empty[..(sizeof(long) - 1)]);
            _file.Write(empty, 0);
        }

        Memory ??= _file.Map(sizeof(long));
        Span<byte> text = stackalloc byte[Length - HolderOffset];
        text.Clear();
        holder[..Math.Min(holder.Length, text.Length - 1)].CopyTo(text);
        _file.Write(text, HolderOffset);
    }

    /// <summary>Under the lock: takes the holder's name out again.</summary>
    public void Leave() => _file.Write([0], HolderOffset);

    /// <summary>What the holder wrote of itself; empty when nothing.</summary>
    public byte[] ReadHolder()
    {
        Span<byte> text = stackalloc byte[Length - HolderOffset];
        int read = _file.Read(text, HolderOffset);
        int end = text[..read].IndexOf((byte)0);
        return text[..(end < 0 ? read : end)].ToArray();
    }

    /// <summary>
    /// Under the lock: tells all readers of the vault that it has changed. By a write and not through the mapping: what fails is then an error. Under the lock nobody else writes.
    /// </summary>
    /// <param name="generation">The counter's new value.</param>
    /// <returns>Whether the readers' memory shows it; otherwise they notice by looking at the file.</returns>
    public bool TryRaise(out long generation)
    {
        generation = 0;
        if (Memory is null)
            return false;
        try
        {
            Span<byte> counter = stackalloc byte[sizeof(long)];
            generation = Generation(Memory) + 1;
            MemoryMarshal.Write(counter, in generation);
            _file.Write(counter, CounterOffset);
            return Generation(Memory) == generation;
        }
        catch (VaultUnavailableException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        Memory?.Dispose();
        _file.Dispose();
    }
}
