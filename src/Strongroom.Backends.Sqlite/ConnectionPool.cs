using System.Collections.Concurrent;
using SQLitePCL;
using static SQLitePCL.raw;

namespace Strongroom.Backends.Sqlite;

/// <summary>The connections of one handle: as many as there are threads at work, kept for the next one. One more stays open for the freshness of caches and for checkpoints.</summary>
internal sealed class ConnectionPool(string path, TimeSpan timeout) : IDisposable
{
    // About 8 MiB of log: what a reader may have to look through, and a crash to recover.
    private const int CheckpointPages = 2000;
    private readonly ConcurrentBag<Connection> _idle = [];
    private readonly Lock _opening = new();
    private readonly SharedWalIndex _index = new();
    private Connection? _anchor;
    private int _checkpointing;
    private volatile bool _disposed;

    /// <summary>Changes with every commit of every process; costs no system call.</summary>
    public WalState WalState => _index.Read();

    /// <summary>A connection; null when there is no vault.</summary>
    public Lease? TryRent() => Rent(create: false);

    /// <summary>A connection; makes database and tables when there are none.</summary>
    public Lease RentOrCreate()
    {
        CreateFile();
        return Rent(create: true)!;
    }

    /// <summary>Moves a long log into the database, in the background: a commit does not wait for it.</summary>
    public void CheckpointIfLong(Connection connection)
    {
        if (_index.Read().Pages < CheckpointPages || Interlocked.Exchange(ref _checkpointing, 1) != 0)
            return;
        ThreadPool.QueueUserWorkItem(static pool => pool.Checkpoint(), this, preferLocal: false);
    }

    public void Dispose()
    {
        _disposed = true;
        _index.Close();
        lock (_opening)
        {
            _anchor?.Dispose();
            _anchor = null;
        }

        while (_idle.TryTake(out Connection? connection))
            connection.Dispose();
    }

    private Lease? Rent(bool create)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_idle.TryTake(out Connection? connection))
            return new Lease(this, connection);
        if (!File.Exists(path))
            return null;
        connection = Connection.Open(path, timeout, create);
        if (connection is null)
            return null;
        OpenAnchor();
        return new Lease(this, connection);
    }

    private void OpenAnchor()
    {
        lock (_opening)
        {
            if (_anchor is not null || _disposed || Connection.Open(path, timeout, create: false) is not { } anchor)
                return;
            _anchor = anchor;
            // The first read maps the index of the log.
            _ = anchor.ReadHeadKey();
            _index.Open(anchor.Handle);
        }
    }

    private void Checkpoint()
    {
        try
        {
            lock (_opening)
            {
                if (_anchor is { } anchor)
                    _ = sqlite3_wal_checkpoint_v2(anchor.Handle, null, SQLITE_CHECKPOINT_PASSIVE, out _, out _);
            }
        }
        finally
        {
            Volatile.Write(ref _checkpointing, 0);
        }
    }

    private void Return(Connection connection)
    {
        if (!_disposed)
            _idle.Add(connection);
        else
            connection.Dispose();
    }

    // Only for the owner from the start; SQLite gives the log the mode of the database.
    private void CreateFile()
    {
        if (File.Exists(path))
            return;
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            new FileStream(path, options).Dispose();
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another process was faster.
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new VaultUnavailableException("SR1283", $"The database {path} can't be made: {error.Message}", "Check that its folder exists and that you may write there.", error);
        }
    }

    public sealed class Lease(ConnectionPool pool, Connection connection) : IDisposable
    {
        public Connection Connection => connection;

        public void Dispose() => pool.Return(connection);
    }
}
