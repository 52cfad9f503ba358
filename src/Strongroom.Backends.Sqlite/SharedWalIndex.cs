using System.Runtime.InteropServices;
using SQLitePCL;

namespace Strongroom.Backends.Sqlite;

/// <summary>
/// The header of the write-ahead log's index, which all processes that have the database open share as memory. Every commit changes it before it is acknowledged
/// (sqlite.org/walformat.html, 2.3.1), so while it is the same nothing has been committed, and that is learnt without a system call. The memory is the one that SQLite itself has mapped, found through its public file interface: a
/// mapping of our own would need a file descriptor, and closing one drops the locks that SQLite holds on the file.
/// </summary>
internal sealed unsafe partial class SharedWalIndex
{
    private const int FilePointer = 7; // SQLITE_FCNTL_FILE_POINTER
    private const int RegionSize = 32 * 1024; // WALINDEX_PGSZ
    private const int ShmMap = 12; // the method xShmMap in sqlite3_io_methods, counted from xClose
    private nint _memory;
    private int _readers;

    /// <summary>Takes the index of a connection that has read; it stays open until <see cref="Close"/>.</summary>
    public void Open(sqlite3 connection)
    {
        nint* file = null;
        ReadOnlySpan<byte> main = "main\0"u8;
        fixed (byte* name = main)
        {
            if (FileControl(connection.DangerousGetHandle(), name, FilePointer, &file) != 0 || file is null)
                return;
        }

        // sqlite3_file begins with a pointer to its methods; those begin with their version. Version 2 has shared memory.
        nint methods = *file;
        if (methods == 0 || *(int*)methods < 2)
            return;
        var map = (delegate* unmanaged[Cdecl]<nint*, int, int, int, byte**, int>)((nint*)methods)[1 + ShmMap];
        byte* memory = null;
        if (map(file, 0, RegionSize, 0, &memory) == 0 && memory is not null)
            Volatile.Write(ref _memory, (nint)memory);
    }

    /// <summary>The state now; not known before <see cref="Open"/> and after <see cref="Close"/>.</summary>
    public WalState Read()
    {
        Interlocked.Increment(ref _readers);
        nint memory = Volatile.Read(ref _memory);
        WalState state = memory == 0 ? default : WalState.Read((byte*)memory);
        Interlocked.Decrement(ref _readers);
        return state;
    }

    /// <summary>Lets go of the memory, once nobody reads it any more.</summary>
    public void Close()
    {
        Interlocked.Exchange(ref _memory, 0);
        var wait = default(SpinWait);
        while (Volatile.Read(ref _readers) != 0)
            wait.SpinOnce();
    }

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_file_control")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    private static partial int FileControl(nint database, byte* name, int operation, void* argument);
}

/// <summary>The 48 bytes of the header: among them a counter of transactions, the number of pages in the log, and their checksum.</summary>
internal readonly record struct WalState(ulong First, ulong Counters, ulong Pages0, ulong Checksum, ulong Salt, ulong HeaderChecksum)
{
    /// <summary>Whether anything has been read; a header always has a version.</summary>
    public bool IsKnown => First != 0;

    /// <summary>Pages in the log.</summary>
    public uint Pages => (uint)Pages0;

    public static unsafe WalState Read(byte* memory)
    {
        var words = (ulong*)memory;
        return new WalState(Volatile.Read(ref words[0]), Volatile.Read(ref words[1]), Volatile.Read(ref words[2]), Volatile.Read(ref words[3]), Volatile.Read(ref words[4]), Volatile.Read(ref words[5]));
    }
}
