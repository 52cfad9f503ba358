namespace Strongroom.Hosting;

/// <summary>A value of configuration that comes from a secret.</summary>
/// <param name="Value">The value; null hides what was configured before, for a secret that is left out.</param>
/// <param name="ExpiresAt">When its secret expires.</param>
internal readonly record struct LoadedValue(string? Value, DateTimeOffset? ExpiresAt);

/// <summary>All values of one loading, by key, and the secrets they come from.</summary>
internal sealed record LoadedConfiguration(Dictionary<string, LoadedValue> Values, IReadOnlySet<SecretName> Secrets)
{
    /// <summary>Which loading of this process it was; 0 for a sealed copy, which is older than all of them.</summary>
    public long Number { get; init; }

    /// <summary>When the first of the secrets expires that has not expired yet.</summary>
    public DateTimeOffset? NextExpiry(DateTimeOffset now) =>
        Values.Values.Select(static value => value.ExpiresAt).Where(expires => expires > now).Min();

    public Dictionary<string, string?> ToData()
    {
        var data = new Dictionary<string, string?>(Values.Count, StringComparer.OrdinalIgnoreCase);
        foreach ((string key, LoadedValue value) in Values)
            data[key] = value.Value;
        return data;
    }
}
