using Microsoft.Extensions.DependencyInjection;

namespace Strongroom;

/// <summary>What is registered for one vault, to add to it.</summary>
public interface IStrongroomBuilder
{
    /// <summary>The services.</summary>
    IServiceCollection Services { get; }

    /// <summary>The key of the vault's services; null for the one without.</summary>
    string? Key { get; }
}
