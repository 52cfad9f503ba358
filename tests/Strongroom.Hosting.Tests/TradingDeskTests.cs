using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Strongroom.Backends.Tests.PostgreSql;
using Strongroom.Tests.House;
using Strongroom.Tests.LocalVaults;
using static Strongroom.Hosting.Tests.Support;

namespace Strongroom.Hosting.Tests;

/// <summary>The sample of the trading desk, as a newcomer runs it: with one command, processes and a database of its own.</summary>
public sealed class TradingDeskTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("desk-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_desk_lives_through_its_day_and_loses_nothing()
    {
        Need.That(PostgreSqlServer.Programs is not null, "PostgreSQL is not installed: apt-get install postgresql");
        Need.Tool("bash");
        Need.Tool("flock");
        // The server runs as another user when this is root, and has to reach its folder.
        File.SetUnixFileMode(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherExecute | UnixFileMode.OtherRead);

        using Process process = Programs.Start(["bash", Path.Combine(Repository.Root, "samples", "TradingDesk", "run"), "--no-build"], ("TMPDIR", _folder));
        using CancellationTokenRegistration killed = Ct.Register(() => process.Kill(entireProcessTree: true));
        process.StandardInput.Close();
        Task<string> errors = process.StandardError.ReadToEndAsync(Ct);
        string output = await process.StandardOutput.ReadToEndAsync(Ct);
        await process.WaitForExitAsync(Ct);

        Assert.True(process.ExitCode == 0, $"{process.ExitCode}\n{output}\n{await errors}");
        Assert.DoesNotContain("FAILED", output, StringComparison.Ordinal);
        foreach (string none in (string[])["orders lost", "orders that only the exchange knows", "orders refused for good by the exchange", "quotes refused for good", "bad signatures", "queries and logins refused"])
            Assert.True(Fact(output, none) == 0, $"{none}\n{output}");
        Assert.InRange(Fact(output, "orders filled"), 200, long.MaxValue);
        Assert.InRange(Fact(output, "quotes sent"), 200, long.MaxValue);
        Assert.InRange(Fact(output, "rotations of db/desk"), 4, long.MaxValue);
        Assert.InRange(Fact(output, "rotations of broker/quotes"), 1, long.MaxValue);
        Assert.Equal(2, Fact(output, "rotations of broker/orders"));
        Assert.Equal(1, Fact(output, "rotations of fix/session"));
        foreach (string told in (string[])["exit code 3 before it opens a port", "the leaked one is refused", "the rotation of its login fails, and the old one stays", "[SR1607]", "the desk trades on with what it knew", "health warns", "the next handshake has the new one"])
            Assert.Contains(told, output, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder, "strongroom-desk-*"));
    }

    private static long Fact(string output, string name)
    {
        Match line = Regex.Match(output, $"^ +{Regex.Escape(name)} +([0-9]+)$", RegexOptions.Multiline);
        Assert.True(line.Success, $"'{name}' is not told:\n{output}");
        return long.Parse(line.Groups[1].Value, CultureInfo.InvariantCulture);
    }
}
