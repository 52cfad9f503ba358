using System.Globalization;
using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Audit;

/// <summary>The files of one chain: segments <c>000001.jsonl</c> and so on, <c>state</c>, <c>lock</c>.</summary>
internal sealed class ChainFolder(IFileSystem files, string auditFolder, RandomId chain) : IChainLines
{
    private const string Extension = ".jsonl";
    private const int MaxRead = 1024 * 1024;

    public IFileSystem Files => files;

    public RandomId Chain => chain;

    public string Path { get; } = System.IO.Path.Combine(auditFolder, chain.ToString());

    public string State => System.IO.Path.Combine(Path, "state");

    public string Lock => System.IO.Path.Combine(Path, "lock");

    public bool IsGathered => false;

    /// <summary>Whether there is such a folder.</summary>
    public bool Exists => files.Status(Path) is not null;

    /// <summary>The path of a segment.</summary>
    public string Segment(int number) => System.IO.Path.Combine(Path, number.ToString("d6", CultureInfo.InvariantCulture) + Extension);

    /// <summary>The numbers of the segments that are there, ascending. Other files are not ours and are left alone.</summary>
    public List<int> Segments()
    {
        var numbers = new List<int>();
        foreach (string name in files.List(Path))
        {
            if (name.Length == 6 + Extension.Length && name.EndsWith(Extension, StringComparison.Ordinal)
                && int.TryParse(name.AsSpan(0, 6), NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0)
            {
                numbers.Add(number);
            }
        }

        numbers.Sort();
        return numbers;
    }

    public ILines? Open(int segment) => files.OpenRead(Segment(segment)) is { } file ? new SegmentLines(file, (int)Math.Min(MaxRead, file.Status().Size + 1)) : null;

    public string NameOf(int segment) => Segment(segment);

    /// <summary>The ids of the chains that have a folder.</summary>
    public static List<RandomId> All(IFileSystem files, string auditFolder)
    {
        var chains = new List<RandomId>();
        foreach (string name in files.List(auditFolder))
        {
            if (RandomId.TryParse(name, out RandomId id))
                chains.Add(id);
        }

        return chains;
    }
}
