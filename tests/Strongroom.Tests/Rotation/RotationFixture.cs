using Microsoft.Extensions.Time.Testing;
using Strongroom.Rotation;
using Strongroom.Tests.Vault;

namespace Strongroom.Tests.Rotations;

/// <summary>A vault with a clock of its own, and engines on it as nodes would have them.</summary>
internal sealed class RotationFixture : IAsyncDisposable
{
    private readonly TestVault _folder = new();
    private readonly List<RotationEngine> _engines = [];

    private RotationFixture(TimeProvider? time) => _folder.Options = _folder.Options with { Time = time ?? Time };

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2027, 3, 1, 12, 0, 0, TimeSpan.Zero));

    public SecretsManager Vault { get; private set; } = null!;

    public List<RotationNotice> Notices { get; } = [];

    /// <param name="time">Another clock than <see cref="Time"/>.</param>
    public static async Task<RotationFixture> CreateAsync(TimeProvider? time = null)
    {
        var fixture = new RotationFixture(time);
        fixture.Vault = await fixture._folder.CreateAsync();
        return fixture;
    }

    public RotationEngine Engine(params IRotator[] rotators) => Engine(null, rotators);

    public RotationEngine Engine(Action<string>? checkpoint, params IRotator[] rotators)
    {
        var engine = new RotationEngine(Vault, new RotationOptions { Rotators = rotators, Checkpoint = checkpoint });
        engine.OnNotice(Notices.Add);
        _engines.Add(engine);
        return engine;
    }

    public async Task SetAsync(string name, string value, params (string Key, string Value)[] policy) =>
        await Vault.SetAsync(name, value, new SetOptions { Tags = policy.ToDictionary(tag => "rotate." + tag.Key, tag => tag.Value) });

    public static async Task<RotationPlan> PlanAsync(RotationEngine engine, string name) => (await engine.PlanAsync(TestContext.Current.CancellationToken)).Single(plan => plan.Name == name);

    public async ValueTask DisposeAsync()
    {
        foreach (RotationEngine engine in _engines)
            engine.Dispose();
        await Vault.DisposeAsync();
        _folder.Dispose();
    }
}

/// <summary>The process died here.</summary>
internal sealed class KilledException : Exception;
