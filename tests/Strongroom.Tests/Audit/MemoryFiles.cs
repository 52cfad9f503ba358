using Strongroom.Storage;

namespace Strongroom.Tests.Audit;

/// <summary>Files in memory, with counters, faults before any operation, and power loss: what was not synced survives sector by sector, as chance will have it.</summary>
internal sealed class MemoryFiles : IFileSystem
{
    private const int Sector = 512;

    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, Node> _files = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _folders = new(StringComparer.Ordinal);
    private ulong _nextInode = 1;

    /// <summary>What was done, as <c>write /path</c>, in order.</summary>
    public List<string> Log { get; } = [];

    /// <summary>Called with operation and path before each change; may throw.</summary>
    public Action<string, string>? Before { get; set; }

    /// <summary>How many bytes a write that fails has written.</summary>
    public int TornBytes { get; set; }

    public byte[] this[string path]
    {
        get => _files[path].Now;
        set => _files[path].Now = value;
    }

    public IEnumerable<string> Paths => _files.Keys;

    public bool Exists(string path) => _files.ContainsKey(path);

    public void Move(string from, string to)
    {
        _files[to] = _files[from];
        _files.Remove(from);
    }

    /// <summary>Another disk with the same content, all of it durable.</summary>
    public MemoryFiles Copy() => Remake(static node => node.Now, static _ => true);

    /// <summary>The disk after a power loss: of each unsynced piece <paramref name="survives"/> decides, in order of writing.</summary>
    public MemoryFiles PowerLoss(Func<bool> survives) => Remake(node => node.After(survives), node => node.IsEntryDurable || survives());

    public string Resolve(string path) => path;

    public FileStatus? Status(string path)
    {
        lock (_lock)
        {
            if (_files.TryGetValue(path, out Node? node))
                return node.Status;
            return _folders.Contains(path) ? new FileStatus(1, 0, 0, 0, 0, true, false, 0x1C0, 0) : null;
        }
    }

    public IFile? OpenRead(string path)
    {
        lock (_lock)
            return _files.TryGetValue(path, out Node? node) ? new Handle(this, node, path) : null;
    }

    public IFile Create(string path) => Do("create", path, () => _files.ContainsKey(path) ? throw Error($"{path} is there") : Make(path));

    public IFile OpenOrCreate(string path)
    {
        lock (_lock)
        {
            if (_files.TryGetValue(path, out Node? node))
                return new Handle(this, node, path);
        }

        return Do("create", path, () => Make(path));
    }

    public void CreateDirectory(string path) => Do("mkdir", path, () =>
    {
        for (string? folder = path; !string.IsNullOrEmpty(folder); folder = Path.GetDirectoryName(folder))
            _folders.Add(folder);
        return 0;
    });

    public void Rename(string from, string to) => throw new InvalidOperationException("The audit log renames nothing.");

    public void Delete(string path)
    {
        lock (_lock)
            _files.Remove(path);
    }

    public void DeleteFolder(string path)
    {
        lock (_lock)
        {
            foreach (string file in _files.Keys.Where(f => f.StartsWith(path + "/", StringComparison.Ordinal)).ToList())
                _files.Remove(file);
            _folders.Remove(path);
        }
    }

    public IReadOnlyList<string> List(string directory)
    {
        lock (_lock)
        {
            return [.. _files.Keys.Concat(_folders).Where(p => Path.GetDirectoryName(p) == directory).Select(p => Path.GetFileName(p)).Order(StringComparer.Ordinal)];
        }
    }

    public void SyncDirectory(string directory) => Do("syncdir", directory, () =>
    {
        foreach ((string path, Node node) in _files)
            node.IsEntryDurable |= Path.GetDirectoryName(path) == directory;
        return 0;
    });

    public static VaultUnavailableException Error(string message) => new("SR1201", message);

    private T Do<T>(string operation, string path, Func<T> action)
    {
        lock (_lock)
        {
            Log.Add($"{operation} {Path.GetFileName(path)}");
            Before?.Invoke(operation, path);
            return action();
        }
    }

    private Handle Make(string path)
    {
        var node = new Node { Inode = _nextInode++ };
        _files.Add(path, node);
        return new Handle(this, node, path);
    }

    private MemoryFiles Remake(Func<Node, byte[]> content, Func<Node, bool> isThere)
    {
        var other = new MemoryFiles { _nextInode = _nextInode };
        lock (_lock)
        {
            other._folders.UnionWith(_folders);
            foreach ((string path, Node node) in _files)
            {
                if (!isThere(node))
                    continue;
                byte[] bytes = [.. content(node)];
                other._files.Add(path, new Node { Inode = node.Inode, Now = bytes, Durable = bytes, IsEntryDurable = true });
            }
        }

        return other;
    }

    internal sealed class Node
    {
        public ulong Inode { get; init; }

        public byte[] Now { get; set; } = [];

        public byte[] Durable { get; set; } = [];

        public List<(long Offset, byte[]? Bytes)> Pending { get; } = [];

        public bool IsEntryDurable { get; set; }

        public object? Holder { get; set; }

        public FileStatus Status => new(1, Inode, Now.Length, 0, 0, false, false, 0x180, 0);

        public byte[] After(Func<bool> survives)
        {
            byte[] result = Durable;
            foreach ((long offset, byte[]? bytes) in Pending)
            {
                if (survives())
                    result = Apply(result, offset, bytes);
            }

            return result;
        }

        public static byte[] Apply(byte[] content, long offset, byte[]? bytes)
        {
            byte[] result = bytes is null ? new byte[offset] : new byte[Math.Max(content.Length, offset + bytes.Length)];
            content.AsSpan(0, Math.Min(content.Length, result.Length)).CopyTo(result);
            bytes?.CopyTo(result, offset);
            return result;
        }
    }

    private sealed class Handle(MemoryFiles files, Node node, string path) : IFile
    {
        public FileStatus Status() => node.Status;

        public int Read(Span<byte> destination, long offset)
        {
            lock (files._lock)
            {
                if (offset >= node.Now.Length)
                    return 0;
                int length = (int)Math.Min(destination.Length, node.Now.Length - offset);
                node.Now.AsSpan((int)offset, length).CopyTo(destination);
                return length;
            }
        }

        public void Write(ReadOnlySpan<byte> source, long offset)
        {
            byte[] bytes = source.ToArray();
            try
            {
                files.Do("write", path, () => Put(bytes, offset));
            }
            catch (VaultUnavailableException) when (files.TornBytes > 0)
            {
                Put(bytes[..Math.Min(bytes.Length, files.TornBytes)], offset);
                throw;
            }
        }

        public void SetLength(long length) => files.Do("cut", path, () =>
        {
            node.Now = Node.Apply(node.Now, length, null);
            node.Pending.Add((length, null));
            return 0;
        });

        public void Sync() => SyncNow("sync");

        public void SyncData() => SyncNow("datasync");

        public bool TryLock()
        {
            lock (files._lock)
            {
                node.Holder ??= this;
                return ReferenceEquals(node.Holder, this);
            }
        }

        public void Unlock()
        {
            lock (files._lock)
                node.Holder = ReferenceEquals(node.Holder, this) ? null : node.Holder;
        }

        public ISharedMemory? Map(int length) => null;

        public void Dispose() => Unlock();

        private int Put(byte[] bytes, long offset)
        {
            node.Now = Node.Apply(node.Now, offset, bytes);
            for (int from = 0; from < bytes.Length;)
            {
                int length = (int)Math.Min(bytes.Length - from, Sector - ((offset + from) % Sector));
                node.Pending.Add((offset + from, bytes[from..(from + length)]));
                from += length;
            }

            return 0;
        }

        private void SyncNow(string operation) => files.Do(operation, path, () =>
        {
            node.Durable = node.Now;
            node.Pending.Clear();
            return 0;
        });
    }
}
