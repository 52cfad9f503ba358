namespace Strongroom.Hosting;

/// <summary>A vault for callers that are synchronous by their framework's design: factories of a container, options, handshakes. Truly synchronous where the storage is; on a database the thread waits, once for each secret.</summary>
internal static class Waiting
{
    public static SecretsManager VaultOf(IServiceProvider services, string? key) => new VaultRegistration(key).HandleIn(services).Open();

    public static LiveSecret<T> Live<T>(SecretsManager vault, SecretName name, Func<SecretData, T> build)
        where T : class => vault.HasSynchronousWays ? vault.Live(name, build) : Wait(() => vault.LiveAsync(name, build).AsTask());

    // On the pool, so that no caller's context can keep it from going on.
    public static T Wait<T>(Func<Task<T>> work) => Task.Run(work).ConfigureAwait(false).GetAwaiter().GetResult();
}
