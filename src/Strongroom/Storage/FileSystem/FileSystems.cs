namespace Strongroom.Storage;

/// <summary>The real file system of this platform.</summary>
internal static class FileSystems
{
    /// <summary>The one that everything uses unless a test says otherwise.</summary>
    /// <exception cref="PlatformNotSupportedException">A 32-bit process: offsets and mappings would be cut.</exception>
    public static IFileSystem Default { get; } = Environment.Is64BitProcess
        ? OperatingSystem.IsWindows() ? new WindowsFileSystem() : new UnixFileSystem()
        : throw new PlatformNotSupportedException("Strongroom needs a 64-bit process.");
}
