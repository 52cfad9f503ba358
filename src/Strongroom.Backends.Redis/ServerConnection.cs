using System.Net;
using StackExchange.Redis;

namespace Strongroom.Backends.Redis;

/// <summary>The connection to the server, made when it is first needed. The driver makes it anew when it breaks; with sentinels, whoever finds it broken lets go of it with <see cref="Forget"/>, and they are asked again where the master is.</summary>
internal sealed class ServerConnection(Address address) : IAsyncDisposable
{
    private static readonly (string Setting, Func<string, bool> Fits)[] Needed =
    [
        ("appendonly", static value => value == "yes"),
        ("appendfsync", static value => value == "always"),
        ("maxmemory-policy", static value => value == "noeviction"),
    ];

    private readonly SemaphoreSlim _connecting = new(1, 1);
    private IConnectionMultiplexer? _connection;
    private volatile bool _disposed;

    /// <summary>Whether the backend has been disposed of.</summary>
    public bool IsDisposed => _disposed;

    /// <summary>The database, on a server that has shown that it keeps what it acknowledges.</summary>
    public async ValueTask<IDatabase> DatabaseAsync(CancellationToken ct) => (await ConnectAsync(ct).ConfigureAwait(false)).GetDatabase();

    /// <summary>After an error that another master may be the answer to: the next call asks the sentinels. Nothing without them.</summary>
    public void Forget()
    {
        if (address.Sentinel is not null && Interlocked.Exchange(ref _connection, null) is { } broken)
            broken.Dispose();
    }

    /// <summary>For notices.</summary>
    public async ValueTask<ISubscriber> SubscriberAsync(CancellationToken ct) => (await ConnectAsync(ct).ConfigureAwait(false)).GetSubscriber();

    public ValueTask DisposeAsync()
    {
        _disposed = true;
        // Without waiting for answers, so that a synchronous owner may do it as well.
        Interlocked.Exchange(ref _connection, null)?.Dispose();
        return default;
    }

    private async ValueTask<IConnectionMultiplexer> ConnectAsync(CancellationToken ct)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (Volatile.Read(ref _connection) is { } known)
            return known;
        await _connecting.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            if (Volatile.Read(ref _connection) is { } made)
                return made;
            ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync(await OptionsAsync(ct).ConfigureAwait(false)).WaitAsync(ct).ConfigureAwait(false);
            try
            {
                await CheckAsync(connection.GetDatabase(), ct).ConfigureAwait(false);
            }
            catch
            {
                await connection.DisposeAsync().ConfigureAwait(false);
                throw;
            }

            Volatile.Write(ref _connection, connection);
            return connection;
        }
        finally
        {
            _connecting.Release();
        }
    }

    private async ValueTask<ConfigurationOptions> OptionsAsync(CancellationToken ct)
    {
        if (address.Sentinel is null)
            return address.Options;
        ConfigurationOptions options = address.Options.Clone();
        EndPoint master = await Sentinels.MasterAsync([.. address.Options.EndPoints], address.Sentinel, TimeSpan.FromMilliseconds(address.Options.ConnectTimeout), ct).ConfigureAwait(false);
        options.EndPoints.Clear();
        options.EndPoints.Add(master);
        return options;
    }

    // A server that acknowledges before it has synced loses commits with the power, and one that evicts loses rows without it.
    private async ValueTask CheckAsync(IDatabase database, CancellationToken ct)
    {
        if (!address.IsChecked)
            return;
        foreach ((string setting, Func<string, bool> fits) in Needed)
        {
            RedisResult answer;
            try
            {
                answer = await database.ExecuteAsync("CONFIG", ["GET", setting], CommandFlags.DemandMaster).WaitAsync(ct).ConfigureAwait(false);
            }
            catch (RedisServerException)
            {
                throw RedisErrors.NotDurable(address.Location, "this user may not read its configuration (CONFIG GET)");
            }

            string value = answer.Length == 2 ? (string?)answer[1] ?? "" : "";
            if (!fits(value))
                throw RedisErrors.NotDurable(address.Location, $"{setting} is '{value}'");
        }
    }
}
