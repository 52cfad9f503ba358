using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Strongroom.Hosting;

/// <summary>Options of a secret: set from the newest version, and told of when there is another.</summary>
internal sealed class SecretOptions<TOptions>(IServiceProvider services, string name, string? key, SecretName secret, Action<TOptions, SecretData> bind) : IConfigureNamedOptions<TOptions>, IOptionsChangeTokenSource<TOptions>, IDisposable
    where TOptions : class
{
    private readonly Lock _gate = new();
    private CancellationTokenSource _changed = new();
    private LiveSecret? _live;

    public string Name => name;

    public SecretName Secret => secret;

    private SecretsManager Manager => Waiting.VaultOf(services, key);

    public void Configure(TOptions options) => Configure(Options.DefaultName, options);

    public void Configure(string? name, TOptions options)
    {
        if (name != Name)
            return;
        Follow();
        using SecretData data = Waiting.Get(Manager, secret);
        bind(options, data);
    }

    public IChangeToken GetChangeToken()
    {
        Follow();
        lock (_gate)
            return new CancellationChangeToken(_changed.Token);
    }

    public void Dispose()
    {
        _live?.Dispose();
        _changed.Dispose();
    }

    private void Follow()
    {
        lock (_gate)
        {
            if (_live is not null)
                return;
            _live = Waiting.Live(Manager, secret);
            _live.OnChange(Tell);
        }
    }

    private void Tell()
    {
        CancellationTokenSource told;
        lock (_gate)
        {
            told = _changed;
            _changed = new CancellationTokenSource();
        }

        told.Cancel();
        told.Dispose();
    }
}
