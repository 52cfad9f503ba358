using System.Buffers;
using System.Security.Cryptography;

namespace Strongroom.Storage;

/// <summary>
/// Where a vault file really is, links followed. Lock and temporary files lie beside it and not beside a link: else two names of one vault would have two locks, and a rename
/// would replace the link.
/// </summary>
/// <param name="File">The file's full path.</param>
/// <param name="Folder">Its folder.</param>
internal sealed record VaultPlace(string File, string Folder)
{
    private const int RandomBytes = 8;
    private const string TempSuffix = ".tmp";
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    /// <summary>The lock and generation counter. Never removed: a lock on a removed file excludes nobody.</summary>
    public string LockFile { get; } = File + ".lock";

    private string TempPrefix { get; } = "." + Path.GetFileName(File) + ".";

    public static VaultPlace Resolve(IFileSystem files, string location)
    {
        string file = files.Resolve(location);
        return new VaultPlace(file, Path.GetDirectoryName(file) ?? throw FileErrors.NotAFile(file, directory: true));
    }

    /// <summary>A name that nobody else uses or can guess, in the same folder, since a rename does not cross file systems.</summary>
    public string NewTempFile() =>
        Path.Join(Folder, TempPrefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(RandomBytes)) + TempSuffix);

    /// <summary>Whether a name in the folder is one that <see cref="NewTempFile"/> made for this vault.</summary>
    public bool IsTempFile(string name) =>
        name.Length == TempPrefix.Length + (2 * RandomBytes) + TempSuffix.Length
        && name.StartsWith(TempPrefix, StringComparison.Ordinal)
        && name.EndsWith(TempSuffix, StringComparison.Ordinal)
        && !name.AsSpan(TempPrefix.Length, 2 * RandomBytes).ContainsAnyExcept(HexDigits);
}
