using System.Globalization;
using Strongroom.Cli.Input;
using Strongroom.Cli.Platform;

namespace Strongroom.Cli.Running;

/// <summary>A named pipe that gives its content to everybody who opens it: a file that is on no disk. Each reader gets a pipe of its own under the same name, so none gets another's part.</summary>
internal sealed class MountedPipe : IDisposable
{
    private const uint OwnerOnly = 0x180;
    private readonly string _path;
    private readonly Lock _gate = new();
    private WipedBuffer _content;
    private volatile bool _closed;

    private MountedPipe(string path, WipedBuffer content)
    {
        _path = path;
        _content = content;
    }

    /// <summary>Makes the pipe and begins to serve it.</summary>
    /// <param name="path">Where; nothing may be there.</param>
    /// <param name="content">What readers get. Owned.</param>
    public static MountedPipe Create(string path, WipedBuffer content)
    {
        if (File.Exists(path) || Directory.Exists(path))
            throw new CliException(ExitCodes.Conflict, "SR2011", $"{path} is there already and is not overwritten.", "Choose another path, or move the file away.");
        if (Native.MakePipeFile(path, OwnerOnly) != 0)
            throw new CliException(ExitCodes.Unavailable, "SR2020", $"No named pipe can be made at {path}.", "Check the folder, its permissions, and that its file system has named pipes.");
        var pipe = new MountedPipe(path, content);
        new Thread(pipe.Serve) { IsBackground = true, Name = "mount" }.Start();
        return pipe;
    }

    /// <summary>From now on readers get this.</summary>
    public void Replace(WipedBuffer content)
    {
        lock (_gate)
        {
            _content.Dispose();
            _content = content;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _closed = true;
        File.Delete(_path);
        lock (_gate)
            _content.Dispose();
    }

    private void Serve()
    {
        while (!_closed)
        {
            // Waits for a reader.
            var fd = Native.Open(_path, Native.WriteOnly | Native.CloseOnExec);
            if (fd < 0)
                return;
            using var writer = new Descriptor(fd);
            using var copy = new WipedBuffer(1024);
            lock (_gate)
            {
                if (_closed)
                    return;
                Renew();
                copy.Write(_content.Span);
            }

            _ = Descriptor.WriteAll(fd, copy.Span);
        }
    }

    // Until it is closed the pipe would take further readers, who would share what this one gets.
    private void Renew()
    {
        var next = string.Create(CultureInfo.InvariantCulture, $"{_path}.{Environment.ProcessId}");
        if (Native.MakePipeFile(next, OwnerOnly) == 0)
            File.Move(next, _path, overwrite: true);
    }
}
