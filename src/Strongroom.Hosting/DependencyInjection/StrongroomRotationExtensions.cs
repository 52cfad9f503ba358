using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Strongroom.Hosting;
using Strongroom.Rotation;

namespace Strongroom;

/// <summary>How an application rotates secrets.</summary>
public sealed class StrongroomRotationOptions
{
    private readonly List<Func<IServiceProvider, IRotator>> _rotators = [];

    /// <summary>How often it is looked what is due.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How the engine works; its rotators are those that are added here besides.</summary>
    public RotationOptions Engine { get; set; } = new();

    /// <summary>Adds a rotator.</summary>
    public StrongroomRotationOptions Add(IRotator rotator)
    {
        ArgumentNullException.ThrowIfNull(rotator);
        return Add(_ => rotator);
    }

    /// <summary>Adds a rotator that needs services.</summary>
    public StrongroomRotationOptions Add(Func<IServiceProvider, IRotator> rotator)
    {
        ArgumentNullException.ThrowIfNull(rotator);
        _rotators.Add(rotator);
        return this;
    }

    internal RotationOptions Build(IServiceProvider services) => Engine with { Rotators = [.. Engine.Rotators, .. _rotators.Select(make => make(services))] };
}

/// <summary>Registers the rotation of secrets.</summary>
public static class StrongroomRotationExtensions
{
    /// <summary>
    /// Rotates what is due, in the background, from the start of the application until it stops: safe on as many nodes as there are, one of them works on a secret. Health is degraded while a rotation is overdue or stuck.
    /// </summary>
    /// <param name="builder">The vault.</param>
    /// <param name="configure">Rotators and times.</param>
    public static IStrongroomBuilder AddRotation(this IStrongroomBuilder builder, Action<StrongroomRotationOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var options = new StrongroomRotationOptions();
        configure?.Invoke(options);
        if (options.Interval <= TimeSpan.Zero)
            throw new VaultConfigurationException("SR1503", "An option can't be used: the interval of rotation is not above zero.", "Correct the option.");
        builder.Services.AddSingleton(new RotationRegistration(builder.Key, options));
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, RotationService>());
        return builder;
    }

    /// <summary>
    /// Reports to the vault which versions of rotated secrets this process still uses, for every <see cref="LiveSecret"/> by itself, so that an old value is revoked when nobody uses it any more. Taken back when the application stops.
    /// </summary>
    /// <param name="builder">The vault.</param>
    /// <param name="program">What the process calls itself; null: the application's name.</param>
    /// <param name="configure">Tracks more than live secrets, such as the pools of a data source.</param>
    public static IStrongroomBuilder ReportVersions(this IStrongroomBuilder builder, string? program = null, Action<IServiceProvider, RotationConsumer>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSingleton(new ConsumerRegistration(builder.Key, program, configure));
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, ConsumerReporter>());
        return builder;
    }

    /// <summary>Calls a handler for everything that happens to a rotation on this node. It is logged and counted besides.</summary>
    public static IStrongroomBuilder OnRotation(this IStrongroomBuilder builder, Action<IServiceProvider, RotationNotice> handler)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(handler);
        builder.Services.AddSingleton(new RotationHandler(builder.Key, handler));
        return builder;
    }
}
