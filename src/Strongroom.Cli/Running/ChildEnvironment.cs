using System.Runtime.InteropServices;
using System.Text;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Running;

/// <summary>
/// The environment that a command gets. What is inherited is handed on byte for byte; what is set lies in memory that is zeroed on dispose.
/// </summary>
internal sealed unsafe class ChildEnvironment : IDisposable
{
    /// <summary>What opens a vault is for this process only.</summary>
    public static readonly IReadOnlySet<string> Unlocking = new HashSet<string>(StringComparer.Ordinal)
    {
        "STRONGROOM_KEY_FILE", "STRONGROOM_PASSPHRASE", "STRONGROOM_PASSPHRASE_FILE", "STRONGROOM_PASSPHRASE_COMMAND", "STRONGROOM_RECOVERY_KEY_FILE", "STRONGROOM_TOKEN",
    };

    /// <summary>What stays with <c>--clean-env</c>: what programs need to find each other, the user's folder and the terminal.</summary>
    public static readonly IReadOnlySet<string> Kept = new HashSet<string>(StringComparer.Ordinal) { "HOME", "LANG", "LOGNAME", "PATH", "SHELL", "TERM", "TMPDIR", "TZ", "USER" };

    private readonly Dictionary<string, nint> _entries = new(StringComparer.Ordinal);
    private readonly List<(nint Memory, int Length)> _owned = [];

    /// <summary>A copy of this process's environment, without what opens a vault.</summary>
    /// <param name="clean">Only what every program needs.</param>
    public ChildEnvironment(bool clean)
    {
        for (var entry = (byte**)Environ(); entry is not null && *entry is not null; entry++)
        {
            var text = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(*entry);
            var equals = text.IndexOf((byte)'=');
            var name = equals > 0 ? Encoding.Latin1.GetString(text[..equals]) : "";
            if (name.Length > 0 && !Unlocking.Contains(name) && (!clean || Kept.Contains(name) || name.StartsWith("LC_", StringComparison.Ordinal)))
                _entries.TryAdd(name, (nint)(*entry));
        }
    }

    /// <summary>The value of a variable as text, or null.</summary>
    public string? this[string name] => _entries.TryGetValue(name, out var entry)
        ? Marshal.PtrToStringUTF8(entry + name.Length + 1)
        : null;

    /// <summary>The names whose values are meant as references, with the values.</summary>
    public IEnumerable<(string Name, string Value)> References() => _entries.Keys.Select(name => (name, this[name]!)).Where(entry => SecretReference.IsReference(entry.Item2)).OrderBy(entry => entry.name, StringComparer.Ordinal);

    /// <summary>Takes a variable away.</summary>
    public void Remove(string name) => _entries.Remove(name);

    /// <summary>Sets a variable.</summary>
    /// <exception cref="CliException">The value has a zero byte.</exception>
    public void Set(string name, ReadOnlySpan<byte> value)
    {
        if (value.Contains((byte)0))
            throw new CliException(ExitCodes.Usage, "SR2043", $"The value of {name} has a zero byte, which no environment variable can hold.", "Use --files or --stdin, or ?as=base64 in the reference.");
        var length = name.Length + 1 + value.Length + 1;
        var memory = (byte*)NativeMemory.Alloc((nuint)length);
        var span = new Span<byte>(memory, length);
        Encoding.Latin1.GetBytes(name, span);
        span[name.Length] = (byte)'=';
        value.CopyTo(span[(name.Length + 1)..]);
        span[^1] = 0;
        _owned.Add(((nint)memory, length));
        _entries[name] = (nint)memory;
    }

    /// <summary>Sets a variable to text.</summary>
    public void Set(string name, string value) => Set(name, Utf8.Strict.GetBytes(value));

    /// <summary>The entries, as the system wants them. Valid until this is disposed of.</summary>
    public byte** Build()
    {
        var length = (_entries.Count + 1) * sizeof(nint);
        var block = (byte**)NativeMemory.AllocZeroed((nuint)length);
        _owned.Add(((nint)block, length));
        var at = 0;
        foreach (var entry in _entries.Values)
            block[at++] = (byte*)entry;
        return block;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (memory, length) in _owned)
        {
            System.Security.Cryptography.CryptographicOperations.ZeroMemory(new Span<byte>((void*)memory, length));
            NativeMemory.Free((void*)memory);
        }

        _owned.Clear();
        _entries.Clear();
    }

    // The C library's variable: what the framework gives is decoded, and so not always what was there.
    private static nint Environ() => *(nint*)NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), "environ");
}
