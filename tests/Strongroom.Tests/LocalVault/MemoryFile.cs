using Strongroom.Storage;

namespace Strongroom.Tests.LocalVaults;

/// <summary>A file of bytes, to see what a writer writes.</summary>
internal sealed class MemoryFile : IFile
{
    private byte[] _bytes = [];

    public int Writes { get; private set; }

    public byte[] Bytes => [.. _bytes];

    public FileStatus Status() => new(1, 1, _bytes.Length, 0, 0, false, false, 0x180, 0);

    public int Read(Span<byte> destination, long offset)
    {
        int count = (int)Math.Clamp(_bytes.Length - offset, 0, destination.Length);
        _bytes.AsSpan((int)Math.Min(offset, _bytes.Length), count).CopyTo(destination);
        return count;
    }

    public void Write(ReadOnlySpan<byte> source, long offset)
    {
        Writes++;
        if (offset + source.Length > _bytes.Length)
            Array.Resize(ref _bytes, (int)offset + source.Length);
        source.CopyTo(_bytes.AsSpan((int)offset));
    }

    public void SetLength(long length) => Array.Resize(ref _bytes, (int)length);

    public void Sync()
    {
    }

    public void SyncData()
    {
    }

    public bool TryLock() => true;

    public void Unlock()
    {
    }

    public ISharedMemory? Map(int length) => null;

    public void Dispose()
    {
    }
}
