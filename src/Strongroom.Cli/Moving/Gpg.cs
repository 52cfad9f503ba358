using System.Buffers;
using System.Diagnostics;
using Strongroom.Cli.Input;

namespace Strongroom.Cli.Moving;

/// <summary>GnuPG as a process: files in, bytes out. What is secret goes through pipes only.</summary>
internal static class Gpg
{
    private const int MaxBytes = 16 * 1024 * 1024;

    /// <summary>Decrypts a file; null when gpg refuses. The caller owns the buffer.</summary>
    public static async Task<WipedBuffer?> DecryptAsync(string file, bool mayAsk, CancellationToken ct)
    {
        string[] arguments = ["--batch", "--quiet", "--yes", .. mayAsk ? Array.Empty<string>() : ["--pinentry-mode", "error"], "--decrypt", "--", file];
        using var process = Start(arguments);
        process.StandardInput.Close();
        var buffer = new WipedBuffer(4096);
        var errors = process.StandardError.ReadToEndAsync(ct);
        try
        {
            int count;
            while ((count = await process.StandardOutput.BaseStream.ReadAsync(buffer.GetMemory(4096), ct)) > 0 && buffer.Length <= MaxBytes)
                buffer.Advance(count);
            await errors;
            await process.WaitForExitAsync(ct);
            if (process.ExitCode == 0 && buffer.Length <= MaxBytes)
                return buffer;
            buffer.Dispose();
            return null;
        }
        catch
        {
            buffer.Dispose();
            Stop(process);
            throw;
        }
    }

    /// <summary>Encrypts to a new file.</summary>
    /// <exception cref="CliException">gpg refuses; what it says is shown.</exception>
    public static async Task EncryptAsync(ReadOnlyMemory<byte> plaintext, string file, IEnumerable<string> recipients, CancellationToken ct)
    {
        using var process = Start(["--batch", "--quiet", "--no-encrypt-to", "--trust-model", "always", "--output", file, .. recipients.SelectMany(static recipient => new[] { "--recipient", recipient }), "--encrypt"]);
        var errors = process.StandardError.ReadToEndAsync(ct);
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(plaintext, ct);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended early, and says below why.
        }

        var said = await errors;
        await process.WaitForExitAsync(ct);
        if (process.ExitCode != 0)
            throw new CliException(ExitCodes.Unavailable, "SR2034", $"gpg can't encrypt: {said.Trim().Split('\n')[^1]}", "Check --recipient, or the .gpg-id of the folder: 'gpg --list-keys' shows the keys there are.");
    }

    private static Process Start(IEnumerable<string> arguments)
    {
        try
        {
            return Process.Start(new ProcessStartInfo("gpg", arguments) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new CliException(ExitCodes.Unavailable, "SR2034", "gpg is not installed, and a folder of pass is encrypted with it.", "Install GnuPG (Debian: apt-get install gnupg).", error);
        }
    }

    private static void Stop(Process process)
    {
        if (!process.HasExited)
            process.Kill();
    }
}
