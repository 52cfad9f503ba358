using Microsoft.Extensions.Logging;

namespace Strongroom.Hosting;

/// <summary>Every log message of the libraries. None can take a secret: arguments are names, numbers, codes and the messages of <see cref="StrongroomException"/>. The table of docs/logging.md is compared with this file.</summary>
internal static partial class Log
{
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
}
