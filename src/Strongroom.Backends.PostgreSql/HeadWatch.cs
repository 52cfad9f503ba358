using System.Runtime.CompilerServices;
using Npgsql;

namespace Strongroom.Backends.PostgreSql;

/// <summary>
/// Hints that the head has moved: LISTEN on a connection of its own. After every wait the revision itself is asked for, so that a notification that was lost, with its connection or by a
/// fail-over, costs time and no change is missed.
/// </summary>
internal sealed class HeadWatch(NpgsqlDataSource source, SqlText sql)
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(2);
    private const int MaxPauseMilliseconds = 2000;

    public async IAsyncEnumerable<long> RunAsync(long after, [EnumeratorCancellation] CancellationToken ct)
    {
        NpgsqlConnection? connection = null;
        bool listens = false;
        int failures = 0;
        try
        {
            while (true)
            {
                ct.ThrowIfCancellationRequested();
                long revision = 0;
                try
                {
                    connection ??= await source.OpenConnectionAsync(ct).ConfigureAwait(false);
                    if (!listens)
                        await ListenAsync(connection, ct).ConfigureAwait(false);
                    listens = true;
                    revision = await RevisionAsync(connection, ct).ConfigureAwait(false);
                    if (revision <= after)
                        await connection.WaitAsync(Heartbeat, ct).ConfigureAwait(false);
                    failures = 0;
                }
                catch (ObjectDisposedException) when (connection is null && !ct.IsCancellationRequested)
                {
                    // The backend has been disposed of.
                    yield break;
                }
                catch (Exception error) when (IsOfConnection(error))
                {
                    await CloseAsync(connection).ConfigureAwait(false);
                    (connection, listens) = (null, false);
                    failures++;
                }

                if (failures > 0)
                    await Task.Delay(Random.Shared.Next(10, Math.Min(MaxPauseMilliseconds, 50 << Math.Min(failures, 6))), ct).ConfigureAwait(false);
                else if (revision > after)
                    yield return after = revision;
            }
        }
        finally
        {
            await CloseAsync(connection).ConfigureAwait(false);
        }
    }

    // A connection that broke while it waited may say so as a closed or disposed one; taken for the end, it would end the watch in silence.
    private static bool IsOfConnection(Exception error) => PostgreSqlErrors.IsOfStorage(error) || error is InvalidOperationException;

    private async ValueTask ListenAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        NpgsqlCommand listen = new($"LISTEN \"{sql.Channel}\"", connection);
        await using (listen.ConfigureAwait(false))
            await listen.ExecuteNonQueryAsync(ct).ConfigureAwait(false);
    }

    private async ValueTask<long> RevisionAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        NpgsqlCommand command = new(sql.Revision, connection);
        await using (command.ConfigureAwait(false))
        {
            try
            {
                return await command.ExecuteScalarAsync(ct).ConfigureAwait(false) is long revision ? revision : 0;
            }
            catch (PostgresException error) when (PostgreSqlErrors.IsMissing(error))
            {
                return 0;
            }
        }
    }

    // A connection that listens does not go back into the pool: the next user would be sent notifications.
    private static async ValueTask CloseAsync(NpgsqlConnection? connection)
    {
        if (connection is null)
            return;
        try
        {
            if (connection.State == System.Data.ConnectionState.Open)
            {
                NpgsqlCommand command = new("UNLISTEN *", connection);
                await using (command.ConfigureAwait(false))
                    await command.ExecuteNonQueryAsync().ConfigureAwait(false);
            }
        }
        catch (Exception error) when (IsOfConnection(error))
        {
            // It is broken, so the pool drops it.
        }

        await connection.DisposeAsync().ConfigureAwait(false);
    }
}
