using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Strongroom.Rotation;

namespace Strongroom.Hosting;

/// <summary>
/// Unhealthy: the vault can't be opened or read, nothing was ever loaded, a required secret is missing or has expired under a policy that refuses it. Degraded: values are not up to date, come from the sealed copy,
/// a rotation is overdue, or a secret expires soon. What it tells has no values, and names only when asked for.
/// </summary>
internal sealed class StrongroomHealthCheck(IServiceProvider services, StrongroomHealthOptions options, string? key) : IHealthCheck
{
    private readonly TimeProvider _time = services.GetRequiredService<TimeProvider>();

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        var findings = new Findings(context.Registration.FailureStatus, options.IncludeNames);
        SecretsManager? manager = null;
        try
        {
            var vault = new VaultRegistration(key);
            manager = await vault.HandleIn(services).OpenAsync(cancellationToken).ConfigureAwait(false);
            VaultStatus status = await manager.StatusAsync(cancellationToken).ConfigureAwait(false);
            findings.Data["revision"] = status.Revision;
            findings.Data["secrets"] = status.Records;
            foreach (StrongroomException trouble in manager.LiveTroubles)
                findings.Degraded($"a live secret is in trouble [{trouble.Code}]");
            foreach (RotationPlan plan in services.GetServices<RotationRegistration>().Where(rotation => rotation.Key == key).SelectMany(static rotation => rotation.Plans).Where(static plan => plan.IsOverdue))
                findings.Degraded(plan.State == RotationState.Stuck ? "a rotation is stuck" : "a rotation is overdue", plan.Name);
            await RequiredAsync(manager, findings, cancellationToken).ConfigureAwait(false);
            await ExpiryAsync(manager, findings, cancellationToken).ConfigureAwait(false);
        }
        catch (StrongroomException error)
        {
            bool hasCopy = Providers().Any(static provider => provider.Status.HasLoaded);
            if (error.IsTransient && hasCopy && manager is null)
                findings.Degraded($"the vault is away [{error.Code}]");
            else
                findings.Unhealthy($"the vault can't be used [{error.Code}]", error);
        }

        foreach (StrongroomConfigurationProvider provider in Providers())
            Configuration(provider.Status, provider.Source.Options.Optional, findings);
        return findings.Result();
    }

    private IEnumerable<StrongroomConfigurationProvider> Providers() => key is null ? StrongroomConfigurationProviders.Of(services) : [];

    private async ValueTask RequiredAsync(SecretsManager manager, Findings findings, CancellationToken ct)
    {
        foreach (RequiredSecret required in services.GetServices<RequiredSecret>().Where(secret => secret.Key == key))
        {
            SecretMetadata? metadata = await manager.GetMetadataAsync(required.SecretName, ct).ConfigureAwait(false);
            if (metadata is null or { IsDeleted: true })
                findings.Unhealthy("a required secret is missing", name: required.SecretName);
            else if (metadata.ExpiresAt <= _time.GetUtcNow() && new VaultRegistration(key).HandleIn(services).Asked?.Expiry == ExpiryPolicy.Refuse)
                findings.Unhealthy("a required secret has expired", name: required.SecretName);
        }
    }

    private async ValueTask ExpiryAsync(SecretsManager manager, Findings findings, CancellationToken ct)
    {
        await foreach (SecretEntry entry in manager.ListAsync(new SecretQuery { ExpiringWithin = options.ExpiryWindow }, ct).ConfigureAwait(false))
            findings.Degraded(entry.Metadata.ExpiresAt <= _time.GetUtcNow() ? "a secret has expired" : "a secret expires soon", entry.Name);
    }

    private void Configuration(ConfigurationStatus status, bool optional, Findings findings)
    {
        if (!status.HasLoaded && !optional)
            findings.Unhealthy("configuration has never been loaded");
        else if (status.FromSnapshot)
            findings.Degraded("configuration comes from the sealed copy");
        else if (status.Failures > 0 && _time.GetUtcNow() - status.LoadedAt > options.StaleAfter)
            findings.Degraded($"configuration is not up to date [{status.Failure?.Code}]");
    }

    private sealed class Findings(HealthStatus failure, bool names)
    {
        private readonly SortedDictionary<string, int> _counts = new(StringComparer.Ordinal);
        private readonly SortedSet<string> _names = new(StringComparer.Ordinal);
        private HealthStatus _status = HealthStatus.Healthy;
        private Exception? _error;

        public Dictionary<string, object> Data { get; } = new(StringComparer.Ordinal);

        public void Unhealthy(string what, StrongroomException? error = null, SecretName? name = null)
        {
            _status = failure < _status ? failure : _status;
            _error ??= error;
            Add(what, name);
        }

        public void Degraded(string what, SecretName? name = null)
        {
            _status = HealthStatus.Degraded < _status ? HealthStatus.Degraded : _status;
            Add(what, name);
        }

        public HealthCheckResult Result()
        {
            if (names && _names.Count > 0)
                Data["names"] = string.Join(", ", _names);
            string text = _counts.Count == 0 ? "The vault is open and up to date." : string.Join("; ", _counts.Select(static pair => pair.Value == 1 ? pair.Key : $"{pair.Key} ({pair.Value} times)")) + ".";
            return new HealthCheckResult(_status, text, _error, Data);
        }

        private void Add(string what, SecretName? name)
        {
            _counts[what] = _counts.GetValueOrDefault(what) + 1;
            if (name is { } known)
                _names.Add(known.ToString());
        }
    }
}
