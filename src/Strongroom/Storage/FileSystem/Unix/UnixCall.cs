using System.Runtime.InteropServices;

namespace Strongroom.Storage;

/// <summary>Judges what a call of the C library returned.</summary>
internal static class UnixCall
{
    public static int Error => Marshal.GetLastPInvokeError();

    /// <summary>Whether the call was interrupted by a signal before it did anything, and is to be made again.</summary>
    public static bool Interrupted(long result) => result < 0 && Error == UnixConstants.Interrupted;

    /// <summary>Raises the error of the last call, if it failed.</summary>
    /// <param name="result">What it returned.</param>
    /// <param name="what">What was tried, as the beginning of a sentence: "Writing".</param>
    /// <param name="path">On what.</param>
    public static void Check(long result, string what, string path)
    {
        if (result < 0)
            throw Failure(Error, what, path);
    }

    public static VaultUnavailableException Failure(int error, string what, string path) => error switch
    {
        UnixConstants.NoEntry or UnixConstants.NotDirectory => FileErrors.Missing(what, path),
        UnixConstants.NotPermitted or UnixConstants.AccessDenied => FileErrors.Denied(what, path),
        UnixConstants.InputOutput => FileErrors.Device(what, path),
        UnixConstants.AlreadyExists => FileErrors.Exists(what, path),
        UnixConstants.Busy or UnixConstants.CrossDevice => FileErrors.Pinned(what, path),
        UnixConstants.IsDirectory => FileErrors.NotAFile(path, directory: true),
        UnixConstants.SystemFileTable or UnixConstants.ProcessFileTable => FileErrors.TooManyFiles(what, path),
        UnixConstants.NoSpace or UnixConstants.FileTooBig => FileErrors.Full(what, path),
        UnixConstants.ReadOnlyFileSystem => FileErrors.ReadOnly(what, path),
        _ when error == UnixConstants.Quota => FileErrors.Full(what, path),
        _ when error == UnixConstants.Loop => FileErrors.Link(what, path),
        _ => FileErrors.Other(what, path, Marshal.GetPInvokeErrorMessage(error)),
    };
}
