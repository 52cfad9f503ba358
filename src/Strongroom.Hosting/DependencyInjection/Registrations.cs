using Microsoft.Extensions.DependencyInjection;

namespace Strongroom.Hosting;

/// <summary>That a vault is registered under a key.</summary>
internal sealed record VaultRegistration(string? Key)
{
    public VaultHandle HandleIn(IServiceProvider services) => (Key is null ? services.GetService<VaultHandle>() : services.GetKeyedService<VaultHandle>(Key))
        ?? throw new VaultConfigurationException("SR1707", Key is null ? "No vault is registered." : $"No vault is registered under the key '{Key}'.", Key is null ? "Call services.AddStrongroom()." : $"Call services.AddKeyedStrongroom(\"{Key}\", …).");

    public ExpiryTable Table(IServiceProvider services) => new(Key, HandleIn(services).Options.NameSecretsInTelemetry, services.GetRequiredService<TimeProvider>());
}

/// <summary>A secret, and perhaps a field of it, that has to be there.</summary>
internal sealed record RequiredSecret(string? Key, SecretName SecretName, string? Field)
{
    /// <summary>Reads <c>name</c> or <c>name#field</c>, or a whole reference.</summary>
    public static RequiredSecret Parse(string? key, string text)
    {
        SecretReference reference = SecretReference.Parse(SecretReference.IsReference(text) ? text : SecretReference.Scheme + text);
        return new RequiredSecret(key, reference.Name, reference.Field);
    }

    public override string ToString() => Field is null ? SecretName.ToString() : $"{SecretName}#{Field}";
}
