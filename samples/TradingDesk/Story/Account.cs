using System.Diagnostics;
using System.Globalization;

namespace TradingDesk.Story;

/// <summary>What is told of the run, and whether all of it was as it should be.</summary>
internal sealed class Account
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    public int Failures { get; private set; }

    public void Tell(string what) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\n[{_clock.Elapsed.TotalSeconds,5:0.0} s] {what}"));

    public static void Note(string what) => Console.WriteLine("          " + what);

    public void Check(bool holds, string what)
    {
        Failures += holds ? 0 : 1;
        Console.WriteLine((holds ? "      ok  " : "  FAILED  ") + what);
    }

    public void Fact(string name, long value, long? expected = null)
    {
        bool holds = expected is null || value == expected;
        Failures += holds ? 0 : 1;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"          {name,-44}{value,8}{(holds ? "" : $"  FAILED: should be {expected}")}"));
    }

    /// <summary>Waits until something is so, and says how long that took.</summary>
    public async Task UntilAsync(string what, Func<Task<bool>> holds, int seconds = 90)
    {
        var waited = Stopwatch.StartNew();
        bool held;
        while (!(held = await TryAsync(holds)) && waited.Elapsed < TimeSpan.FromSeconds(seconds))
            await Task.Delay(100);
        Check(held, string.Create(CultureInfo.InvariantCulture, $"{what} ({(held ? "after" : "not within")} {waited.Elapsed.TotalSeconds:0.0} s)"));
    }

    // While something starts or is away, asking fails; that is no answer yet.
    private static async Task<bool> TryAsync(Func<Task<bool>> holds)
    {
        try
        {
            return await holds();
        }
        catch (Exception error) when (error is HttpRequestException or IOException or Strongroom.StrongroomException)
        {
            return false;
        }
    }
}

/// <summary>The story can't go on.</summary>
internal sealed class StoryException(string message) : Exception(message);
