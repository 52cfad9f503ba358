namespace Strongroom;

/// <summary>What a program that can't start because of its secrets says and ends with.</summary>
public static class StrongroomExit
{
    private static int _used;

    /// <summary>
    /// Call it first in a program. When a <see cref="StrongroomException"/> ends it - a vault that can't be opened, a required secret that is missing - standard error gets two lines, what is wrong and what to do, instead of a
    /// stack trace, and the exit code is that of the <c>strongroom</c> command: see <see cref="CodeOf"/>. Other exceptions end the program as ever.
    /// </summary>
    public static void UseExitCodes()
    {
        if (Interlocked.Exchange(ref _used, 1) == 0)
            AppDomain.CurrentDomain.UnhandledException += static (_, unhandled) => End(unhandled.ExceptionObject as Exception);
    }

    /// <summary>
    /// The exit code for an error: 3 no such secret or field, 4 can't be unlocked, 6 conflict, 7 integrity, 8 vault unavailable, 10 expired, 11 configuration; null for what is no error of this library.
    /// </summary>
    public static int? CodeOf(Exception? error) => Cause(error) switch
    {
        SecretNotFoundException => 3,
        VaultLockedException => 4,
        SecretConflictException => 6,
        VaultIntegrityException => 7,
        VaultUnavailableException or CommitOutcomeUnknownException => 8,
        SecretExpiredException => 10,
        VaultConfigurationException or VaultLimitException => 11,
        null => null,
        _ => 1,
    };

    // The first one wins: what hosts and tasks wrap around it says nothing more.
    private static StrongroomException? Cause(Exception? error) => error switch
    {
        null => null,
        StrongroomException own => own,
        AggregateException many => many.InnerExceptions.Select(Cause).FirstOrDefault(static cause => cause is not null),
        _ => Cause(error.InnerException),
    };

    private static void End(Exception? error)
    {
        if (Cause(error) is not { } cause)
            return;
        Console.Error.WriteLine($"[{cause.Code}] {cause.Message}");
        if (cause.Hint is { } hint)
            Console.Error.WriteLine(hint);
        Environment.Exit(CodeOf(cause)!.Value);
    }
}
