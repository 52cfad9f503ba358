using Strongroom.Audit;
using Strongroom.Cryptography;

namespace Strongroom.Bench.Harness;

/// <summary>A folder of its own with a key file; STRONGROOM_BENCH_DIR says on which disk.</summary>
internal sealed class Workspace : IDisposable
{
    public Workspace()
        : this(Path.Combine(Environment.GetEnvironmentVariable("STRONGROOM_BENCH_DIR") ?? Path.GetTempPath(), $"strongroom-bench-{Environment.ProcessId}-{Guid.NewGuid():N}"))
    {
    }

    public Workspace(string folder)
    {
        Folder = Directory.CreateDirectory(folder).FullName;
        using SecretBuffer key = Credential.NewKeyFile();
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using FileStream file = new(KeyFile, options);
        file.Write(key.Span);
    }

    public string Folder { get; }

    public string KeyFile => Path.Combine(Folder, "key");

    public string VaultFile => Path.Combine(Folder, "vault.json");

    public VaultOptions Options(AuditReads reads = AuditReads.Buffered, bool audit = true) => OptionsFor(VaultFile, Path.Combine(Folder, "state"), reads, audit);

    public static VaultOptions OptionsFor(string path, string state, AuditReads reads = AuditReads.Buffered, bool audit = true) => new()
    {
        Path = path,
        StateDirectory = state,
        LockTimeout = TimeSpan.FromSeconds(60),
        Audit = new AuditOptions { Enabled = audit, Reads = reads },
    };

    /// <summary>A vault with so many secrets of 256 bytes, which make records of about 800.</summary>
    public SecretsManager CreateVault(int secrets, AuditReads reads = AuditReads.Buffered, bool audit = true)
    {
        using Unlock unlock = Unlock.KeyFile(KeyFile);
        SecretsManager manager = SecretsManager.Create(Options(reads, audit), unlock);
        Samples.Fill(manager, secrets);
        return manager;
    }

    public SecretsManager Open(AuditReads reads = AuditReads.Buffered, bool audit = true)
    {
        using Unlock unlock = Unlock.KeyFile(KeyFile);
        return SecretsManager.Open(Options(reads, audit), unlock);
    }

    /// <summary>The most memory that a process needed for what it was told to do, in bytes.</summary>
    public static double MemoryOf(string role, params string[] arguments)
    {
        using System.Diagnostics.Process child = Children.Start(role, arguments);
        string peak = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        return double.Parse(peak, System.Globalization.CultureInfo.InvariantCulture);
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
