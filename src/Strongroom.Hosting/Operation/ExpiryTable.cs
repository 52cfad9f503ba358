using System.Diagnostics.Metrics;

namespace Strongroom.Hosting;

/// <summary>When the secrets of a vault expire, as it was last listed.</summary>
internal sealed class ExpiryTable(string? key, bool names, TimeProvider time)
{
    private volatile (SecretName Name, DateTimeOffset ExpiresAt)[] _expiries = [];

    /// <summary>The first to expire first.</summary>
    public IReadOnlyList<(SecretName Name, DateTimeOffset ExpiresAt)> Expiries => _expiries;

    public async ValueTask ReadAsync(SecretsManager manager, CancellationToken ct)
    {
        var expiries = new List<(SecretName Name, DateTimeOffset ExpiresAt)>();
        await foreach (SecretEntry entry in manager.ListAsync(ct: ct).ConfigureAwait(false))
        {
            if (entry.Metadata.ExpiresAt is { } expires)
                expiries.Add((entry.Name, expires));
        }

        _expiries = [.. expiries.OrderBy(static expiry => expiry.ExpiresAt)];
    }

    public IEnumerable<Measurement<double>> Measure()
    {
        DateTimeOffset now = time.GetUtcNow();
        foreach ((SecretName name, DateTimeOffset expires) in names ? _expiries : _expiries.Take(1))
        {
            var tags = new List<KeyValuePair<string, object?>>();
            if (key is not null)
                tags.Add(new("strongroom.store.name", key));
            if (names)
                tags.Add(new("strongroom.secret.name", name.ToString()));
            yield return new Measurement<double>((expires - now).TotalSeconds, tags);
        }
    }
}
