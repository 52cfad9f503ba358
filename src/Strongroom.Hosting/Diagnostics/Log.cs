using Microsoft.Extensions.Logging;
using Strongroom.Rotation;

namespace Strongroom.Hosting;

/// <summary>Every log message of the libraries. None can take a secret: arguments are names, numbers, codes and the messages of <see cref="StrongroomException"/>. The table of docs/logging.md is compared with this file.</summary>
internal static partial class Log
{
    /// <summary>What is logged of an error: of one that the application's own code has thrown only the kind, as its message may be a secret.</summary>
    public static (string Code, string Reason, string? Remedy) Told(Exception error) =>
        error is StrongroomException known ? (known.Code, known.Message, known.Hint) : (error.GetType().Name, "What the application has set up failed.", null);

    [LoggerMessage(1000, LogLevel.Information, "Opened the vault {Location} at revision {Revision}.")]
    public static partial void Opened(this ILogger logger, string location, long revision);

    [LoggerMessage(1001, LogLevel.Critical, "The vault can't be opened: [{Code}] {Reason} {Remedy}")]
    public static partial void NotOpened(this ILogger logger, string code, string reason, string? remedy);

    [LoggerMessage(1002, LogLevel.Warning, "{Warning}")]
    public static partial void VaultWarning(this ILogger logger, string warning);

    [LoggerMessage(1003, LogLevel.Information, "All {Count} required secrets are there.")]
    public static partial void RequirementsMet(this ILogger logger, int count);

    [LoggerMessage(1004, LogLevel.Critical, "A required secret can't be used: [{Code}] {Reason} {Remedy}")]
    public static partial void RequirementNotMet(this ILogger logger, string code, string reason, string? remedy);

    [LoggerMessage(1005, LogLevel.Warning, "The vault is away; the application starts with the sealed copy of its configuration: [{Code}] {Reason} {Remedy}")]
    public static partial void StartedWithSnapshot(this ILogger logger, string code, string reason, string? remedy);

    [LoggerMessage(1010, LogLevel.Information, "Configuration has {Keys} values of {Secrets} secrets.")]
    public static partial void Loaded(this ILogger logger, int keys, int secrets);

    [LoggerMessage(1011, LogLevel.Error, "Secrets can't be loaded into configuration: [{Code}] {Reason} {Remedy}")]
    public static partial void NotLoaded(this ILogger logger, string code, string reason, string? remedy);

    [LoggerMessage(1012, LogLevel.Warning, "Secrets in configuration can't be brought up to date, the values from before stay: [{Code}] {Reason} {Remedy}")]
    public static partial void NotReloaded(this ILogger logger, string code, string reason, string? remedy);

    [LoggerMessage(1013, LogLevel.Information, "Secrets in configuration are up to date again after {Failures} failures.")]
    public static partial void LoadedAgain(this ILogger logger, int failures);

    [LoggerMessage(1014, LogLevel.Warning, "The vault is away; configuration has the values of the sealed copy from {At:u}.")]
    public static partial void FromSnapshot(this ILogger logger, DateTimeOffset at);

    [LoggerMessage(1015, LogLevel.Warning, "The sealed copy of configuration can't be read or written: [{Code}] {Reason}")]
    public static partial void SnapshotFailed(this ILogger logger, string code, string reason);

    [LoggerMessage(1016, LogLevel.Warning, "Changes in the vault can't be followed: [{Code}] {Reason} {Remedy}")]
    public static partial void NotFollowed(this ILogger logger, string code, string reason, string? remedy);

    [LoggerMessage(1017, LogLevel.Warning, "The secret {Secret} expired at {ExpiresAt:u}; in configuration it is {Treatment}.")]
    public static partial void ExpiredInConfiguration(this ILogger logger, string secret, DateTimeOffset expiresAt, string treatment);

    [LoggerMessage(1018, LogLevel.Warning, "The secret {Secret} is not text, so the key {Key} is not set. Refer to it with ?as=base64, or read its bytes in code.")]
    public static partial void NotText(this ILogger logger, string secret, string key);

    [LoggerMessage(1019, LogLevel.Error, "A listener for changes of configuration failed with {Error}.")]
    public static partial void ListenerFailed(this ILogger logger, string error);

    [LoggerMessage(1020, LogLevel.Warning, "The secret {Secret} expires in {Remaining} at {ExpiresAt:u}. Rotate it.")]
    public static partial void ExpiresSoon(this ILogger logger, string secret, TimeSpan remaining, DateTimeOffset expiresAt);

    [LoggerMessage(1021, LogLevel.Error, "The secret {Secret} has expired at {ExpiresAt:u}. Rotate it.")]
    public static partial void HasExpired(this ILogger logger, string secret, DateTimeOffset expiresAt);

    [LoggerMessage(1022, LogLevel.Warning, "Expiry can't be watched for the moment: {Error}")]
    public static partial void ExpiryNotWatched(this ILogger logger, string error);

    [LoggerMessage(1023, LogLevel.Error, "A handler for notices of expiry failed with {Error}.")]
    public static partial void ExpiryHandlerFailed(this ILogger logger, string error);

    [LoggerMessage(1024, LogLevel.Critical, "Configuration holds references that were not resolved: {Keys}. Add AddStrongroom after the sources that they stand in.")]
    public static partial void Unresolved(this ILogger logger, string keys);

    [LoggerMessage(1030, LogLevel.Information, "{Secret} is in version {Version}: connections are opened as {User} from now on, and those of {Former} are drained.")]
    public static partial void LoginExchanged(this ILogger logger, string secret, long version, string user, string former);

    [LoggerMessage(1031, LogLevel.Error, "The server refused the login of {User} with {Secret} in version {Version} (SQLSTATE {SqlState}); tried again with a newer version: {Retried}.")]
    public static partial void LoginRefused(this ILogger logger, string user, string secret, long version, string sqlState, bool retried);

    [LoggerMessage(1032, LogLevel.Warning, "{Host} answered 401 to {Secret} in version {Version}; tried again with a newer version: {Retried}.")]
    public static partial void RequestRefused(this ILogger logger, string host, string secret, long version, bool retried);

    [LoggerMessage(1040, LogLevel.Debug, "Rotation of {Secret}: {Stage}.")]
    public static partial void RotationProgress(this ILogger logger, string secret, RotationNoticeKind stage);

    [LoggerMessage(1041, LogLevel.Information, "Rotation of {Secret}: {Stage}; version {Version} is the current one.")]
    public static partial void RotationReached(this ILogger logger, string secret, RotationNoticeKind stage, long version);

    [LoggerMessage(1042, LogLevel.Warning, "Rotation of {Secret} failed and the old value stays: [{Code}] {Reason} {Remedy}")]
    public static partial void RotationFailed(this ILogger logger, string secret, string? code, string? reason, string? remedy);

    [LoggerMessage(1043, LogLevel.Error, "Rotation of {Secret} needs a person: [{Code}] {Reason} {Remedy}")]
    public static partial void RotationStuck(this ILogger logger, string secret, string? code, string? reason, string? remedy);

    [LoggerMessage(1044, LogLevel.Warning, "Rotation can't run for the moment: [{Code}] {Reason} {Remedy}")]
    public static partial void RotationNotRun(this ILogger logger, string code, string reason, string? remedy);

    [LoggerMessage(1045, LogLevel.Error, "A handler for notices of rotation failed with {Error}.")]
    public static partial void RotationHandlerFailed(this ILogger logger, string error);
}
