using System.Runtime.InteropServices;

namespace Strongroom.Cli.Running;

/// <summary>A program that is to run: where it lies, and its arguments in the form that the system wants.</summary>
internal sealed unsafe class Executable : IDisposable
{
    private readonly nint[] _strings;
    private readonly string _name;

    private Executable(string path, IReadOnlyList<string> command)
    {
        _name = command[0];
        Words = command;
        Path = path;
        _strings = [.. command.Select(argument => Marshal.StringToCoTaskMemUTF8(argument)), Marshal.StringToCoTaskMemUTF8(path), Marshal.StringToCoTaskMemUTF8("/bin/sh")];
        // One place in front is free: a script without '#!' is given to the shell, with its path as an argument.
        ForShell = (byte**)NativeMemory.AllocZeroed((nuint)((command.Count + 2) * sizeof(nint)));
        Arguments = ForShell + 1;
        for (var i = 0; i < command.Count; i++)
            Arguments[i] = (byte*)_strings[i];
    }

    /// <summary>Where it lies.</summary>
    public string Path { get; }

    /// <summary>The command as it was given: name, arguments.</summary>
    public IReadOnlyList<string> Words { get; }

    /// <summary>The arguments, the program's name first.</summary>
    public byte** Arguments { get; }

    public byte* PathBytes => (byte*)_strings[^2];

    private byte** ForShell { get; }

    /// <summary>Finds a program as a shell does.</summary>
    /// <param name="command">Its name or path, and arguments.</param>
    /// <param name="searchPath">The folders, as in <c>PATH</c>.</param>
    /// <exception cref="CliException">There is none (127), or it can't be executed (126).</exception>
    public static Executable Find(IReadOnlyList<string> command, string? searchPath)
    {
        var name = command[0];
        if (name.Length == 0 || command.Any(argument => argument.Contains('\0', StringComparison.Ordinal)))
            throw CliException.Usage("The command is empty, or an argument has a zero byte.");
        if (name.Contains('/', StringComparison.Ordinal))
            return File.Exists(name) ? Check(name, command) : throw (Directory.Exists(name) ? NotExecutable(name) : NotFound(name));
        string? refused = null;
        foreach (var folder in (searchPath ?? "/usr/local/bin:/usr/bin:/bin").Split(':'))
        {
            var candidate = System.IO.Path.Combine(folder.Length == 0 ? "." : folder, name);
            if (!File.Exists(candidate))
                continue;
            if (IsExecutable(candidate))
                return new Executable(candidate, command);
            refused ??= candidate;
        }

        throw refused is null ? NotFound(name) : NotExecutable(refused);
    }

    /// <summary>A program whose place is known.</summary>
    public static Executable Of(string path, IReadOnlyList<string> command) => new(path, command);

    /// <summary>Becomes the program. Returns only when that fails.</summary>
    public CliException Become(byte** environment)
    {
        _ = Native.Execute(PathBytes, Arguments, environment);
        var error = Marshal.GetLastPInvokeError();
        if (error == Native.NotExecutable)
        {
            _ = Native.Execute((byte*)_strings[^1], Shell(), environment);
            error = Marshal.GetLastPInvokeError();
        }

        return Failure(error);
    }

    /// <summary>Starts the program.</summary>
    public int Start(byte* actions, byte* attributes, byte** environment)
    {
        var error = Native.Spawn(out var pid, PathBytes, actions, attributes, Arguments, environment);
        if (error == Native.NotExecutable)
            error = Native.Spawn(out pid, (byte*)_strings[^1], actions, attributes, Shell(), environment);
        return error == 0 ? pid : throw Failure(error);
    }

    /// <summary>Why it does not run.</summary>
    public CliException Failure(int error) => error is Native.NoEntry or Native.NotAFolder ? NotFound(_name) : NotExecutable(_name, Marshal.GetPInvokeErrorMessage(error));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var text in _strings)
            Marshal.FreeCoTaskMem(text);
        NativeMemory.Free(ForShell);
    }

    private byte** Shell()
    {
        ForShell[0] = (byte*)_strings[^1];
        Arguments[0] = PathBytes;
        return ForShell;
    }

    private static Executable Check(string path, IReadOnlyList<string> command) => IsExecutable(path) ? new Executable(path, command) : throw NotExecutable(path);

    private static bool IsExecutable(string path) =>
        OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != UnixFileMode.None;

    private static CliException NotFound(string name) => new(ExitCodes.CommandNotFound, "SR2044", $"There is no command '{name}'.", "Check its name and PATH.");

    private static CliException NotExecutable(string name, string reason = "it is not an executable file") =>
        new(ExitCodes.CommandNotExecutable, "SR2045", $"{name} can't be executed: {reason}.", "Check its mode and its first line.");
}
