using Strongroom.Storage;

namespace Strongroom.Prove.PowerLoss;

/// <summary>
/// A disk in memory beneath the code that runs for real. It notes what is done to it, sector by sector, so that <see cref="PowerCut"/> can make the disks that a power loss may leave.
/// Promises no more than a file system has to: data is durable after a sync of the file, names after a sync of the folder.
/// </summary>
internal sealed class SimulatedDisk : IFileSystem
{
    private const int Sector = 512;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Node> _names = new(StringComparer.Ordinal);
    private readonly HashSet<string> _folders = new(StringComparer.Ordinal);
    private ulong _nextInode = 1;
    private long _clock;

    /// <summary>Where what is done is noted; null when nobody asks.</summary>
    public List<DiskOperation>? Trace { get; set; }

    public uint? UserId => 1000;

    /// <summary>Paths and contents, in order.</summary>
    public IEnumerable<(string Path, byte[] Bytes)> Files => _names.OrderBy(static pair => pair.Key, StringComparer.Ordinal).Select(static pair => (pair.Key, pair.Value.Bytes));

    /// <summary>Another disk with the same content.</summary>
    public SimulatedDisk Fork()
    {
        var other = new SimulatedDisk { _nextInode = _nextInode, _clock = _clock };
        lock (_lock)
        {
            foreach ((string path, Node node) in _names)
                other._names.Add(path, new Node(node.Inode) { Bytes = node.Bytes, Changed = node.Changed });
            other._folders.UnionWith(_folders);
        }

        return other;
    }

    /// <summary>Notes that the caller has been told that what it asked for is done.</summary>
    public void Acknowledge() => Note(new DiskOperation(DiskOperationKind.Acknowledged, 0, "", "", 0, []));

    public byte[]? Read(string path)
    {
        lock (_lock)
            return _names.TryGetValue(path, out Node? node) ? node.Bytes : null;
    }

    public void Put(string path, byte[] bytes)
    {
        lock (_lock)
        {
            _names[path] = new Node(_nextInode++) { Bytes = bytes, Changed = ++_clock };
            AddFolders(Path.GetDirectoryName(path)!);
        }
    }

    public string Resolve(string path) => Path.GetFullPath(path);

    public FileStatus? Status(string path)
    {
        lock (_lock)
        {
            if (_names.TryGetValue(path, out Node? node))
                return node.Status;
            return _folders.Contains(path) || path == "/" ? new FileStatus(1, 1_000_000, 0, 0, 0, true, false, 0x1C0, 1000) : null;
        }
    }

    public IFile? OpenRead(string path)
    {
        lock (_lock)
            return _names.TryGetValue(path, out Node? node) ? new Handle(this, node) : null;
    }

    public IFile Create(string path)
    {
        lock (_lock)
            return _names.ContainsKey(path) ? throw FileErrors.Exists("Creating", path) : Make(path);
    }

    public IFile OpenOrCreate(string path)
    {
        lock (_lock)
            return _names.TryGetValue(path, out Node? node) ? new Handle(this, node) : Make(path);
    }

    public void CreateDirectory(string path)
    {
        if (Status(path) is { IsDirectory: true })
            return;
        string? parent = Path.GetDirectoryName(path);
        if (parent is not null)
            CreateDirectory(parent);
        lock (_lock)
            _folders.Add(path);
        Note(new DiskOperation(DiskOperationKind.Folder, 0, path, "", 0, []));
        SyncDirectory(parent!);
    }

    public void Rename(string from, string to)
    {
        lock (_lock)
        {
            if (!_names.Remove(from, out Node? node))
                throw FileErrors.Missing("Replacing", to);
            _names[to] = node;
            Note(new DiskOperation(DiskOperationKind.Rename, node.Inode, from, to, 0, []));
        }
    }

    public void Delete(string path)
    {
        lock (_lock)
        {
            if (_names.Remove(path, out Node? node))
                Note(new DiskOperation(DiskOperationKind.Delete, node.Inode, path, "", 0, []));
        }
    }

    public IReadOnlyList<string> List(string directory)
    {
        lock (_lock)
            return [.. _names.Keys.Concat(_folders).Where(path => Path.GetDirectoryName(path) == directory).Select(static path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
    }

    public void SyncDirectory(string directory) => Note(new DiskOperation(DiskOperationKind.SyncFolder, 0, directory, "", 0, []));

    /// <summary>Does one noted thing again; what it is about may have been lost.</summary>
    /// <param name="operation">What.</param>
    /// <param name="nodes">The files by inode, those without a name too.</param>
    internal void Apply(in DiskOperation operation, Dictionary<ulong, Node> nodes)
    {
        switch (operation.Kind)
        {
            case DiskOperationKind.Create:
                _names[operation.Path] = NodeOf(operation.File, nodes);
                break;
            case DiskOperationKind.Rename:
                if (_names.TryGetValue(operation.Path, out Node? there) && there.Inode == operation.File)
                    _names.Remove(operation.Path);
                _names[operation.To] = NodeOf(operation.File, nodes);
                break;
            case DiskOperationKind.Delete:
                if (_names.TryGetValue(operation.Path, out Node? gone) && gone.Inode == operation.File)
                    _names.Remove(operation.Path);
                break;
            case DiskOperationKind.Folder:
                AddFolders(operation.Path);
                break;
            case DiskOperationKind.Write:
                NodeOf(operation.File, nodes).Write(operation.Bytes, operation.Offset, ++_clock);
                break;
            case DiskOperationKind.Length:
                NodeOf(operation.File, nodes).SetLength(operation.Offset, ++_clock);
                break;
        }
    }

    internal Dictionary<ulong, Node> NodesByInode() => _names.Values.ToDictionary(static node => node.Inode);

    /// <summary>After a power loss: a name in a folder that was lost is lost with it, and inodes are given out anew above all that were.</summary>
    internal void Settle()
    {
        foreach (string path in _names.Keys.Where(path => Path.GetDirectoryName(path) is { } folder && folder != "/" && !_folders.Contains(folder)).ToList())
            _names.Remove(path);
        _nextInode += 1000;
    }

    private static Node NodeOf(ulong inode, Dictionary<ulong, Node> nodes)
    {
        if (!nodes.TryGetValue(inode, out Node? node))
            nodes.Add(inode, node = new Node(inode));
        return node;
    }

    private void AddFolders(string path)
    {
        for (string? folder = path; folder is not null && folder != "/"; folder = Path.GetDirectoryName(folder))
            _folders.Add(folder);
    }

    private Handle Make(string path)
    {
        if (Path.GetDirectoryName(path) is { } folder && folder != "/" && !_folders.Contains(folder))
            throw FileErrors.Missing("Creating", path);
        var node = new Node(_nextInode++) { Changed = ++_clock };
        _names.Add(path, node);
        Note(new DiskOperation(DiskOperationKind.Create, node.Inode, path, "", 0, []));
        return new Handle(this, node);
    }

    private void Note(in DiskOperation operation)
    {
        if (Trace is not { } trace)
            return;
        lock (_lock)
            trace.Add(operation);
    }

    internal sealed class Node(ulong inode)
    {
        public ulong Inode => inode;

        // Replaced and never changed, so that disks can share it.
        public byte[] Bytes { get; set; } = [];

        public long Changed { get; set; }

        public object? Holder { get; set; }

        public FileStatus Status => new(1, inode, Bytes.Length, Changed, 0, false, false, 0x180, 1000);

        public void Write(ReadOnlySpan<byte> bytes, long offset, long now)
        {
            byte[] result = new byte[Math.Max(Bytes.Length, offset + bytes.Length)];
            Bytes.CopyTo(result, 0);
            bytes.CopyTo(result.AsSpan((int)offset));
            (Bytes, Changed) = (result, now);
        }

        public void SetLength(long length, long now)
        {
            byte[] result = new byte[length];
            Bytes.AsSpan(0, (int)Math.Min(length, Bytes.Length)).CopyTo(result);
            (Bytes, Changed) = (result, now);
        }
    }

    private sealed class Handle(SimulatedDisk disk, Node node) : IFile
    {
        public FileStatus Status()
        {
            lock (disk._lock)
                return node.Status;
        }

        public int Read(Span<byte> destination, long offset)
        {
            byte[] bytes = node.Bytes;
            int count = (int)Math.Clamp(bytes.Length - offset, 0, destination.Length);
            if (count > 0)
                bytes.AsSpan((int)offset, count).CopyTo(destination);
            return count;
        }

        public void Write(ReadOnlySpan<byte> source, long offset)
        {
            lock (disk._lock)
            {
                // A file that grows may get its new length without the data, which is zeros then.
                if (offset + source.Length > node.Bytes.Length)
                    disk.Note(new DiskOperation(DiskOperationKind.Length, node.Inode, "", "", offset + source.Length, []));
                for (int done = 0; done < source.Length && disk.Trace is not null;)
                {
                    int length = (int)Math.Min(source.Length - done, Sector - ((offset + done) % Sector));
                    disk.Note(new DiskOperation(DiskOperationKind.Write, node.Inode, "", "", offset + done, source.Slice(done, length).ToArray()));
                    done += length;
                }

                node.Write(source, offset, ++disk._clock);
            }
        }

        public void SetLength(long length)
        {
            lock (disk._lock)
            {
                disk.Note(new DiskOperation(DiskOperationKind.Length, node.Inode, "", "", length, []));
                node.SetLength(length, ++disk._clock);
            }
        }

        public void Sync() => disk.Note(new DiskOperation(DiskOperationKind.SyncFile, node.Inode, "", "", 0, []));

        public void SyncData() => Sync();

        public bool TryLock()
        {
            lock (disk._lock)
            {
                node.Holder ??= this;
                return ReferenceEquals(node.Holder, this);
            }
        }

        public void Unlock()
        {
            lock (disk._lock)
                node.Holder = ReferenceEquals(node.Holder, this) ? null : node.Holder;
        }

        public ISharedMemory? Map(int length) => node.Bytes.Length < length ? null : new Memory(node);

        public void Dispose() => Unlock();
    }

    private sealed class Memory(Node node) : ISharedMemory
    {
        public long Read(int offset) => BitConverter.ToInt64(node.Bytes, offset);

        public void Dispose()
        {
        }
    }
}
