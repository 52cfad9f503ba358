using Strongroom.Storage;

namespace Strongroom.Tests.LocalVaults;

/// <summary>The real file system, with somebody else who does something right before a call: what can't be timed with processes.</summary>
/// <param name="before">Gets the call's name and the path.</param>
internal sealed class HookedFileSystem(Action<string, string> before) : IFileSystem
{
    private readonly IFileSystem _files = FileSystems.Default;

    public uint? UserId => _files.UserId;

    public string Resolve(string path) => _files.Resolve(path);

    public FileStatus? Status(string path) => Hook(nameof(Status), path).Status(path);

    public IFile? OpenRead(string path) => Hook(nameof(OpenRead), path).OpenRead(path) is { } file ? new HookedFile(file, path, before) : null;

    public IFile Create(string path) => new HookedFile(Hook(nameof(Create), path).Create(path), path, before);

    public IFile OpenOrCreate(string path) => new HookedFile(Hook(nameof(OpenOrCreate), path).OpenOrCreate(path), path, before);

    public void CreateDirectory(string path) => Hook(nameof(CreateDirectory), path).CreateDirectory(path);

    public void Rename(string from, string to) => Hook(nameof(Rename), to).Rename(from, to);

    public void Delete(string path) => Hook(nameof(Delete), path).Delete(path);

    public IReadOnlyList<string> List(string directory) => Hook(nameof(List), directory).List(directory);

    public void SyncDirectory(string directory) => Hook(nameof(SyncDirectory), directory).SyncDirectory(directory);

    private IFileSystem Hook(string call, string path)
    {
        before(call, path);
        return _files;
    }

    private sealed class HookedFile(IFile file, string path, Action<string, string> before) : IFile
    {
        public FileStatus Status() => file.Status();

        public int Read(Span<byte> destination, long offset)
        {
            before(nameof(Read), path);
            return file.Read(destination, offset);
        }

        public void Write(ReadOnlySpan<byte> source, long offset)
        {
            before(nameof(Write), path);
            file.Write(source, offset);
        }

        public void SetLength(long length) => file.SetLength(length);

        public void Sync()
        {
            before(nameof(Sync), path);
            file.Sync();
        }

        public void SyncData() => file.SyncData();

        public bool TryLock()
        {
            before(nameof(TryLock), path);
            return file.TryLock();
        }

        public void Unlock() => file.Unlock();

        public ISharedMemory? Map(int length) => file.Map(length);

        public void SetOwner(uint owner) => file.SetOwner(owner);

        public void Dispose() => file.Dispose();
    }
}
