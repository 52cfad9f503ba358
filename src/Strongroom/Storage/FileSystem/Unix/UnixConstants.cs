using System.Runtime.InteropServices;

namespace Strongroom.Storage;

/// <summary>Numbers that differ between Linux and macOS, and between processors.</summary>
internal static class UnixConstants
{
    private static readonly bool Mac = OperatingSystem.IsMacOS();

    // Linux kept the numbers of each processor's first Unix: ARM and POWER differ from the rest.
    private static readonly bool ArmNumbers = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm or Architecture.Ppc64le;

    public const int OpenReadOnly = 0;
    public const int OpenReadWrite = 2;
    public static readonly int OpenCreate = Mac ? 0x200 : 0x40;
    public static readonly int OpenExclusive = Mac ? 0x800 : 0x80;
    public static readonly int OpenCloseOnExec = Mac ? 0x1000000 : 0x80000;
    public static readonly int OpenNonBlocking = Mac ? 0x4 : 0x800;
    public static readonly int OpenNoFollow = Mac ? 0x100 : ArmNumbers ? 0x8000 : 0x20000;
    public static readonly int OpenDirectory = Mac ? 0x100000 : ArmNumbers ? 0x4000 : 0x10000;

    public const int LockExclusive = 2;
    public const int LockNonBlocking = 4;
    public const int LockUnlock = 8;

    public const int ProtectRead = 1;
    public const int MapShared = 1;

    /// <summary>MAP_PRIVATE, MAP_FIXED and MAP_ANONYMOUS.</summary>
    public static readonly int MapFixedAnonymous = 0x12 | (Mac ? 0x1000 : 0x20);

    /// <summary>macOS: fsync leaves data in the drive's cache, this does not.</summary>
    public const int FullSync = 51;

    public const uint TypeMask = 0xF000;
    public const uint TypeDirectory = 0x4000;
    public const uint TypeRegular = 0x8000;
    public const uint TypeLink = 0xA000;
    public const uint PermissionMask = 0xFFF;

    public const int NotPermitted = 1;
    public const int NoEntry = 2;
    public const int Interrupted = 4;
    public const int InputOutput = 5;
    public const int BadDescriptor = 9;
    public const int AccessDenied = 13;
    public const int Busy = 16;
    public const int AlreadyExists = 17;
    public const int CrossDevice = 18;
    public const int NotDirectory = 20;
    public const int IsDirectory = 21;
    public const int Invalid = 22;
    public const int SystemFileTable = 23;
    public const int ProcessFileTable = 24;
    public const int FileTooBig = 27;
    public const int NoSpace = 28;
    public const int ReadOnlyFileSystem = 30;
    public static readonly int WouldBlock = Mac ? 35 : 11;
    public static readonly int Loop = Mac ? 62 : 40;
    public static readonly int Quota = Mac ? 69 : 122;
    public static readonly int NotSupported = Mac ? 45 : 95;
}
