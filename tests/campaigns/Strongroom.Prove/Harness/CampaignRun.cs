using System.Diagnostics;

namespace Strongroom.Prove;

/// <summary>A campaign on its way: what it was asked for, and what it has done. Safe for many threads.</summary>
/// <param name="isShort">Whether it is the short form, for every build.</param>
/// <param name="seed">Where chance begins.</param>
/// <param name="only">The one point to be repeated; null for all.</param>
/// <param name="limit">After which it ends with the points that it has.</param>
internal sealed class CampaignRun(bool isShort, int seed, string? only, TimeSpan limit)
{
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly List<string> _notes = [];
    private long _points;

    public bool IsShort => isShort;

    /// <summary>The one point that is repeated.</summary>
    public string? Only => only;

    /// <summary>Whether one point is repeated.</summary>
    public bool IsSingle => only is not null;

    /// <summary>Whether the time that it was given has passed.</summary>
    public bool IsOver => Elapsed > limit;

    public int Seed => seed;

    public long Points => Interlocked.Read(ref _points);

    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_start);

    public IReadOnlyList<string> Notes => _notes;

    /// <summary>Whether a point is to be run; its name is only made when one was asked for.</summary>
    public bool Wants(Func<string> point) => only is null || only == point();

    /// <summary>Whether points that begin with this are to be run.</summary>
    public bool WantsAnyOf(string prefix) => only is null || only.StartsWith(prefix, StringComparison.Ordinal) || prefix.StartsWith(only, StringComparison.Ordinal);

    public void Count(long points = 1) => Interlocked.Add(ref _points, points);

    /// <summary>Something that the table should say.</summary>
    public void Note(string text)
    {
        lock (_notes)
            _notes.Add(text);
    }

    public static void Require(bool holds, string point, string message)
    {
        if (!holds)
            throw new ProofException(point, message);
    }

    /// <summary>Chance that is the same for the same seed and salt.</summary>
    public Random Random(string salt) => new(HashCode(salt) ^ seed);

    private static int HashCode(string text)
    {
        uint hash = 2166136261;
        foreach (char character in text)
            hash = (hash ^ character) * 16777619;
        return (int)hash;
    }
}
