using Strongroom.Cli.CommandLine;

namespace Strongroom.Cli.Input;

/// <summary>Values and passphrases from pipes and files, as exact bytes into zeroed buffers.</summary>
internal static class StandardInput
{
    /// <summary>The largest value that any vault takes.</summary>
    private const int MaxBytes = 16 * 1024 * 1024;

    /// <summary>How long a pipe may be silent under <c>--no-input</c>: a program at its other end that is itself waiting must not make us hang.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>Whether standard input is a terminal.</summary>
    public static bool IsTerminal => !Console.IsInputRedirected;

    /// <summary>Reads standard input to its end. The caller owns the buffer.</summary>
    public static async ValueTask<WipedBuffer> ReadAsync(CommandContext context, int most = MaxBytes)
    {
        await using var stream = Console.OpenStandardInput();
        return await ReadAsync(stream, "Standard input", most, context.Ask.NoInput ? Patience : Timeout.InfiniteTimeSpan, context.Cancellation);
    }

    /// <summary>Reads a file. The caller owns the buffer.</summary>
    public static async ValueTask<WipedBuffer> ReadFileAsync(string path, CancellationToken ct, int most = MaxBytes)
    {
        try
        {
            await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            return await ReadAsync(file, "The file", most, Timeout.InfiniteTimeSpan, ct);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CliException(ExitCodes.Usage, "SR2012", $"{path} can't be read: {Reason(error)}.", "Check the path and its permissions.", error);
        }
    }

    /// <summary>Why a file can't be used, in few words.</summary>
    public static string Reason(Exception error) => error switch
    {
        FileNotFoundException or DirectoryNotFoundException => "there is no such file",
        UnauthorizedAccessException => "permission denied, or it is a folder",
        _ => "it is not readable",
    };

    private static async ValueTask<WipedBuffer> ReadAsync(Stream stream, string what, int most, TimeSpan patience, CancellationToken ct)
    {
        var buffer = new WipedBuffer(4096);
        try
        {
            while (true)
            {
                var count = await ReadSomeAsync(stream, buffer.GetMemory(1), patience, ct);
                if (count == 0)
                    return buffer;
                buffer.Advance(count);
                if (buffer.Length > most)
                    throw new CliException(ExitCodes.Usage, "SR2005", $"{what} has more than {most} bytes, the most that is taken.");
            }
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
    }

    private static async ValueTask<int> ReadSomeAsync(Stream stream, Memory<byte> destination, TimeSpan patience, CancellationToken ct)
    {
        // A read of a pipe can't be cancelled: it is left behind, and the process ends soon.
        var read = stream.ReadAsync(destination, CancellationToken.None).AsTask();
        try
        {
            return await read.WaitAsync(patience, ct);
        }
        catch (TimeoutException error)
        {
            throw new CliException(ExitCodes.Locked, "SR2004", $"Nothing came on standard input for {patience.TotalSeconds} s, and --no-input forbids waiting.", "Pipe the value in, or use --file.", error);
        }
    }
}
