using System.Data;
using Npgsql;

namespace Strongroom;

/// <summary>The connections of one user. Stays usable after another user has taken over: whoever created a connection before may still open it.</summary>
internal sealed class LoginPool : IAsyncDisposable, IDisposable
{
    private readonly Lock _gate = new(), _clearing = new();
    private readonly StateChangeEventHandler _counts;
    private SecretValue _password;
    private int _open;
    private volatile bool _ending;

    public LoginPool(DatabaseLogin login, StrongroomNpgsqlOptions options)
    {
        (ConnectionString, User) = (login.ConnectionString, login.User);
        _password = SecretValue.FromBytes(login.Password.Span);
        _counts = Count;
        var builder = new NpgsqlDataSourceBuilder(login.ConnectionString);
        if (options.LoggerFactory is not null)
            builder.UseLoggerFactory(options.LoggerFactory);
        builder.UsePasswordProvider(_ => Reveal(), (_, _) => new ValueTask<string>(Reveal()));
        options.Configure?.Invoke(builder);
        Source = builder.Build();
    }

    /// <summary>What tells pools apart.</summary>
    public string ConnectionString { get; }

    public string User { get; }

    public NpgsqlDataSource Source { get; }

    /// <summary>The newest version of the secret that named this user.</summary>
    public long Version { get; set; }

    /// <summary>When another user took over; null while this is the current one.</summary>
    public DateTimeOffset? RetiredAt { get; private set; }

    /// <summary>Whether none of its connections is open any more.</summary>
    public bool IsDrained => Volatile.Read(ref _open) == 0;

    public NpgsqlConnection Create()
    {
        NpgsqlConnection connection = Source.CreateConnection();
        connection.StateChange += _counts;
        return connection;
    }

    public void Use(DatabaseLogin login)
    {
        SecretValue before;
        var next = SecretValue.FromBytes(login.Password.Span);
        lock (_gate)
            (before, _password) = (_password, next);
        before.Dispose();
        RetiredAt = null;
        _ending = false;
    }

    /// <summary>Closes what is idle, and what is in use as soon as it is given back.</summary>
    public void Retire(DateTimeOffset now)
    {
        RetiredAt = now;
        _ending = true;
        Clear();
    }

    public void Dispose()
    {
        _ending = true;
        Source.Dispose();
        _password.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        _ending = true;
        await Source.DisposeAsync().ConfigureAwait(false);
        _password.Dispose();
    }

    // The driver takes passwords as strings, for each connection that it really makes; none is kept here.
    private string Reveal()
    {
        lock (_gate)
            return _password.DangerousRevealString();
    }

    private void Count(object sender, StateChangeEventArgs change)
    {
        if (change.CurrentState == ConnectionState.Open && change.OriginalState == ConnectionState.Closed)
            Interlocked.Increment(ref _open);
        else if (change.CurrentState == ConnectionState.Closed && change.OriginalState != ConnectionState.Closed)
        {
            Interlocked.Decrement(ref _open);
            // What was opened after the clearing, by a caller that had this pool in hand, would lie idle for minutes: a session of a login that is about to be revoked.
            if (_ending)
                Clear();
        }
    }

    // One at a time: the driver leaves a clearing out while another is under way.
    private void Clear()
    {
        lock (_clearing)
            Source.Clear();
    }
}
