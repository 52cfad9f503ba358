using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Strongroom.Hosting;

namespace Strongroom;

/// <summary>Options that come from a secret and follow it.</summary>
public static class StrongroomOptionsBuilderExtensions
{
    /// <summary>
    /// Sets the properties of options from the fields of a secret: a field <c>api-key</c> sets a property <c>ApiKey</c>. Properties are of type string, bool, number, enum, <see cref="Uri"/>, <see cref="TimeSpan"/> or
    /// byte array. <c>IOptionsMonitor</c> follows the secret; what a constructor has copied from it does not.
    /// </summary>
    /// <param name="builder">The options.</param>
    /// <param name="name">The secret.</param>
    /// <param name="key">The key of the vault; null for the one without.</param>
    public static OptionsBuilder<TOptions> BindStrongroom<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] TOptions>(this OptionsBuilder<TOptions> builder, string name, string? key = null)
        where TOptions : class => builder.BindStrongroom(name, FieldBinder<TOptions>.Bind, key);

    /// <summary>Sets options from a secret with code of your own, and follows it.</summary>
    /// <param name="builder">The options.</param>
    /// <param name="name">The secret.</param>
    /// <param name="bind">Sets the options; must not keep the data.</param>
    /// <param name="key">The key of the vault; null for the one without.</param>
    public static OptionsBuilder<TOptions> BindStrongroom<TOptions>(this OptionsBuilder<TOptions> builder, string name, Action<TOptions, SecretData> bind, string? key = null)
        where TOptions : class
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(bind);
        var secret = SecretName.Parse(name);

        // One object is both what sets the options and what tells that they have changed.
        builder.Services.AddSingleton(services => new SecretOptions<TOptions>(services, builder.Name, key, secret, bind));
        builder.Services.AddSingleton<IConfigureOptions<TOptions>>(services => Mine<TOptions>(services, builder.Name, secret));
        builder.Services.AddSingleton<IOptionsChangeTokenSource<TOptions>>(services => Mine<TOptions>(services, builder.Name, secret));
        return builder;
    }

    private static SecretOptions<TOptions> Mine<TOptions>(IServiceProvider services, string optionsName, SecretName secret)
        where TOptions : class =>
        services.GetServices<SecretOptions<TOptions>>().Last(options => options.Name == optionsName && options.Secret == secret);
}
