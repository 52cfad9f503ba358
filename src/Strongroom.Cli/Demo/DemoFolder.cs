using Strongroom.Audit;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Input;
using Strongroom.Cli.Platform;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Demo;

/// <summary>The folder of a demonstration: vault, passphrase and marks of its own, so that nothing of the user's is touched. Removed at the end.</summary>
internal sealed class DemoFolder : IDisposable
{
    private readonly TimeProvider _time;

    public DemoFolder(CommandContext context, bool keep)
    {
        _time = context.Time;
        IsKept = keep;
        Folder = Directory.CreateTempSubdirectory("strongroom-demo-").FullName;
        using var random = SecretBuffer.Random(20);
        PrivateFile.Create(PassphraseFile, Utf8.Strict.GetBytes(Convert.ToHexStringLower(random.Span)));
    }

    public string Folder { get; }

    public bool IsKept { get; }

    public string Vault => Path.Combine(Folder, "secrets.json");

    public string PassphraseFile => Path.Combine(Folder, "passphrase");

    public string State => Path.Combine(Folder, "state");

    /// <summary>How the vault is opened.</summary>
    public VaultOptions Options => new() { Path = Vault, StateDirectory = State, Time = _time, Audit = new AuditOptions { Program = "strongroom-demo" } };

    /// <summary>The passphrase. The caller owns it.</summary>
    public Unlock Unlock() => Strongroom.Unlock.PassphraseFile(PassphraseFile);

    /// <summary>The file's bytes.</summary>
    public byte[] Read() => File.ReadAllBytes(Vault);

    /// <summary>Writes over the file as an attacker would: in place, without any care.</summary>
    public void Overwrite(byte[] content) => File.WriteAllBytes(Vault, content);

    public void Dispose()
    {
        if (!IsKept)
            Directory.Delete(Folder, recursive: true);
    }
}
