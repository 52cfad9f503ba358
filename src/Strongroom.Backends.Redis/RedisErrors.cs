using System.Net.Sockets;
using StackExchange.Redis;

namespace Strongroom.Backends.Redis;

/// <summary>What the driver's and the server's errors mean to whoever uses a vault. The server's words are shown; they name commands and keys, never values.</summary>
internal static class RedisErrors
{
    public static bool IsOfStorage(Exception error) => error is RedisException or TimeoutException or SocketException or IOException or ObjectDisposedException;

    /// <summary>Whether a commit that ended in an error certainly was not made: it never left this process, or the server refused it.</summary>
    public static bool IsNotWritten(Exception error) => error switch
    {
        RedisServerException => true,
        // No connection was to be had, so there was nothing to send it on.
        RedisConnectionException { FailureType: ConnectionFailureType.UnableToConnect or ConnectionFailureType.UnableToResolvePhysicalConnection or ConnectionFailureType.AuthenticationFailure } => true,
        RedisConnectionException lost => lost.CommandStatus is CommandStatus.WaitingToBeSent or CommandStatus.WaitingInBacklog,
        _ => false,
    };

    public static Exception Of(Exception error, string location) => error switch
    {
        _ when Has(error, "NOAUTH", "WRONGPASS", "NOPERM", "AuthenticationFailure", "invalid password") =>
            new VaultUnavailableException("SR1272", $"{location} does not let this user in, or not do what a vault needs.", "Check user and password (REDISCLI_AUTH), and the user's ACL; docs/databases.md has it.", error, isTransient: false),
        _ when Has(error, "READONLY") =>
            new VaultUnavailableException("SR1275", $"{location} is a replica, so nothing can be written.", "Name the master, or let sentinels find it: ?sentinel=NAME.", error),
        RedisServerException server => new VaultUnavailableException("SR1271", $"{location} refuses: {server.Message}", "Look into the log of the server.", error, isTransient: Has(error, "LOADING", "BUSY", "NOREPLICAS", "MASTERDOWN", "CLUSTERDOWN")),
        _ => new VaultUnavailableException("SR1271", $"{location} can't be reached: {Reason(error)}.", "Check that the server runs and the network leads to it, then try again.", error),
    };

    public static CommitOutcomeUnknownException NotReplicated(string location, long confirmed, int wanted) =>
        new("SR1273", $"{location} has the commit, but {confirmed} of {wanted} replicas have confirmed it: a fail-over now may lose it.", "Check the replicas, then read the secret again.");

    public static VaultConfigurationException NotDurable(string location, string what) =>
        new("SR1276", $"{location} would acknowledge commits and lose them, or drop rows: {what}.", "Set appendonly yes, appendfsync always and maxmemory-policy noeviction, or accept the loss with ?durability=unchecked.");

    // The driver's own words advise settings of the driver, which whoever uses a vault does not have.
    private static string Reason(Exception error)
    {
        for (Exception? at = error; at is not null; at = at.InnerException)
        {
            if (at is SocketException socket)
                return $"{socket.SocketErrorCode}";
        }

        return error switch
        {
            TimeoutException => "no answer in time",
            RedisConnectionException lost => $"{lost.FailureType}",
            _ => error.Message.TrimEnd('.'),
        };
    }

    private static bool Has(Exception error, params ReadOnlySpan<string> words)
    {
        for (Exception? at = error; at is not null; at = at.InnerException)
        {
            foreach (string word in words)
            {
                if (at.Message.Contains(word, StringComparison.Ordinal))
                    return true;
            }
        }

        return false;
    }
}
