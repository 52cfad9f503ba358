using System.Net.Sockets;
using Npgsql;

namespace Strongroom.Backends.PostgreSql;

/// <summary>What is known of a commit that threw.</summary>
internal enum CommitVerdict
{
    /// <summary>Certainly nothing was written, and trying again is right at once.</summary>
    Conflict,

    /// <summary>Certainly nothing was written.</summary>
    NotWritten,

    /// <summary>It may have been.</summary>
    Unknown,
}

/// <summary>What PostgreSQL's and the driver's errors mean to whoever uses a vault. The server's words are shown; they name objects, never values.</summary>
internal static class PostgreSqlErrors
{
    /// <summary>Schema, table or function is not there: no vault has been made.</summary>
    public static bool IsMissing(PostgresException error) => error.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedFunction or PostgresErrorCodes.InvalidSchemaName;

    public static bool IsOfStorage(Exception error) => error is NpgsqlException or IOException or SocketException or TimeoutException;

    // A wait for the standby that ended early: the server says so in a warning, and then claims success.
    public static bool IsOnlyLocal(PostgresNotice notice) => notice.Routine == "SyncRepWaitForLSN" || notice.MessageText.Contains("synchronous replication", StringComparison.Ordinal);

    /// <summary>What an error of a commit says about it; null for an error that is none of the storage's.</summary>
    public static CommitVerdict? Judge(Exception error) => error switch
    {
        PostgresException { SqlState: PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected } => CommitVerdict.Conflict,
        PostgresException { SqlState: PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown } => CommitVerdict.Unknown,
        PostgresException missing when IsMissing(missing) => null,
        // The server's word that the statement failed: it was rolled back.
        PostgresException => CommitVerdict.NotWritten,
        OperationCanceledException { InnerException: PostgresException } => CommitVerdict.NotWritten,
        OperationCanceledException => CommitVerdict.Unknown,
        _ when IsOfStorage(error) => error.InnerException is PostgresException { SqlState: PostgresErrorCodes.QueryCanceled } ? CommitVerdict.NotWritten : CommitVerdict.Unknown,
        _ => null,
    };

    public static Exception Of(Exception error, string location) => error switch
    {
        PostgresException { SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification } denied =>
            new VaultUnavailableException("SR1291", $"{location} does not let this user in: {denied.MessageText}.", "Check user and password (PGPASSFILE), and pg_hba.conf.", error, isTransient: false),
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } denied =>
            new VaultUnavailableException("SR1291", $"{location} refuses: {denied.MessageText}.", "Let the database's owner run the set-up script for this role; docs/databases.md has it.", error, isTransient: false),
        PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction } =>
            new VaultUnavailableException("SR1294", $"{location} is a standby, or read-only, so nothing can be written.", "Name all hosts in the address; the primary is then found.", error),
        PostgresException server => new VaultUnavailableException("SR1290", $"{location} refuses: {server.MessageText} ({server.SqlState}).", "Look into the log of the database.", error, server.IsTransient),
        _ => new VaultUnavailableException("SR1290", $"{location} can't be reached: {(error.InnerException ?? error).Message}", "Check that the database runs and the network leads to it, then try again.", error),
    };

    public static CommitOutcomeUnknownException NotReplicated(string location) =>
        new("SR1292", $"{location} has the commit, but no standby has confirmed it: a fail-over now would lose it.", "Check the standby, then read the secret again.");
}
