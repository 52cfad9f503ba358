using System.Data.Common;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Strongroom.Hosting;

namespace Strongroom;

/// <summary>
/// Connections to PostgreSQL whose login is a secret. When the secret gets another password, new connections use it; when it gets another user - two that alternate, or a new one each time - new connections are that user's,
/// and the pool of the former one is drained: what is idle is closed, what is in use when it is given back. An opening that the server refuses (28P01, 28000) looks for a newer version and is tried once more.
/// </summary>
/// <remarks>
/// The secret is a plain password, or has the fields <c>password</c> and, where there are, <c>host</c>, <c>port</c>, <c>database</c>, <c>username</c>. Retries cover <see cref="OpenConnection"/> and
/// <see cref="OpenConnectionAsync"/>; a connection from <see cref="CreateConnection"/> that is opened later is the driver's alone.
/// </remarks>
public sealed class StrongroomNpgsqlDataSource : DbDataSource
{
    private const int Alternating = 2;
    private readonly Lock _gate = new();
    private readonly StrongroomNpgsqlOptions _options;
    private readonly LiveSecret<DatabaseLogin> _live;
    private readonly ILogger _logger;
    private readonly bool _synchronous;
    private readonly List<LoginPool> _pools = [];
    private readonly IDisposable _registration;
    private TaskCompletionSource _changed = NewSignal();
    private volatile Current _current;
    private bool _disposed;

    private StrongroomNpgsqlDataSource(LiveSecret<DatabaseLogin> live, StrongroomNpgsqlOptions options, bool synchronous)
    {
        (_live, _options, _synchronous) = (live, options, synchronous);
        _logger = options.LoggerFactory?.CreateLogger("Strongroom.Hosting.Npgsql") ?? NullLogger.Instance;
        _current = null!;
        try
        {
            // What changes between the first look and the registration is seen by the second look.
            Follow();
            _registration = live.OnChange(Follow);
            Follow();
        }
        catch
        {
            live.Dispose();
            throw;
        }
    }

    /// <summary>The current user's connection string, without the password.</summary>
    public override string ConnectionString => _current.Pool.ConnectionString;

    /// <summary>The user that new connections are opened as.</summary>
    public string User => _current.Pool.User;

    /// <summary>The versions of the secret whose login is in use: those of former users that still have open connections, and last the one that new connections use.</summary>
    public IReadOnlyList<long> VersionsInUse
    {
        get
        {
            lock (_gate)
                return [.. _pools.Where(pool => pool != _current.Pool && !pool.IsDrained).Select(static pool => pool.Version), _current.Version];
        }
    }

    /// <summary>Makes a data source for a login in a vault. Reads the secret; opens no connection.</summary>
    /// <param name="vault">The vault.</param>
    /// <param name="name">The secret.</param>
    /// <param name="options">How connections are made.</param>
    /// <param name="ct">Cancels the reading.</param>
    /// <exception cref="SecretNotFoundException">There is no such secret.</exception>
    /// <exception cref="VaultConfigurationException">It is no login.</exception>
    public static async ValueTask<StrongroomNpgsqlDataSource> CreateAsync(SecretsManager vault, SecretName name, StrongroomNpgsqlOptions? options = null, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(vault);
        StrongroomNpgsqlOptions given = options ?? new StrongroomNpgsqlOptions();
        return new StrongroomNpgsqlDataSource(await vault.LiveAsync(name, data => DatabaseLogin.Read(data, given.ConnectionString), ct).ConfigureAwait(false), given, vault.HasSynchronousWays);
    }

    /// <summary>The same, for callers that can't wait asynchronously. On a vault in a database the thread waits.</summary>
    /// <param name="vault">The vault.</param>
    /// <param name="name">The secret.</param>
    /// <param name="options">How connections are made.</param>
    /// <exception cref="SecretNotFoundException">There is no such secret.</exception>
    /// <exception cref="VaultConfigurationException">It is no login.</exception>
    public static StrongroomNpgsqlDataSource Create(SecretsManager vault, SecretName name, StrongroomNpgsqlOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(vault);
        StrongroomNpgsqlOptions given = options ?? new StrongroomNpgsqlOptions();
        return new StrongroomNpgsqlDataSource(Waiting.Live(vault, name, data => DatabaseLogin.Read(data, given.ConnectionString)), given, vault.HasSynchronousWays);
    }

    /// <summary>A connection of the current user that is not open.</summary>
    public new NpgsqlConnection CreateConnection() => _current.Pool.Create();

    /// <summary>An open connection.</summary>
    /// <exception cref="NpgsqlException">It can't be opened; a refused login was tried again with the newest version.</exception>
    public new NpgsqlConnection OpenConnection()
    {
        Current used = _current;
        try
        {
            return Open(used.Pool);
        }
        catch (PostgresException error) when (IsRefusal(error))
        {
            if (!HasChanged(used))
                throw Refused(error, used, retried: false);
        }

        try
        {
            return Open(_current.Pool);
        }
        catch (PostgresException error) when (IsRefusal(error))
        {
            throw Refused(error, _current, retried: true);
        }
    }

    /// <summary>An open connection.</summary>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="NpgsqlException">It can't be opened; a refused login was tried again with the newest version.</exception>
    public new async ValueTask<NpgsqlConnection> OpenConnectionAsync(CancellationToken cancellationToken = default)
    {
        Current used = _current;
        try
        {
            return await OpenAsync(used.Pool, cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException error) when (IsRefusal(error))
        {
            if (!await HasChangedAsync(used, cancellationToken).ConfigureAwait(false))
                throw Refused(error, used, retried: false);
        }

        try
        {
            return await OpenAsync(_current.Pool, cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException error) when (IsRefusal(error))
        {
            throw Refused(error, _current, retried: true);
        }
    }

    /// <summary>Says which user, never the password.</summary>
    public override string ToString() => $"PostgreSQL as {User} ***";

    /// <inheritdoc/>
    protected override DbConnection CreateDbConnection() => CreateConnection();

    /// <inheritdoc/>
    protected override DbConnection OpenDbConnection() => OpenConnection();

    /// <inheritdoc/>
    protected override async ValueTask<DbConnection> OpenDbConnectionAsync(CancellationToken cancellationToken = default) => await OpenConnectionAsync(cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (LoginPool pool in End())
                pool.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <inheritdoc/>
    protected override async ValueTask DisposeAsyncCore()
    {
        foreach (LoginPool pool in End())
            await pool.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsyncCore().ConfigureAwait(false);
    }

    private static bool IsRefusal(PostgresException error) => error.SqlState is PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification;

    private static NpgsqlConnection Open(LoginPool pool)
    {
        NpgsqlConnection connection = pool.Create();
        try
        {
            connection.Open();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static async ValueTask<NpgsqlConnection> OpenAsync(LoginPool pool, CancellationToken ct)
    {
        NpgsqlConnection connection = pool.Create();
        try
        {
            await connection.OpenAsync(ct).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    // Called by the constructor, then after each exchange.
    private void Follow()
    {
        LoginPool? former = null;
        LoginPool[] ended;
        TaskCompletionSource changed;
        using SecretLease<DatabaseLogin> lease = Acquire(out bool there);
        if (!there)
            return;
        lock (_gate)
        {
            if (_disposed || _current?.Version == lease.Version)
                return;
            DatabaseLogin login = lease.Value;
            LoginPool? pool = _pools.Find(known => known.ConnectionString == login.ConnectionString);
            if (pool is null)
                _pools.Add(pool = new LoginPool(login, _options));
            else
                pool.Use(login);
            pool.Version = lease.Version;
            if (_current is { } before && before.Pool != pool)
                former = before.Pool;
            _current = new Current(pool, lease.Version);
            former?.Retire(_options.Time.GetUtcNow());
            ended = Ended();
            (changed, _changed) = (_changed, NewSignal());
        }

        foreach (LoginPool pool in ended)
            pool.Dispose();
        if (former is not null)
            _logger.LoginExchanged(_live.Name.ToString(), lease.Version, User, former.User);
        changed.TrySetResult();
    }

    private SecretLease<DatabaseLogin> Acquire(out bool there)
    {
        try
        {
            SecretLease<DatabaseLogin> lease = _live.Acquire();
            there = true;
            return lease;
        }
        catch (Exception error) when (error is StrongroomException or ObjectDisposedException && _current is not null)
        {
            // Deleted or expired: what is open and what the pools can still open goes on, health tells of the secret.
            there = false;
            return default;
        }
    }

    // Under _gate. Pools that nobody can need any more; two users that alternate come back.
    private LoginPool[] Ended()
    {
        DateTimeOffset before = _options.Time.GetUtcNow() - _options.Linger;
        LoginPool[] ended = [.. _pools.Where(pool => pool.RetiredAt <= before && pool.IsDrained).OrderBy(static pool => pool.RetiredAt).Take(Math.Max(0, _pools.Count - Alternating))];
        foreach (LoginPool pool in ended)
            _pools.Remove(pool);
        return ended;
    }

    private async ValueTask<bool> HasChangedAsync(Current used, CancellationToken ct)
    {
        Task changed = Changed();
        if (_current.Version == used.Version)
        {
            await _live.RefreshAsync(ct).ConfigureAwait(false);
            // Another thread may have found the change, and not have told of it yet.
            Follow();
        }

        if (_current.Version == used.Version && _options.WaitForChange > TimeSpan.Zero)
            await changed.WaitAsync(_options.WaitForChange, _options.Time, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        ct.ThrowIfCancellationRequested();
        return _current.Version != used.Version;
    }

    private bool HasChanged(Current used)
    {
        Task changed = Changed();
        if (_current.Version == used.Version && _synchronous)
        {
            _live.Refresh();
            Follow();
        }

        if (_current.Version == used.Version && _options.WaitForChange > TimeSpan.Zero)
            changed.Wait(_options.WaitForChange, CancellationToken.None);
        return _current.Version != used.Version;
    }

    private Task Changed()
    {
        lock (_gate)
            return _changed.Task;
    }

    private PostgresException Refused(PostgresException error, Current used, bool retried)
    {
        _logger.LoginRefused(used.Pool.User, _live.Name.ToString(), used.Version, error.SqlState, retried);
        Telemetry.Refused("postgresql");
        return error;
    }

    private LoginPool[] End()
    {
        lock (_gate)
        {
            if (_disposed)
                return [];
            _disposed = true;
        }

        _registration.Dispose();
        _live.Dispose();
        return [.. _pools];
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed record Current(LoginPool Pool, long Version);
}
