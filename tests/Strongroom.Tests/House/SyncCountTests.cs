using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Strongroom.Tests.House;

/// <summary>What a durable write costs, counted at the system calls: the file, the folder, the audit log. Fewer would lose data, more would waste time.</summary>
public sealed partial class SyncCountTests : IDisposable
{
    private const int Few = 3, Many = 13;
    private readonly string _folder = Directory.CreateTempSubdirectory("strongroom-syncs-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_set_makes_exactly_three_syncs()
    {
        if (!Programs.Has("strace"))
            Assert.Skip("strace is missing. Install it with: apt-get install strace");

        Dictionary<string, int> few = await CountAsync(Few), many = await CountAsync(Many);

        // What creating and opening need is in both runs; the difference is the sets.
        Assert.Equal(2 * (Many - Few), many["fsync"] - few["fsync"]);
        Assert.Equal(Many - Few, many["fdatasync"] - few["fdatasync"]);
        Assert.Equal(0, many["sync_file_range"] + many["syncfs"] + many["sync"] + many["msync"]);
    }

    [Fact]
    public async Task A_set_in_sqlite_makes_exactly_one_sync_of_the_database()
    {
        if (!Programs.Has("strace"))
            Assert.Skip("strace is missing. Install it with: apt-get install strace");

        Dictionary<string, int> few = await CountAsync(Few, "sqlite-sets", "vault.db"), many = await CountAsync(Many, "sqlite-sets", "vault.db");

        Assert.Equal(Many - Few, many.Values.Sum() - few.Values.Sum());
    }

    private async Task<Dictionary<string, int>> CountAsync(int sets, string role = "sets", string of = "")
    {
        string trace = Path.Combine(_folder, $"trace-{role}-{sets}");
        string[] calls = ["fsync", "fdatasync", "sync_file_range", "syncfs", "sync", "msync"];
        using Process process = Programs.Start(
            ["strace", "-f", "-y", "--seccomp-bpf", "-e", $"trace={string.Join(',', calls)}", "-o", trace, "dotnet", Programs.Built("bench/Strongroom.Bench"), "child", role, Path.Combine(_folder, $"{role}-{sets}"), $"{sets}"]);
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, await error);
        string text = string.Join('\n', (await File.ReadAllLinesAsync(trace, TestContext.Current.CancellationToken)).Where(line => line.Contains(of, StringComparison.Ordinal)));
        return calls.ToDictionary(call => call, call => Call().Matches(text).Count(match => match.Groups[1].Value == call), StringComparer.Ordinal);
    }

    [GeneratedRegex(@"^[0-9]+ +([a-z_]+)\(", RegexOptions.Multiline)]
    private static partial Regex Call();
}
