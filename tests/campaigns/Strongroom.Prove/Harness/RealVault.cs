using System.Diagnostics;

namespace Strongroom.Prove;

/// <summary>A folder of its own with a vault on the real file system, for the command and the library. In memory where there is such a place: a fault is no slower there, and a sync no faster.</summary>
internal sealed class RealVault : IDisposable
{
    public RealVault(byte[]? key = null)
    {
        string root = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();
        Folder = Directory.CreateDirectory(Path.Combine(root, $"strongroom-prove-{Environment.ProcessId}-{Guid.NewGuid():N}"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;
        Key = key ?? Keys.NewBytes();
        File.WriteAllBytes(KeyPath, Key);
        File.SetUnixFileMode(KeyPath, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    public string Folder { get; }

    public byte[] Key { get; }

    public string KeyPath => Path.Combine(Folder, "key");

    public string VaultPath => Path.Combine(Folder, "vault", "v.json");

    public VaultOptions Options => new() { Path = VaultPath, StateDirectory = Path.Combine(Folder, "state") };

    public IReadOnlyDictionary<string, string> Variables => new Dictionary<string, string>
    {
        ["STRONGROOM_VAULT"] = VaultPath,
        ["STRONGROOM_STATE_DIR"] = Path.Combine(Folder, "state"),
        ["STRONGROOM_KEY_FILE"] = KeyPath,
    };

    public async Task<SecretsManager> OpenAsync(VaultOptions? options = null)
    {
        using Unlock unlock = Keys.Of(Key);
        return await SecretsManager.OpenAsync(options ?? Options, unlock).ConfigureAwait(false);
    }

    public async Task<SecretsManager> CreateAsync(VaultOptions? options = null)
    {
        using Unlock unlock = Keys.Of(Key);
        return await SecretsManager.CreateAsync(options ?? Options, unlock).ConfigureAwait(false);
    }

    public ProcessStartInfo Run(params string[] arguments) => Command.Of(Command.Binary, arguments, Variables, Folder);

    /// <summary>Another folder with the same files in the same state.</summary>
    public RealVault Copy()
    {
        var other = new RealVault(Key);
        CopyTree(Folder, other.Folder);
        return other;
    }

    /// <summary>Makes the files of the folder those of another.</summary>
    public void Become(RealVault other)
    {
        foreach (string folder in Directory.GetDirectories(Folder))
            Directory.Delete(folder, recursive: true);
        CopyTree(other.Folder, Folder);
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static void CopyTree(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)), overwrite: true);
        foreach (string folder in Directory.GetDirectories(from))
            CopyTree(folder, Path.Combine(to, Path.GetFileName(folder)));
    }
}
