using System.Runtime.InteropServices;

namespace Strongroom.Cli.Running;

/// <summary>A file descriptor of this process. Every one is closed when another program is executed, unless it is given to it.</summary>
internal sealed unsafe class Descriptor(int fd) : IDisposable
{
    private int _fd = fd >= 0 ? fd : throw new IOException($"The system gives no file descriptor (error {Marshal.GetLastPInvokeError()}).");

    /// <summary>The number; -1 once closed.</summary>
    public int Number => _fd;

    /// <summary>Whether it is still open.</summary>
    public bool IsOpen => _fd >= 0;

    /// <summary>A pipe.</summary>
    public static (Descriptor Read, Descriptor Write) Pipe()
    {
        var fds = stackalloc int[2];
        if (Native.Pipe(fds, Native.CloseOnExec) != 0)
            throw new IOException("The system gives no pipe.");
        return (new Descriptor(fds[0]), new Descriptor(fds[1]));
    }

    /// <summary>Something to read that holds these bytes and then ends: a pipe where they fit into one, else memory.</summary>
    public static Descriptor Holding(ReadOnlySpan<byte> bytes)
    {
        const int PipeCapacity = 65536;
        if (bytes.Length > PipeCapacity)
        {
            // MFD_CLOEXEC
            var memory = new Descriptor(Native.MemoryFile("strongroom", 1));
            WriteAll(memory.Number, bytes);
            _ = Native.Seek(memory.Number, 0, 0);
            return memory;
        }

        var (read, write) = Pipe();
        WriteAll(write.Number, bytes);
        write.Dispose();
        return read;
    }

    /// <summary>Reads some bytes.</summary>
    /// <returns>0 at the end, -1 when there is nothing now, -2 on an error.</returns>
    public static int Read(int fd, Span<byte> buffer)
    {
        while (true)
        {
            fixed (byte* start = buffer)
            {
                var count = Native.Read(fd, start, (nuint)buffer.Length);
                if (count >= 0)
                    return (int)count;
            }

            switch (Marshal.GetLastPInvokeError())
            {
                case Native.Interrupted:
                    continue;
                case Native.TryAgain:
                    return -1;
                default:
                    return -2;
            }
        }
    }

    /// <summary>Writes all bytes.</summary>
    /// <returns>Whether they went; false when nobody reads any more.</returns>
    public static bool WriteAll(int fd, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            nint count;
            fixed (byte* start = bytes)
                count = Native.Write(fd, start, (nuint)bytes.Length);
            if (count >= 0)
            {
                bytes = bytes[(int)count..];
                continue;
            }

            switch (Marshal.GetLastPInvokeError())
            {
                case Native.Interrupted:
                    break;
                case Native.TryAgain:
                    var ready = new Native.PollRequest(fd, Native.PollOut);
                    _ = Native.Poll(&ready, 1, -1);
                    break;
                default:
                    return false;
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        var open = Interlocked.Exchange(ref _fd, -1);
        if (open >= 0)
            _ = Native.Close(open);
    }
}
