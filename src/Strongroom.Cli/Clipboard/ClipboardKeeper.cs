using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Strongroom.Cli.Running;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Clipboard;

/// <summary>
/// The process that empties the clipboard after a while; this program again, with a first argument that no verb has. It knows the value by a keyed digest only, compares, and leaves alone what somebody else has copied since.
/// </summary>
internal sealed partial class ClipboardKeeper : IDisposable
{
    /// <summary>The first argument.</summary>
    public const string Word = "--clipboard-keeper";

    private const int KeySize = 32;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Process _process;
    private bool _released;

    private ClipboardKeeper(Process process) => _process = process;

    /// <summary>Starts it, and returns when it is ready. Until <see cref="LetGo"/>, disposing of this ends it.</summary>
    public static ClipboardKeeper Start(ClipboardTool tool, ReadOnlySpan<byte> value, TimeSpan timeout)
    {
        var self = Environment.ProcessPath ?? throw new IOException("This program does not know its own path.");
        // A portable build is run by the dotnet host, which wants to know what.
        string[] before = Path.GetFileNameWithoutExtension(self) == "dotnet" ? [Environment.GetCommandLineArgs()[0]] : [];
        var start = new ProcessStartInfo(self, [.. before, Word]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var name in ChildEnvironment.Unlocking)
            start.Environment.Remove(name);
        var keeper = new ClipboardKeeper(Process.Start(start)!);
        try
        {
            keeper.Instruct(tool, value, timeout);
            return keeper;
        }
        catch
        {
            keeper.Dispose();
            throw;
        }
    }

    /// <summary>It goes on when this command has ended.</summary>
    public void LetGo() => _released = true;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_released && !_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }

    /// <summary>What the process does.</summary>
    public static int Run()
    {
        var lines = Console.In.ReadToEnd().Split('\n');
        var timeout = TimeSpan.FromMilliseconds(double.Parse(lines[0], CultureInfo.InvariantCulture));
        var (key, digest) = (Convert.FromHexString(lines[1]), Convert.FromHexString(lines[2]));
        var (paste, clear) = (lines[3].Split('\t'), lines[4].Split('\t'));
        // A session of its own: closing the terminal does not end it.
        if (!OperatingSystem.IsWindows())
            _ = NewSession();
        using var ended = new ManualResetEventSlim();
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        using var hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, End);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        Console.Out.WriteLine("ready");
        Console.Out.Close();
        // Whoever ends it early, as a log-out does, has it done now.
        ended.Wait(timeout);
        var content = ClipboardTool.Read(paste);
        if (content is null || !CryptographicOperations.FixedTimeEquals(HMACSHA256.HashData(key, content), digest))
            return ExitCodes.Ok;
        CryptographicOperations.ZeroMemory(content);
        ClipboardTool.Give(clear, default);
        return ExitCodes.Ok;

        void End(PosixSignalContext signal)
        {
            signal.Cancel = true;
            ended.Set();
        }
    }

    private void Instruct(ClipboardTool tool, ReadOnlySpan<byte> value, TimeSpan timeout)
    {
        var key = RandomNumberGenerator.GetBytes(KeySize);
        string[] lines =
        [
            timeout.TotalMilliseconds.ToString(CultureInfo.InvariantCulture),
            Convert.ToHexString(key),
            Convert.ToHexString(HMACSHA256.HashData(key, value)),
            string.Join('\t', tool.Paste),
            string.Join('\t', tool.Clear ?? tool.Copy),
        ];
        _process.StandardInput.BaseStream.Write(Utf8.Strict.GetBytes(string.Join('\n', lines)));
        _process.StandardInput.Close();
        var ready = _process.StandardOutput.ReadLineAsync();
        if (!ready.Wait(Patience) || ready.Result != "ready")
            throw new CliException(ExitCodes.Unavailable, "SR2072", "The process that clears the clipboard does not start.", "Use --timeout 0s to copy without clearing.");
    }

    [LibraryImport("libc", EntryPoint = "setsid")]
    private static partial int NewSession();
}
