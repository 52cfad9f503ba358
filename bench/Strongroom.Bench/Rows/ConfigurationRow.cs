using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Strongroom.Bench.Harness;

namespace Strongroom.Bench.Rows;

/// <summary>Secrets as configuration: reading a key, how soon a change by another process is seen, and what it adds to the start of a service.</summary>
internal static class ConfigurationRow
{
    private const int Operations = 200_000;
    private const int Secrets = 40;

    public static IEnumerable<Measured> Measure()
    {
        using Workspace workspace = new();
        using (SecretsManager manager = workspace.CreateVault(1))
        {
            for (int i = 0; i < Secrets; i++)
            {
                using SecretValue value = SecretValue.DangerousFromString($"value-{i}");
                manager.Set(Name(i), value);
            }
        }

        yield return Measured.Times("configuration: one key / in-memory provider", Read(workspace), 1.1);
        double[] changes = Changes(workspace);
        yield return Measured.Time($"configuration: change by another process until IOptionsMonitor has it, median of {changes.Length}", Units.Median(changes), 1);
        yield return Measured.Time("configuration: the slowest of them", changes.Max(), 1);
        double with = Start(workspace, "start-host"), without = Start(workspace, "start-bare");
        yield return new Measured($"start of a host with {Secrets} secrets / the same host and an unlock", Units.Time(with), Units.Time(without), with / without, "at most 50.00 ms more", with - without <= 0.05);
    }

    public static string Name(int index) => $"app/section-{index / 10}/key-{index}";

    private static ConfigurationManager Configured(Workspace workspace)
    {
        var configuration = new ConfigurationManager();
        configuration.AddStrongroom(options =>
        {
            (options.Vault, options.KeyFile, options.Prefix) = (workspace.VaultFile, workspace.KeyFile, "app/");
            options.ConfigureVault = given => workspace.Options() with { Path = given.Path };
        });
        return configuration;
    }

    private static Pair Read(Workspace workspace)
    {
        using ConfigurationManager ours = Configured(workspace);
        using var memory = new ConfigurationManager();
        memory.AddInMemoryCollection(ours.AsEnumerable().Where(static pair => pair.Value is not null));
        string[] keys = [.. Enumerable.Range(0, Secrets).Select(static i => $"section-{i / 10}:key-{i}")];
        int length = 0;
        Pair pair = Interleaved.Run(Rounds.Of(31), Operations, count => Read(ours, count), count => Read(memory, count));
        return length > 0 ? pair : throw new InvalidOperationException("Configuration is empty.");

        void Read(ConfigurationManager configuration, int count)
        {
            for (int i = 0; i < count; i++)
                length = configuration[keys[i % keys.Length]]!.Length;
        }
    }

    private static double[] Changes(Workspace workspace)
    {
        using ConfigurationManager configuration = Configured(workspace);
        using ServiceProvider services = new ServiceCollection().Configure<Section>(section => section.Value = configuration["section-0:key-0"])
            .AddSingleton<IOptionsChangeTokenSource<Section>>(new ConfigurationChangeTokenSource<Section>(configuration)).BuildServiceProvider();
        IOptionsMonitor<Section> monitor = services.GetRequiredService<IOptionsMonitor<Section>>();
        using Process writer = Children.Start("texts", workspace.Folder);
        var seconds = new List<double>();
        for (int i = -1; i < Rounds.Of(30); i++)
        {
            string text = $"changed-{i}";
            long start = Stopwatch.GetTimestamp();
            writer.StandardInput.WriteLine(text);
            while (monitor.CurrentValue.Value != text && Stopwatch.GetElapsedTime(start).TotalSeconds < 30)
                Thread.Sleep(1);
            if (i >= 0)
                seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        writer.StandardInput.Close();
        writer.WaitForExit();
        return [.. seconds];
    }

    // A process of its own each time, which says how long it took from the first line of its program on: nothing is warm.
    private static double Start(Workspace workspace, string role)
    {
        var seconds = new List<double>();
        for (int round = -1; round < Rounds.Of(11); round++)
        {
            using Process child = Children.Start(role, workspace.Folder);
            string answer = child.StandardOutput.ReadToEnd();
            child.WaitForExit();
            if (round >= 0)
                seconds.Add(double.Parse(answer, System.Globalization.CultureInfo.InvariantCulture));
        }

        return Units.Median(seconds);
    }

    private sealed class Section
    {
        public string? Value { get; set; }
    }
}
