using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Strongroom.Hosting;

/// <summary>
/// Secrets as configuration. The first loading throws, unless it may not; later failures leave the values as they are, and the next success is told once, if a value has changed since the last one that was told.
/// Comparing with what was told, and not with what was tried, is what keeps a change from being lost over a failure.
/// </summary>
internal sealed class StrongroomConfigurationProvider : ConfigurationProvider, IDisposable
{
    private readonly Lock _gate = new();
    private readonly OtherConfiguration _others;
    private readonly BufferedDiagnostics _diagnostics = new();
    private readonly ConfigurationLoader _loader;
    private ConfigurationFollower? _follower;
    private volatile ConfigurationStatus _status = new(false, null, false, 0, null);
    private LoadedConfiguration? _loaded;
    private bool _disposed;

    public StrongroomConfigurationProvider(StrongroomConfigurationSource source, VaultHandle vault, OtherConfiguration others)
    {
        (Source, Vault, _others) = (source, vault, others);
        _loader = new ConfigurationLoader(source.Options, others, _diagnostics);
    }

    public StrongroomConfigurationSource Source { get; }

    public VaultHandle Vault { get; }

    public ConfigurationStatus Status => _status;

    private StrongroomConfigurationOptions Options => Source.Options;

    /// <summary>Loads for the first time, or again because the application asked for it.</summary>
    public override void Load()
    {
        lock (_gate)
        {
            bool again = _loaded is not null;
            try
            {
                Take(Blocking(Vault.Open()));
            }
            catch (StrongroomException error)
            {
                Failed(error);
                if (!again && !TakeSnapshot(error) && !MayFail(error, again))
                    throw;
            }

            Follow();
        }
    }

    /// <summary>Loads again; false when that failed and has to be tried once more.</summary>
    public async ValueTask<bool> ReloadAsync(CancellationToken ct)
    {
        long start = Stopwatch.GetTimestamp();
        using Activity? activity = Telemetry.Source.StartActivity("strongroom.reload");
        StrongroomException? failure = null;
        try
        {
            SecretsManager vault = await Vault.OpenAsync(ct).ConfigureAwait(false);
            LoadedConfiguration loaded = await _loader.LoadAsync(vault, ct).ConfigureAwait(false);
            bool changed;
            lock (_gate)
                changed = Take(loaded);
            if (changed)
                Tell();
            activity?.SetTag("strongroom.reload.changed", changed);
            return true;
        }
        catch (Exception thrown) when (thrown is not OperationCanceledException and not ObjectDisposedException)
        {
            StrongroomException error = failure = thrown as StrongroomException
                ?? new VaultConfigurationException("SR1719", $"What selects secrets for configuration failed with {thrown.GetType().Name}.", "Correct Select, ConfigureVault or Unlock in AddStrongroom.", thrown);
            activity?.SetStatus(ActivityStatusCode.Error).SetTag("error.type", error.Code);
            lock (_gate)
                Failed(error);
            Listened(() => MayFail(error, isReload: true));
            return false;
        }
        finally
        {
            Telemetry.Reloaded(Stopwatch.GetElapsedTime(start), failure?.Code);
        }
    }

    /// <summary>Whether a secret was there when the snapshot was made that is in use now.</summary>
    public bool HasInSnapshot(SecretName name) => _status.FromSnapshot && _loaded?.Secrets.Contains(name) == true;

    /// <summary>When the next secret expires, if that changes what is configured.</summary>
    public DateTimeOffset? NextExpiry => Options.Expired == ExpiredSecrets.Use ? null : _loaded?.NextExpiry(Options.Time.GetUtcNow());

    /// <summary>Whether a change of this secret can change what is configured.</summary>
    public bool Concerns(SecretName name) =>
        _loaded is not { } loaded || _status.FromSnapshot || loaded.Secrets.Contains(name) || (Options.Prefix is { } prefix && name.ToString().StartsWith(prefix, StringComparison.Ordinal));

    public void Attach(ILogger logger) => _diagnostics.Attach(logger);

    public void Say(Action<ILogger> message) => _diagnostics.Say(message);

    public IReadOnlyList<IDisposable> OnOthersReload(Action callback) => _others.OnReload(callback);

    /// <summary>Writes the sealed copy of what is loaded.</summary>
    public async ValueTask WriteSnapshotAsync(SealedSnapshot snapshot, CancellationToken ct)
    {
        LoadedConfiguration? loaded;
        lock (_gate)
            loaded = _status.FromSnapshot ? null : _loaded;
        if (loaded is not null)
            await snapshot.WriteAsync(loaded, ct).ConfigureAwait(false);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
                return;
            _disposed = true;
        }

        _follower?.Dispose();
        _loader.Dispose();
        _others.Dispose();
        Source.Leave();
    }

    public override string ToString() => "Strongroom";

    // Under _gate. True when a value has changed.
    private bool Take(LoadedConfiguration loaded)
    {
        // Two loadings may come here in the other order than they have read: the older one must not undo the newer.
        if (loaded.Number < _loaded?.Number)
            return false;
        Dictionary<string, string?> data = loaded.ToData();
        bool changed = !IsSame(data, Data);
        if (_status.Failures > 0)
            _diagnostics.Say(logger => logger.LoadedAgain(_status.Failures));
        _loaded = loaded;
        _status = new ConfigurationStatus(true, Options.Time.GetUtcNow(), false, 0, null);
        if (!changed)
            return false;
        Data = data;
        _diagnostics.Say(logger => logger.Loaded(data.Count, loaded.Secrets.Count));
        return true;
    }

    private void Tell() => Listened(OnReload);

    // Whoever listens - validation of options, for instance - has been told; its fault is not one of loading, and must not end the following of changes.
    private void Listened(Action tell)
    {
        try
        {
            tell();
        }
        catch (Exception error)
        {
            _diagnostics.Say(logger => logger.ListenerFailed(error.GetType().Name));
        }
    }

    // Under _gate.
    private void Failed(StrongroomException error)
    {
        _status = _status with { Failures = _status.Failures + 1, Failure = error };
        if (_loaded is null)
            _diagnostics.Say(logger => logger.NotLoaded(error.Code, error.Message, error.Hint));
        else
            _diagnostics.Say(logger => logger.NotReloaded(error.Code, error.Message, error.Hint));
    }

    private bool MayFail(StrongroomException error, bool isReload)
    {
        var context = new StrongroomLoadExceptionContext(error, isReload) { Ignore = isReload || (Options.Optional && error is VaultUnavailableException or VaultConfigurationException { Code: "SR1701" or "SR1702" }) };
        Options.OnLoadException?.Invoke(context);
        return context.Ignore;
    }

    private bool TakeSnapshot(StrongroomException error)
    {
        if (Options.SnapshotFile is not { } path || error is not VaultUnavailableException)
            return false;
        try
        {
            using Unlock unlock = Options.OpenWith();
            if (SealedSnapshot.Read(path, Vault.Asked ?? Options.VaultOptions(), unlock) is not var (loaded, at))
                return false;
            _loaded = loaded;
            Data = loaded.ToData();
            _status = _status with { HasLoaded = true, LoadedAt = at, FromSnapshot = true };
            _diagnostics.Say(logger => logger.FromSnapshot(at));
            return true;
        }
        catch (StrongroomException unreadable)
        {
            _diagnostics.Say(logger => logger.SnapshotFailed(unreadable.Code, unreadable.Message));
            return false;
        }
    }

    private void Follow()
    {
        if (_follower is not null || _disposed)
            return;
        _follower = new ConfigurationFollower(this);
        _follower.Start();
    }

    private LoadedConfiguration Blocking(SecretsManager vault)
    {
        // For a database this thread waits, since configuration has no asynchronous way.
        return vault.HasSynchronousWays ? _loader.LoadAsync(vault, CancellationToken.None).AsTask().GetAwaiter().GetResult() : Waiting.Wait(() => _loader.LoadAsync(vault, CancellationToken.None).AsTask());
    }

    private static bool IsSame(Dictionary<string, string?> one, IDictionary<string, string?> other) =>
        one.Count == other.Count && one.All(pair => other.TryGetValue(pair.Key, out string? value) && string.Equals(value, pair.Value, StringComparison.Ordinal));
}
