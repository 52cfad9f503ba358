using System.Globalization;
using System.Security.Cryptography;
using Strongroom.Cli.Platform;

namespace Strongroom.Cli.Running;

/// <summary>A folder in memory (tmpfs) that only the user may enter, for values as files. Removed on dispose; what a killed process left is removed by the next one.</summary>
internal sealed unsafe class SecretFolder : IDisposable
{
    private const string Prefix = "strongroom-run-";
    private const long Tmpfs = 0x01021994;
    private const long Ramfs = 0x858458F6;

    private SecretFolder(string path) => Path = path;

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>Makes one.</summary>
    /// <exception cref="CliException">There is no file system in memory.</exception>
    public static SecretFolder Create()
    {
        var place = new[] { Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR"), $"/run/user/{Native.UserId()}", "/dev/shm" }.FirstOrDefault(IsInMemory);
        if (place is null || OperatingSystem.IsWindows())
            throw new CliException(ExitCodes.Configuration, "SR2046", "There is no file system in memory here, so values as files would stay on the disk.", "Mount a tmpfs and name it in XDG_RUNTIME_DIR, or pass the values as variables.");
        Sweep(place);
        var path = System.IO.Path.Combine(place, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Environment.ProcessId}-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}"));
        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return new SecretFolder(path);
    }

    /// <summary>Writes a value; one that is there is replaced as a whole.</summary>
    /// <returns>The file's path.</returns>
    public string Write(string name, ReadOnlySpan<byte> value)
    {
        var path = System.IO.Path.Combine(Path, name);
        PrivateFile.Replace(path, value);
        return path;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Wipe(Path);
        Remove(Path);
    }

    private static bool IsInMemory(string? path)
    {
        if (string.IsNullOrEmpty(path) || !Directory.Exists(path))
            return false;
        // struct statfs: the type is first.
        var status = stackalloc byte[256];
        return Native.FileSystemStatus(path, status) == 0 && *(long*)status is Tmpfs or Ramfs;
    }

    // The owner's process id is in the name. A folder of another user can't be removed, and need not be.
    private static void Sweep(string place)
    {
        foreach (var old in Directory.EnumerateDirectories(place, Prefix + "*"))
        {
            var digits = System.IO.Path.GetFileName(old)[Prefix.Length..].Split('-')[0];
            if (int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var owner) && !Directory.Exists($"/proc/{owner}"))
                Remove(old);
        }
    }

    // Pages of a removed file are zeroed only when somebody gets them next. Links are not followed: what they lead to is not ours. Pipes have no length.
    private static void Wipe(string path)
    {
        var all = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, MatchType = MatchType.Simple };
        try
        {
            var folder = new DirectoryInfo(path);
            foreach (var file in folder.LinkTarget is null ? folder.EnumerateFiles("*", all) : [])
                TryOverwrite(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The command may have removed a folder meanwhile.
        }
    }

    private static void TryOverwrite(FileInfo file)
    {
        try
        {
            if (file.Length == 0)
                return;
            if (file.IsReadOnly)
                file.IsReadOnly = false;
            Overwrite(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The command may have removed it meanwhile. The others are wiped all the same.
        }
    }

    private static void Overwrite(FileInfo file)
    {
        using var stream = new FileStream(file.FullName, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        var zeros = new byte[Math.Min(file.Length, 64 * 1024)];
        for (var left = file.Length; left > 0; left -= zeros.Length)
            stream.Write(zeros, 0, (int)Math.Min(left, zeros.Length));
    }

    private static void Remove(string path)
    {
        try
        {
            Directory.Delete(path, recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The command may have removed it already, or it is another user's.
        }
    }
}
