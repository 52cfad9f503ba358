namespace Strongroom.Storage;

/// <summary>The names in a folder. Reading a listing is the one thing that .NET's own classes do well enough.</summary>
internal static class DirectoryListing
{
    public static IReadOnlyList<string> Of(string directory)
    {
        try
        {
            string[] names = Directory.GetFileSystemEntries(directory);
            for (int i = 0; i < names.Length; i++)
                names[i] = Path.GetFileName(names[i]);
            Array.Sort(names, StringComparer.Ordinal);
            return names;
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
        catch (UnauthorizedAccessException)
        {
            throw FileErrors.Denied("Listing", directory);
        }
        catch (IOException error)
        {
            throw FileErrors.Other("Listing", directory, error.Message);
        }
    }
}
