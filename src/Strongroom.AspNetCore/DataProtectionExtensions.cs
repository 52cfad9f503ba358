using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Strongroom.AspNetCore;
using Strongroom.Hosting;

namespace Strongroom;

/// <summary>Keeps and protects the keys of ASP.NET Core Data Protection in a vault.</summary>
public static class DataProtectionExtensions
{
    /// <summary>Keeps keys as secrets below a name, so that all instances of an application that share a vault share them.</summary>
    /// <param name="builder">Data Protection.</param>
    /// <param name="folder">The name: keys are <c>FOLDER/key-GUID</c>.</param>
    /// <param name="key">The key of the vault; null for the one without.</param>
    public static IDataProtectionBuilder PersistKeysToStrongroom(this IDataProtectionBuilder builder, string folder, string? key = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var name = SecretName.Parse(folder);
        builder.Services.AddSingleton<IConfigureOptions<KeyManagementOptions>>(services => new ConfigureOptions<KeyManagementOptions>(options => options.XmlRepository = new StrongroomXmlRepository(Waiting.VaultOf(services, key), name)));
        return builder;
    }

    /// <summary>
    /// Protects keys with a key of the vault before they are stored, wherever that is. The first one is made by itself; <see cref="RotateDataProtectionKeyAsync"/> adds another, and older ones keep opening.
    /// Set it together with where keys are kept: each without the other switches the default of the other off.
    /// </summary>
    /// <param name="builder">Data Protection.</param>
    /// <param name="secret">The secret, which belongs to this alone.</param>
    /// <param name="key">The key of the vault; null for the one without.</param>
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicConstructors, typeof(StrongroomXmlDecryptor))]
    public static IDataProtectionBuilder ProtectKeysWithStrongroom(this IDataProtectionBuilder builder, string secret, string? key = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var name = SecretName.Parse(secret);
        builder.Services.AddSingleton<IConfigureOptions<KeyManagementOptions>>(services => new ConfigureOptions<KeyManagementOptions>(options => options.XmlEncryptor = new StrongroomXmlEncryptor(Waiting.VaultOf(services, key), name, key)));
        return builder;
    }

    /// <summary>Adds a key to those that protect Data Protection's keys; new ones are protected with it.</summary>
    /// <returns>The new key's id.</returns>
    /// <exception cref="SecretNotFoundException">There is no such secret yet: the first key is made when it is needed.</exception>
    /// <exception cref="SecretConflictException">Somebody else has rotated it at the same moment.</exception>
    public static ValueTask<string> RotateDataProtectionKeyAsync(this SecretsManager vault, string secret, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(vault);
        return KeyRing.RotateAsync(vault, secret, ct);
    }
}
