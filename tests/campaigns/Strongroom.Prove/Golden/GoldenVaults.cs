using System.Text;
using Strongroom.Argon2.Managed;
using Strongroom.Audit;
using Strongroom.Cryptography;

namespace Strongroom.Prove.Golden;

/// <summary>
/// Makes the vaults of <c>tests/golden</c>, one for each way in and each feature. They are made once for a version of the format and then opened for ever: a change that needs them made again is a new format.
/// </summary>
internal static class GoldenVaults
{
    private const string Passphrase = "golden passphrase of the tests";

    public static async Task<int> MakeAsync(string folder)
    {
        await PassphraseAsync(folder, "argon2id", KdfParameters.Argon2id(19456, 2, 1));
        await PassphraseAsync(folder, "argon2id-4-lanes", KdfParameters.Argon2id(19456, 2, 4));
        await PassphraseAsync(folder, "pbkdf2-sha256", KdfParameters.Pbkdf2Sha256(100_000));
        await PassphraseAsync(folder, "pbkdf2-sha512", KdfParameters.Pbkdf2Sha512(100_000));
        byte[] key = Keys.NewBytes();
        await MakeAsync(folder, "key-file", "key", key, Keys.Of(key), KdfParameters.Default, SimpleAsync);
        Directory.CreateDirectory(Path.Combine(folder, "both"));
        await File.WriteAllBytesAsync(Path.Combine(folder, "both", "key"), key);
        using (Unlock both = Unlock.PassphraseAndKeyFile(Encoding.UTF8.GetBytes(Passphrase), Path.Combine(folder, "both", "key")))
            await MakeAsync(folder, "both", "passphrase", Encoding.UTF8.GetBytes(Passphrase), both, KdfParameters.Argon2id(19456, 2, 1), SimpleAsync);
        using (SecretBuffer recovery = Credential.NewRecoveryKey())
            await MakeAsync(folder, "recovery-key", "recovery", recovery.Span.ToArray(), Unlock.RecoveryKey(recovery.Span), KdfParameters.Default, SimpleAsync);
        byte[] other = Keys.NewBytes();
        await MakeAsync(folder, "features", "key", other, Keys.Of(other), KdfParameters.Default, FeaturesAsync);
        return 0;
    }

    private static async Task PassphraseAsync(string folder, string name, KdfParameters kdf)
    {
        using Unlock unlock = Unlock.DangerousPassphrase(Passphrase);
        await MakeAsync(folder, name, "passphrase", Encoding.UTF8.GetBytes(Passphrase), unlock, kdf, SimpleAsync);
    }

    private static async Task MakeAsync(string folder, string name, string credential, byte[] content, Unlock unlock, KdfParameters kdf, Func<SecretsManager, Task> fill)
    {
        string place = Directory.CreateDirectory(Path.Combine(folder, name)).FullName, state = Directory.CreateTempSubdirectory("golden").FullName;
        await File.WriteAllBytesAsync(Path.Combine(place, credential), content);
        var options = new VaultOptions { Path = Path.Combine(place, "vault.json"), StateDirectory = state, Encryption = kdf, Argon2 = new ManagedArgon2(), Audit = new AuditOptions { MaxSegmentBytes = 64 * 1024, Reads = AuditReads.Durable } };
        await using (SecretsManager manager = await SecretsManager.CreateAsync(options, unlock))
        {
            await fill(manager);
            await File.WriteAllTextAsync(Path.Combine(place, "contents.txt"), await Contents.OfAsync(manager));
        }

        foreach (string file in Directory.GetFiles(place, "*lock", SearchOption.AllDirectories))
            File.Delete(file);
        Directory.Delete(state, recursive: true);
    }

    private static async Task SimpleAsync(SecretsManager manager)
    {
        using SecretValue value = SecretValue.DangerousFromString("a golden value");
        await manager.SetAsync("golden/one", value);
    }

    private static async Task FeaturesAsync(SecretsManager manager)
    {
        using SecretValue first = SecretValue.DangerousFromString("first value"), second = SecretValue.DangerousFromString("zweiter Wert: äöü €"), large = SecretValue.DangerousFromString(new string('x', 5000)), empty = SecretValue.FromBytes([]);
        using SecretValue fields = SecretValue.FromFields([new("password", SecretValue.DangerousFromString("p4ss")), new("username", SecretValue.DangerousFromString("user"))]);
        var far = new DateTimeOffset(2999, 1, 1, 0, 0, 0, TimeSpan.Zero);
        await manager.SetAsync("with/versions", first);
        await manager.SetAsync("with/versions", second);
        await manager.RotateAsync("with/versions", first, new RotateOptions { Grace = TimeSpan.FromDays(36500) });
        await manager.SetAsync("with/fields", fields, new SetOptions { Type = SecretType.DatabaseCredentials, Tags = new Dictionary<string, string> { ["team"] = "ops", ["übung"] = "\"quoted\"" }, Description = "ein Text" });
        await manager.SetAsync("with/expiry", second, new SetOptions { ExpiresAt = far });
        await manager.SetAsync("large", large);
        await manager.SetAsync("empty", empty);
        await manager.SetAsync("deleted", first);
        await manager.DeleteAsync("deleted");
        await manager.SetAsync("purged", first);
        await manager.PurgeAsync("purged");
        await manager.RekeyAsync();
        await manager.SetAsync("after/rekey", second);
        for (int i = 0; i < 175; i++)
            (await manager.GetAsync("large")).Dispose();
        await manager.SetAsync("after/rotation", first);
        await manager.Audit.RestartAsync();
        await manager.SetAsync("after/restart", first);
    }
}
