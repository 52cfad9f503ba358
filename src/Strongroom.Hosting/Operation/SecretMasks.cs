namespace Strongroom.Hosting;

/// <summary>The mask of this process: configuration reads before a container is built, so it belongs to neither.</summary>
internal static class SecretMasks
{
    public static SecretMask Shared { get; } = new();

    /// <summary>Lets the mask see what an application's vault hands out, besides what the application itself set.</summary>
    public static VaultOptions Observing(VaultOptions options) =>
        options with { Observer = options.Observer is { } own ? new Both(own, Shared) : Shared };

    private sealed class Both(ISecretObserver one, ISecretObserver two) : ISecretObserver
    {
        public void OnRead(SecretName name, SecretMetadata metadata, SecretValue value)
        {
            one.OnRead(name, metadata, value);
            two.OnRead(name, metadata, value);
        }
    }
}
