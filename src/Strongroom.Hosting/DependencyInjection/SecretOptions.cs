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
    private LiveSecret<SecretData>? _live;

    public string Name => name;

    public SecretName Secret => secret;

    public void Configure(TOptions options) => Configure(Options.DefaultName, options);

    public void Configure(string? name, TOptions options)
    {
        if (name != Name)
            return;
        // From what is kept up to date in memory: options can be made while the vault is away.
        using SecretLease<SecretData> lease = Follow().Acquire();
        bind(options, lease.Value);
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

    private LiveSecret<SecretData> Follow()
    {
        lock (_gate)
        {
            if (_live is not null)
                return _live;
            _live = Waiting.Live(Waiting.VaultOf(services, key), secret, Copy);
            _live.OnChange(Tell);
            return _live;
        }
    }

    private static SecretData Copy(SecretData data)
    {
        SecretValue value = data.Value.HasFields ? SecretValue.FromFields(data.Value.FieldNames.Select(Field)) : SecretValue.FromBytes(data.Value.Span);
        return new SecretData(data.Name, data.Metadata, value);

        KeyValuePair<string, SecretValue> Field(string name) => new(name, data.Value.TryGetField(name, out ReadOnlySpan<byte> bytes) ? SecretValue.FromBytes(bytes) : throw new InvalidOperationException(name));
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
