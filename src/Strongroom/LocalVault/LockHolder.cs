using System.Buffers;
using System.Diagnostics;
using Strongroom.Cryptography;

namespace Strongroom.Storage;

/// <summary>Who holds a lock, as it says itself. For people only: nothing is decided by it.</summary>
/// <param name="Host">The machine.</param>
/// <param name="Process">The process id there.</param>
/// <param name="Program">What it runs.</param>
/// <param name="Since">When it took the lock.</param>
internal sealed record LockHolder(string Host, long Process, string Program, DateTimeOffset Since)
{
    private const int MaxNameLength = 64;
    private static readonly string ThisHost = Printable(Environment.MachineName);
    private static readonly string ThisProgram = Printable(Path.GetFileName(Environment.ProcessPath) ?? "unknown");

    /// <summary>This process.</summary>
    public static LockHolder Self(TimeProvider time) => new(ThisHost, Environment.ProcessId, ThisProgram, time.GetUtcNow());

    /// <summary>Reads what a holder wrote; null when it is nothing of that kind.</summary>
    public static LockHolder? Parse(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
            return null;
        try
        {
            JsonValue json = CanonicalJson.Parse(text);
            return new LockHolder(Printable(json["host"].String), json["pid"].Number, Printable(json["program"].String), json["since"].Time);
        }
        catch (VaultIntegrityException)
        {
            return null;
        }
    }

    /// <summary>One line of canonical JSON.</summary>
    public byte[] ToBytes()
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        var json = new CanonicalJsonWriter(buffer);
        json.BeginObject();
        json.Name("host");
        json.Value(Host);
        json.Name("pid");
        json.Value(Process);
        json.Name("program");
        json.Value(Program);
        json.Name("since");
        json.Value(Since);
        json.EndObject();
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Whether the process lives; null when it is on another machine and can't be known.</summary>
    public bool? IsAlive()
    {
        if (!string.Equals(Host, ThisHost, StringComparison.Ordinal) || Process is <= 0 or > int.MaxValue)
            return null;
        try
        {
            using var process = System.Diagnostics.Process.GetProcessById((int)Process);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    public override string ToString() => $"process {Process} ({Program}) on {Host} since {Since:yyyy-MM-dd'T'HH:mm:ss'Z'}";

    // The text comes from a file and goes to a terminal: no control characters, and short.
    private static string Printable(string text)
    {
        char[] chars = text.Length > MaxNameLength ? text.ToCharArray(0, MaxNameLength) : text.ToCharArray();
        for (int i = 0; i < chars.Length; i++)
        {
            if (!char.IsAscii(chars[i]) || char.IsControl(chars[i]))
                chars[i] = '?';
        }

        return new string(chars);
    }
}
