namespace Strongroom.Storage;

/// <summary>Copies of files that are whole or not there: written beside, synced, then renamed.</summary>
internal static class FileCopying
{
    private const int BufferSize = 128 * 1024;

    /// <summary>Copies a file, over one that is there, owner-only. The caller syncs the folder.</summary>
    /// <param name="files">The file system.</param>
    /// <param name="from">What is copied; must be there.</param>
    /// <param name="to">Where to.</param>
    /// <param name="temp">A name in the folder of <paramref name="to"/> that nobody else uses; what a crash left there is replaced.</param>
    public static void Copy(this IFileSystem files, string from, string to, string temp)
    {
        files.Delete(temp);
        using (IFile source = files.OpenRead(from) ?? throw FileErrors.Missing("Copying", from))
        using (IFile target = files.Create(temp))
        {
            byte[] buffer = new byte[BufferSize];
            long offset = 0;
            while (source.Read(buffer, offset) is > 0 and var count)
            {
                target.Write(buffer.AsSpan(0, count), offset);
                offset += count;
            }

            target.Sync();
        }

        files.Rename(temp, to);
    }
}
