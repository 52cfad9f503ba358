using System.Globalization;
using Strongroom.Testing.Conformance;

namespace Strongroom.Backends.Tests;

/// <summary>Runs checks of the conformance kit.</summary>
internal static class Kit
{
    // STRONGROOM_CONFORMANCE_SEED varies what is random, for runs at night.
    private static readonly ConformanceOptions Options = new()
    {
        CheckTimeout = TimeSpan.FromMinutes(2),
        Patience = TimeSpan.FromSeconds(30),
        Seed = int.TryParse(Environment.GetEnvironmentVariable("STRONGROOM_CONFORMANCE_SEED"), NumberStyles.None, CultureInfo.InvariantCulture, out int seed) ? seed : 1,
    };

    public static TheoryData<string> Checks => [.. BackendConformance.Checks.Select(check => check.Name)];

    public static Task RunAsync(string check, Func<BackendOpener> newStorage) =>
        BackendConformance.Checks.Single(c => c.Name == check).RunAsync(newStorage, Options, TestContext.Current.CancellationToken);
}
