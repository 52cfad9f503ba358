using Strongroom.Hosting;

namespace Strongroom.AspNetCore;

/// <summary>
/// A vault for callers that are synchronous by their framework's design. Truly synchronous on storage that is; for a database without a synchronous way the thread waits, on rare occasions: Data Protection asks once a day,
/// and when it makes a key.
/// </summary>
internal static class Vault
{
    public static IReadOnlyList<SecretEntry> List(SecretsManager vault, SecretQuery query) =>
        vault.HasSynchronousWays ? vault.List(query) : Waiting.Wait(async () =>
        {
            List<SecretEntry> all = [];
            await foreach (SecretEntry entry in vault.ListAsync(query).ConfigureAwait(false))
                all.Add(entry);
            return all;
        });

    public static SecretData? Read(SecretsManager vault, SecretName name) => vault.HasSynchronousWays ? vault.TryGet(name) : Waiting.Wait(async () => await vault.TryGetAsync(name).ConfigureAwait(false));

    public static void Write(SecretsManager vault, SecretName name, SecretValue value, SetOptions options)
    {
        if (vault.HasSynchronousWays)
            vault.Set(name, value, options);
        else
            Waiting.Wait(async () => await vault.SetAsync(name, value, options).ConfigureAwait(false));
    }

    // There is no synchronous delete: for a file the task is complete when it is given.
    public static void Delete(SecretsManager vault, SecretName name) => Waiting.Wait(async () => await vault.DeleteAsync(name).ConfigureAwait(false));
}
