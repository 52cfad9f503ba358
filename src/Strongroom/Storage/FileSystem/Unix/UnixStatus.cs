using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Strongroom.Storage;

/// <summary>
/// The status of files. On Linux by statx, whose layout is the same on every processor and C library; on macOS by the 64-bit inode layout of stat.
/// Each gives null when there is nothing at the path.
/// </summary>
internal static unsafe class UnixStatus
{
    private const int BufferBytes = 256;
    private const int CurrentFolder = -100;
    private const int NoFollow = 0x100;
    private const int EmptyPath = 0x1000;

    // Type, mode, owner, inode, size, time of modification.
    private const uint Wanted = 0x1 | 0x2 | 0x8 | 0x40 | 0x100 | 0x200;

    [SkipLocalsInit]
    public static FileStatus? OfPath(string path)
    {
        byte* buffer = stackalloc byte[BufferBytes];
        int result;
        do
            result = OperatingSystem.IsMacOS() ? MacPath(path, buffer) : Libc.StatX(CurrentFolder, path, NoFollow, Wanted, buffer);
        while (UnixCall.Interrupted(result));
        if (result < 0 && UnixCall.Error == UnixConstants.NoEntry)
            return null;
        UnixCall.Check(result, "Looking at", path);
        return Parse(new ReadOnlySpan<byte>(buffer, BufferBytes), out _);
    }

    [SkipLocalsInit]
    public static FileStatus Of(UnixDescriptor descriptor, string path, out bool isRegular)
    {
        byte* buffer = stackalloc byte[BufferBytes];
        int result;
        do
            result = OperatingSystem.IsMacOS() ? MacDescriptor(descriptor, buffer) : Libc.FStatX(descriptor, "", EmptyPath, Wanted, buffer);
        while (UnixCall.Interrupted(result));
        UnixCall.Check(result, "Looking at", path);
        return Parse(new ReadOnlySpan<byte>(buffer, BufferBytes), out isRegular);
    }

    // Intel Macs kept stat for the old 32-bit inode.
    private static int MacPath(string path, byte* buffer) =>
        RuntimeInformation.ProcessArchitecture == Architecture.X64 ? Libc.LStatInode64(path, buffer) : Libc.LStat(path, buffer);

    private static int MacDescriptor(UnixDescriptor descriptor, byte* buffer) =>
        RuntimeInformation.ProcessArchitecture == Architecture.X64 ? Libc.FStatInode64(descriptor, buffer) : Libc.FStat(descriptor, buffer);

    private static FileStatus Parse(ReadOnlySpan<byte> stat, out bool isRegular) =>
        OperatingSystem.IsMacOS() ? ParseMac(stat, out isRegular) : ParseStatX(stat, out isRegular);

    private static FileStatus ParseStatX(ReadOnlySpan<byte> stat, out bool isRegular) => Make(
        ((ulong)U32(stat, 136) << 32) | U32(stat, 140), U64(stat, 32), (long)U64(stat, 40), (long)U64(stat, 112), U32(stat, 120), U16(stat, 28), U32(stat, 20), out isRegular);

    private static FileStatus ParseMac(ReadOnlySpan<byte> stat, out bool isRegular) => Make(
        U32(stat, 0), U64(stat, 8), (long)U64(stat, 96), (long)U64(stat, 48), (long)U64(stat, 56), U16(stat, 4), U32(stat, 16), out isRegular);

    private static FileStatus Make(ulong device, ulong inode, long size, long seconds, long nanoseconds, uint mode, uint owner, out bool isRegular)
    {
        uint type = mode & UnixConstants.TypeMask;
        isRegular = type == UnixConstants.TypeRegular;
        return new FileStatus(
            device, inode, size, seconds, nanoseconds, type == UnixConstants.TypeDirectory, type == UnixConstants.TypeLink, mode & UnixConstants.PermissionMask, owner);
    }

    // In the byte order of this machine, as the kernel wrote it.
    private static ushort U16(ReadOnlySpan<byte> stat, int offset) => MemoryMarshal.Read<ushort>(stat[offset..]);

    private static uint U32(ReadOnlySpan<byte> stat, int offset) => MemoryMarshal.Read<uint>(stat[offset..]);

    private static ulong U64(ReadOnlySpan<byte> stat, int offset) => MemoryMarshal.Read<ulong>(stat[offset..]);
}
