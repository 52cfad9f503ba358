namespace Strongroom.Cli;

/// <summary>What the process ends with. Stable: scripts rely on it.</summary>
internal static class ExitCodes
{
    public const int Ok = 0;
    public const int Unexpected = 1;
    public const int Usage = 2;
    public const int NotFound = 3;
    public const int Locked = 4;
    public const int Conflict = 6;
    public const int Integrity = 7;
    public const int Unavailable = 8;
    public const int Findings = 9;
    public const int Expired = 10;
    public const int Configuration = 11;
    public const int Cancelled = 12;
    public const int RunFailed = 125;
    public const int CommandNotExecutable = 126;
    public const int CommandNotFound = 127;
    public const int Interrupted = 130;

    /// <summary>For help and documentation.</summary>
    public static IReadOnlyList<(int Code, string Meaning)> All { get; } =
    [
        (Ok, "done"),
        (Unexpected, "unexpected error: a defect"),
        (Usage, "wrong usage"),
        (NotFound, "no such secret, version, field or key slot"),
        (Locked, "cannot unlock, or input is needed and --no-input forbids asking"),
        (Conflict, "the secret or file is not in the required state (--if-version, --if-absent, exists already)"),
        (Integrity, "integrity: damaged, tampered with, rolled back or forked"),
        (Unavailable, "vault missing, locked by another process, full disk, time-out"),
        (Findings, "findings: check, scan or lint found something, a rotation failed"),
        (Expired, "secret or version has expired and is refused"),
        (Configuration, "configuration or format can't be used"),
        (Cancelled, "cancelled: the question was answered with no"),
        (RunFailed, "run failed before the command was started"),
        (CommandNotExecutable, "run: the command can't be executed"),
        (CommandNotFound, "run: there is no such command"),
        (Interrupted, "interrupted (Ctrl-C); 143 for SIGTERM"),
    ];
}
