namespace Strongroom.Storage;

/// <summary>A package that opens backends by address. Registered once with <see cref="VaultBackends.Register"/>; nothing of its driver runs before a vault of its scheme is opened.</summary>
public interface IVaultBackendProvider
{
    /// <summary>The schemes that it opens, in lower case.</summary>
    IReadOnlyList<string> Schemes { get; }

    /// <summary>A backend at an address. No I/O yet: what can't be reached is found by the first call.</summary>
    /// <exception cref="VaultConfigurationException">The address does not fit.</exception>
    IVaultBackend Open(VaultAddress address, BackendSettings settings);
}

/// <summary>What every backend is opened with.</summary>
/// <param name="Time">The clock.</param>
/// <param name="Timeout">How long a call may wait for the storage or for other writers.</param>
public sealed record BackendSettings(TimeProvider Time, TimeSpan Timeout);
