using System.Globalization;
using System.Text;
using Strongroom.Storage;

namespace Strongroom.Testing.Conformance;

/// <summary>A step of the random cross test. Each prints as a line, and <see cref="Parse"/> reads it back, so that a failure can be run again.</summary>
/// <param name="Handle">Which of the handles does it.</param>
internal abstract record Operation(int Handle)
{
    public static IReadOnlyList<Operation> ParseLog(string log) =>
        [.. log.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && !line.StartsWith('#')).Select(Parse)];

    private static Operation Parse(string line)
    {
        string[] words = line.Split(' ');
        int handle = words.Length > 1 && int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : throw Unreadable(line);
        string[] rest = words[2..];
        return words[0] switch
        {
            "commit" when rest.Length > 0 => new CommitOperation(handle, Enum.Parse<ExpectedHead>(rest[0]), [.. rest.Where(w => w.StartsWith('+')).Select(Put)], [.. rest.Where(w => w.StartsWith('-')).Select(w => RowKey.FromStored(w[1..]))]),
            "read" => new ReadOperation(handle, [.. rest.Select(RowKey.FromStored)]),
            "scan" => new ScanOperation(handle, new ScanRequest(Value("prefix") ?? "", Value("after") is { } after ? RowKey.FromStored(after) : null, Value("limit") is { } limit ? Number(limit) : int.MaxValue, rest.Contains("keys"))),
            "changes" when rest.Length == 1 => new ChangesOperation(handle, Number(rest[0])),
            "reopen" => new ReopenOperation(handle),
            _ => throw Unreadable(line),
        };

        string? Value(string name) => rest.FirstOrDefault(word => word.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..];

        static (RowKey, int) Put(string word) => (RowKey.FromStored(word[1..word.LastIndexOf('=')]), Number(word[(word.LastIndexOf('=') + 1)..]));
    }

    private static int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);

    private static FormatException Unreadable(string line) => new($"'{line}' is not an operation.");
}

/// <summary>The head that a commit expects.</summary>
internal enum ExpectedHead
{
    /// <summary>The one in place.</summary>
    Current,

    /// <summary>The one before.</summary>
    Older,

    /// <summary>None: the commit creates the vault.</summary>
    None,

    /// <summary>One of the revision in place that was never stored.</summary>
    Foreign,
}

internal sealed record CommitOperation(int Handle, ExpectedHead Expected, IReadOnlyList<(RowKey Key, int Value)> Puts, IReadOnlyList<RowKey> Deletes) : Operation(Handle)
{
    public override string ToString() => $"commit {Handle} {Expected}{string.Concat(Puts.Select(put => $" +{put.Key}={put.Value}"))}{string.Concat(Deletes.Select(key => $" -{key}"))}";
}

internal sealed record ReadOperation(int Handle, IReadOnlyList<RowKey> Keys) : Operation(Handle)
{
    public override string ToString() => $"read {Handle}{string.Concat(Keys.Select(key => $" {key}"))}";
}

internal sealed record ScanOperation(int Handle, ScanRequest Scan) : Operation(Handle)
{
    public override string ToString()
    {
        var text = new StringBuilder($"scan {Handle} prefix={Scan.Prefix}");
        if (Scan.After is { } after)
            text.Append($" after={after}");
        if (Scan.Limit != int.MaxValue)
            text.Append($" limit={Scan.Limit}");
        return text.Append(Scan.KeysOnly ? " keys" : "").ToString();
    }
}

/// <param name="Handle">Which of the handles does it.</param>
/// <param name="Back">How many commits to look back.</param>
internal sealed record ChangesOperation(int Handle, int Back) : Operation(Handle)
{
    public override string ToString() => $"changes {Handle} {Back}";
}

internal sealed record ReopenOperation(int Handle) : Operation(Handle)
{
    public override string ToString() => $"reopen {Handle}";
}
