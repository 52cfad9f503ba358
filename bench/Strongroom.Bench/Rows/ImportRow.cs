using Strongroom.Bench.Against;
using Strongroom.Bench.Harness;

namespace Strongroom.Bench.Rows;

/// <summary>Unlocking by passphrase and writing 10,000 secrets in one batch, against Argon2id, encrypting the values and one durable write of as many bytes.</summary>
internal static class ImportRow
{
    private const int Secrets = 10_000;

    // A round calls little often enough to be compiled at its best soon, and the compiler's thread takes one of the processors that sealing uses.
    private const int WarmUp = 12;

    public static IEnumerable<Measured> Measure()
    {
        using Workspace workspace = new();
        using Unlock unlock = Unlock.Passphrase(BareCryptography.Passphrase);
        byte[][] values = [.. Enumerable.Range(0, Secrets).Select(Samples.Value)];
        SecretValue[] secrets = [.. values.Select(static value => SecretValue.FromBytes(value))];
        int round = 0;
        string folder = "";
        SecretsManager? manager = null;
        Pair pair = Interleaved.Run(Rounds.Of(31),
            () =>
            {
                folder = Directory.CreateDirectory(Path.Combine(workspace.Folder, $"import-{round++}")).FullName;
                VaultOptions options = Workspace.OptionsFor(Path.Combine(folder, "vault.json"), Path.Combine(folder, "state"));
                SecretsManager.Create(options, unlock).Dispose();
                return () =>
                {
                    manager = SecretsManager.Open(options, unlock);
                    manager.CommitAsync(Samples.Batch(0, secrets)).AsTask().GetAwaiter().GetResult();
                };
            },
            () =>
            {
                byte[] file = File.ReadAllBytes(Path.Combine(folder, "vault.json"));
                return () =>
                {
                    BareCryptography.Encrypt(BareCryptography.Argon2id(), values);
                    DurableFile.Replace(Path.Combine(folder, "plain"), file);
                };
            },
            () =>
            {
                manager!.Dispose();
                Directory.Delete(folder, recursive: true);
            },
            WarmUp);
        Array.ForEach(secrets, static secret => secret.Dispose());
        yield return Measured.Times("import of 10,000 in one batch, unlock included / bare Argon2id, encrypting, one durable write", pair, 1.60);
    }
}
