using System.Globalization;
using Strongroom.Storage;
using Strongroom.Testing;
using Strongroom.Testing.Conformance;

namespace Strongroom.Tests.Storage;

/// <summary>The backends of this repository pass the kit that every backend has to pass.</summary>
public sealed class ConformanceTests : IDisposable
{
    // STRONGROOM_CONFORMANCE_SEED varies what is random, for runs at night.
    private static readonly ConformanceOptions Options = new()
    {
        CheckTimeout = TimeSpan.FromSeconds(60),
        Seed = int.TryParse(Environment.GetEnvironmentVariable("STRONGROOM_CONFORMANCE_SEED"), NumberStyles.None, CultureInfo.InvariantCulture, out int seed) ? seed : 1,
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("strongroom-conformance-").FullName;
    private int _storages;

    public static TheoryData<string> Checks => [.. BackendConformance.Checks.Select(check => check.Name)];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Checks))]
    public Task In_memory(string check) => RunAsync(check, InMemory(null));

    // The narrow limits of a database server, so that the checks of limits have something to check.
    [Theory]
    [MemberData(nameof(Checks))]
    public Task In_memory_with_narrow_limits(string check) => RunAsync(check, InMemory(new BackendLimits(RecordIndex.Tree, 128, 1_500_000, 1_000_000)));

    [Theory]
    [MemberData(nameof(Checks))]
    public Task Local_vault(string check) => RunAsync(check, () =>
    {
        string path = Path.Combine(_folder, $"{Interlocked.Increment(ref _storages)}.json");
        return () => ValueTask.FromResult<IVaultBackend>(new LocalVault(path));
    });

    // What the page shows is compiled and passes.
    [Theory]
    [MemberData(nameof(Checks))]
    public Task Example_of_the_page(string check) => RunAsync(check, () =>
    {
        var storage = new ExampleBackend.Shared();
        return () => new(new ExampleBackend(storage));
    });

    [Fact]
    public void The_page_shows_the_example()
    {
        string source = House.Repository.Read("tests/Strongroom.Tests/Storage/ExampleBackend.cs");
        Assert.Contains(source[source.IndexOf("public sealed class", StringComparison.Ordinal)..], House.Repository.Read("docs/backends.md"), StringComparison.Ordinal);
    }

    // A decorator that only passes on is as good a backend as the one within.
    [Theory]
    [MemberData(nameof(Checks))]
    public Task Truthful_decorators(string check) => RunAsync(check, () =>
    {
        BackendOpener open = InMemory(null)();
        return async () => new FaultingBackend(new LyingBackend(await open()).Backend).Backend;
    });

    private static Func<BackendOpener> InMemory(BackendLimits? limits) => () =>
    {
        var storage = new InMemoryBackend(limits);
        return () => ValueTask.FromResult<IVaultBackend>(storage.OpenAnother());
    };

    private static Task RunAsync(string check, Func<BackendOpener> newStorage) =>
        BackendConformance.Checks.Single(c => c.Name == check).RunAsync(newStorage, Options, TestContext.Current.CancellationToken);
}
