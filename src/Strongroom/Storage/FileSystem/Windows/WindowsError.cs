using System.Runtime.InteropServices;

namespace Strongroom.Storage;

/// <summary>Judges what a call of Windows returned.</summary>
internal static class WindowsError
{
    public const int FileNotFound = 2;
    public const int PathNotFound = 3;
    public const int InvalidFunction = 1;
    public const int FileExists = 80;
    public const int AlreadyExists = 183;
    public const int HandleEof = 38;
    public const int LockViolation = 33;
    public const int IoPending = 997;
    private const int TooManyOpenFiles = 4;
    private const int AccessDenied = 5;
    private const int WriteProtect = 19;
    private const int NotSameDevice = 17;
    private const int Crc = 23;
    private const int SharingViolation = 32;
    private const int HandleDiskFull = 39;
    private const int DiskFull = 112;
    private const int InvalidName = 123;
    private const int Directory = 267;
    private const int CantResolveFileName = 1921;
    private const int IoDevice = 1117;
    private const int DiskQuotaExceeded = 1295;

    public static int Last => Marshal.GetLastPInvokeError();

    public static void Check(bool succeeded, string what, string path)
    {
        if (!succeeded)
            throw Failure(Last, what, path);
    }

    public static VaultUnavailableException Failure(int error, string what, string path) => error switch
    {
        FileNotFound or PathNotFound or InvalidName or Directory => FileErrors.Missing(what, path),
        AccessDenied => FileErrors.Denied(what, path),
        Crc or IoDevice => FileErrors.Device(what, path),
        FileExists or AlreadyExists => FileErrors.Exists(what, path),
        SharingViolation or NotSameDevice => FileErrors.Pinned(what, path),
        TooManyOpenFiles => FileErrors.TooManyFiles(what, path),
        HandleDiskFull or DiskFull or DiskQuotaExceeded => FileErrors.Full(what, path),
        WriteProtect => FileErrors.ReadOnly(what, path),
        CantResolveFileName => FileErrors.Link(what, path),
        _ => FileErrors.Other(what, path, Marshal.GetPInvokeErrorMessage(error)),
    };
}
