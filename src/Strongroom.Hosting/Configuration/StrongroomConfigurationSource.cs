using Microsoft.Extensions.Configuration;

namespace Strongroom.Hosting;

/// <summary>A vault as a source of configuration. Configuration may build it more than once: the vault is opened once.</summary>
internal sealed class StrongroomConfigurationSource(StrongroomConfigurationOptions options) : IConfigurationSource
{
    private readonly Lock _gate = new();
    private VaultHandle? _vault;
    private int _users;

    public StrongroomConfigurationOptions Options => options;

    public IConfigurationProvider Build(IConfigurationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return new StrongroomConfigurationProvider(this, Enter(), new OtherConfiguration(this, builder));
    }

    /// <summary>The last provider that leaves closes the vault.</summary>
    public void Leave()
    {
        VaultHandle? last;
        lock (_gate)
        {
            last = --_users == 0 ? _vault : null;
            if (last is not null)
                _vault = null;
        }

        last?.Dispose();
    }

    private VaultHandle Enter()
    {
        lock (_gate)
        {
            _users++;
            return _vault ??= new VaultHandle(options);
        }
    }
}
