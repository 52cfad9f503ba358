using System.Collections.Concurrent;
using System.Text;

namespace Strongroom.Cli.Scanning;

/// <summary>Finds what there is to look through, and looks through it on all processors.</summary>
/// <param name="index">The values; null to look for token shapes only.</param>
internal sealed class ScanRun(SecretIndex? index)
{
    private readonly ConcurrentBag<ScanFinding> _findings = [];
    private long _bytes;
    private int _files;

    /// <summary>What was found, in the order of places.</summary>
    public IReadOnlyList<ScanFinding> Findings => [.. _findings.OrderBy(finding => finding.Place, StringComparer.Ordinal).ThenBy(finding => finding.Offset)];

    /// <summary>How many bytes were looked at.</summary>
    public long Bytes => _bytes;

    /// <summary>How many texts.</summary>
    public int Files => _files;

    /// <summary>Files that could not be read, with the reason.</summary>
    public ConcurrentBag<string> Unreadable { get; } = [];

    /// <summary>Looks through files below a folder, or through one file; what git ignores is left out.</summary>
    public void Folder(string folder)
    {
        if (File.Exists(folder))
        {
            Each([folder], path => path);
            return;
        }

        var git = new Git(folder);
        // Paths of git are bytes, read as one character each.
        Each(git.IsRepository ? [.. git.Files().Select(Path8)] : Walk(folder), path => Path.Combine(folder, path));
    }

    /// <summary>Looks through what the next commit would hold.</summary>
    public void Staged(string folder)
    {
        var git = new Git(folder);
        var names = git.Staged().Select(path => ":" + path).ToList();
        using var scanner = new TextScanner(index);
        git.Read(names, (name, _, _, read) => One(scanner, Path8(name[1..]), read));
        _bytes += scanner.Scanned;
    }

    /// <summary>Looks through all contents and messages that any branch, tag or stash reaches.</summary>
    public void History(string folder)
    {
        var git = new Git(folder);
        var objects = git.Reachable();
        using var scanner = new TextScanner(index);
        var places = new ConcurrentBag<(string Id, ScanFinding Finding)>();
        git.Read(objects.Keys, (name, type, id, read) =>
        {
            if (type == "tree")
                return;
            var found = new List<ScanFinding>();
            scanner.Scan(objects[name].Length > 0 ? Path8(objects[name]) : type, read, found);
            _files++;
            foreach (var finding in found)
                places.Add((id, finding));
        });
        _bytes += scanner.Scanned;
        foreach (var group in places.GroupBy(place => place.Id))
        {
            var commit = git.CommitOf(group.Key) ?? group.Key[..10];
            foreach (var (_, finding) in group)
                _findings.Add(finding with { Place = $"{commit}:{finding.Place}" });
        }
    }

    private void Each(IReadOnlyList<string> paths, Func<string, string> full) => Parallel.ForEach(
        paths,
        new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
        () => new TextScanner(index),
        (path, _, scanner) =>
        {
            ScanFile(scanner, path, full(path));
            return scanner;
        },
        scanner =>
        {
            Interlocked.Add(ref _bytes, scanner.Scanned);
            scanner.Dispose();
        });

    private void ScanFile(TextScanner scanner, string place, string path)
    {
        try
        {
            // A link leads elsewhere; a pipe or device has no length, and perhaps no end.
            var info = new FileInfo(path);
            if (info.LinkTarget is not null || !info.Exists || info.Length == 0)
                return;
            using var file = File.OpenHandle(path, options: FileOptions.SequentialScan);
            var at = 0L;
            One(scanner, place, buffer =>
            {
                var count = RandomAccess.Read(file, buffer, at);
                at += count;
                return count;
            });
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Unreadable.Add($"{place}: {Input.StandardInput.Reason(error)}");
        }
    }

    private void One(TextScanner scanner, string place, TextScanner.Reader read)
    {
        var found = new List<ScanFinding>();
        scanner.Scan(place, read, found);
        Interlocked.Increment(ref _files);
        foreach (var finding in found)
            _findings.Add(finding);
    }

    private static List<string> Walk(string folder)
    {
        var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };
        return [.. Directory.EnumerateFiles(folder, "*", options).Select(path => Path.GetRelativePath(folder, path)).Where(path => !path.Split('/').Contains(".git"))];
    }

    private static string Path8(string bytes)
    {
        var raw = Encoding.Latin1.GetBytes(bytes);
        return System.Text.Unicode.Utf8.IsValid(raw) ? Strongroom.Cryptography.Utf8.Strict.GetString(raw) : bytes;
    }
}
