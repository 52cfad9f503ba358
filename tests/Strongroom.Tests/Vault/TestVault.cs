using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Tests.Vault;

/// <summary>A vault in a folder of its own, unlocked with a key file (no slow KDF), with a state folder of its own.</summary>
internal sealed class TestVault : IDisposable
{
    public TestVault()
    {
        Folder = Directory.CreateTempSubdirectory("strongroom-test-").FullName;
        Directory.CreateDirectory(Path.Combine(Folder, "vault"));
        KeyPath = Path.Combine(Folder, "key");
        using SecretBuffer key = Credential.NewKeyFile();
        File.WriteAllBytes(KeyPath, key.Span.ToArray());
        Unlock = Unlock.KeyFile(KeyPath);
        Options = new VaultOptions { Path = VaultPath, StateDirectory = Path.Combine(Folder, "state") };
    }

    public string Folder { get; }

    public string KeyPath { get; }

    public string VaultPath => Path.Combine(Folder, "vault", "strongroom.json");

    public Unlock Unlock { get; }

    public VaultOptions Options { get; set; }

    public ValueTask<SecretsManager> CreateAsync() => SecretsManager.CreateAsync(Options, Unlock, TestContext.Current.CancellationToken);

    public ValueTask<SecretsManager> OpenAsync() => SecretsManager.OpenAsync(Options, Unlock, TestContext.Current.CancellationToken);

    public async Task<SecretsManager> CreateWithAsync(params string[] names)
    {
        SecretsManager manager = await CreateAsync();
        foreach (string name in names)
            await manager.SetAsync(name, "value of " + name);
        return manager;
    }

    public void Dispose()
    {
        Unlock.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}

/// <summary>Short ways for tests, which have no secrets to protect.</summary>
internal static class TestExtensions
{
    public static async Task<SecretMetadata> SetAsync(this ISecretStore store, SecretName name, string value, SetOptions options = default)
    {
        using SecretValue secret = SecretValue.DangerousFromString(value);
        return await store.SetAsync(name, secret, options, TestContext.Current.CancellationToken);
    }

    public static async Task<SecretMetadata> RotateAsync(this IVersionedSecretStore store, SecretName name, string value, RotateOptions options = default)
    {
        using SecretValue secret = SecretValue.DangerousFromString(value);
        return await store.RotateAsync(name, secret, options, TestContext.Current.CancellationToken);
    }

    public static async Task<string> TextAsync(this ISecretStore store, SecretName name, long? version = null)
    {
        using SecretData data = await store.GetAsync(name, version, TestContext.Current.CancellationToken);
        return data.Value.DangerousRevealString();
    }

    public static async Task<List<string>> NamesAsync(this ISecretStore store, SecretQuery? query = null)
    {
        var names = new List<string>();
        await foreach (SecretEntry entry in store.ListAsync(query, TestContext.Current.CancellationToken))
            names.Add(entry.Name.ToString());
        return names;
    }
}
