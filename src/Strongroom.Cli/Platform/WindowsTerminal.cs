using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Strongroom.Cli.Input;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Platform;

/// <summary>The console, <c>CONIN$</c> and <c>CONOUT$</c>. It speaks UTF-16: what is typed goes through a pinned array that is zeroed.</summary>
[SupportedOSPlatform("windows")]
internal sealed partial class WindowsTerminal : Terminal
{
    private const uint GenericReadWrite = 0xC0000000;
    private const uint ShareReadWrite = 3;
    private const uint OpenExisting = 3;
    private const uint EchoInput = 4;
    private const nint Invalid = -1;

    private readonly nint _input;
    private readonly nint _output;

    private WindowsTerminal(nint input, nint output)
    {
        _input = input;
        _output = output;
    }

    /// <summary>The console of this process, or null.</summary>
    public static Terminal? TryOpenConsole()
    {
        var input = CreateFile("CONIN$", GenericReadWrite, ShareReadWrite, 0, OpenExisting, 0, 0);
        if (input == Invalid)
            return null;
        var output = CreateFile("CONOUT$", GenericReadWrite, ShareReadWrite, 0, OpenExisting, 0, 0);
        if (output != Invalid)
            return new WindowsTerminal(input, output);
        _ = CloseHandle(input);
        return null;
    }

    public override void Dispose()
    {
        _ = CloseHandle(_input);
        _ = CloseHandle(_output);
    }

    protected override void Write(string text) => _ = WriteConsole(_output, text, (uint)text.Length, out _, 0);

    protected override WipedBuffer? Read(bool hidden, CancellationToken ct)
    {
        if (!GetConsoleMode(_input, out var before))
            throw new CliException(ExitCodes.Locked, "SR2004", "The console can't be asked to hide what is typed.", "Use --passphrase-file.");
        _ = SetConsoleMode(_input, hidden ? before & ~EchoInput : before | EchoInput);
        var typed = GC.AllocateArray<char>(MaxLine, pinned: true);
        try
        {
            if (!ReadConsole(_input, ref MemoryMarshal.GetReference(MemoryMarshal.AsBytes(typed.AsSpan())), MaxLine, out var count, 0) || count == 0)
            {
                ct.ThrowIfCancellationRequested();
                return null;
            }

            ct.ThrowIfCancellationRequested();
            var text = typed.AsSpan(0, (int)count);
            var line = new WipedBuffer(Utf8.Strict.GetMaxByteCount(text.Length));
            line.Advance(Utf8.Strict.GetBytes(text, line.GetSpan(Utf8.Strict.GetMaxByteCount(text.Length))));
            line.DropFinalNewline();
            return line;
        }
        finally
        {
            Array.Clear(typed);
            _ = SetConsoleMode(_input, before);
        }
    }

    [LibraryImport("kernel32", EntryPoint = "CreateFileW", StringMarshalling = StringMarshalling.Utf16, SetLastError = true)]
    private static partial nint CreateFile(string name, uint access, uint share, nint security, uint disposition, uint flags, nint template);

    [LibraryImport("kernel32")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool CloseHandle(nint handle);

    [LibraryImport("kernel32", EntryPoint = "WriteConsoleW", StringMarshalling = StringMarshalling.Utf16)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool WriteConsole(nint handle, string text, uint length, out uint written, nint reserved);

    [LibraryImport("kernel32", EntryPoint = "ReadConsoleW")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool ReadConsole(nint handle, ref byte utf16, uint length, out uint read, nint control);

    [LibraryImport("kernel32")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool GetConsoleMode(nint handle, out uint mode);

    [LibraryImport("kernel32")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool SetConsoleMode(nint handle, uint mode);
}
