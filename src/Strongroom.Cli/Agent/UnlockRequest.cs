using Strongroom.Argon2.Managed;
using Strongroom.Audit;

namespace Strongroom.Cli.Agent;

/// <summary>What <c>unlock</c> tells the agent. Owns what unlocks.</summary>
internal sealed class UnlockRequest : IDisposable
{
    /// <summary>The longest time limit.</summary>
    public static readonly TimeSpan MostTime = TimeSpan.FromDays(30);

    private UnlockRequest(string key, string actor, Unlock unlock) => (Key, Actor, Unlock) = (key, actor, unlock);

    public string Key { get; }

    public string Actor { get; }

    public Unlock Unlock { get; }

    public required TimeSpan Idle { get; init; }

    public required TimeSpan Ttl { get; init; }

    private string Address { get; init; } = "";

    private string? StateFolder { get; init; }

    private TimeSpan LockTimeout { get; init; }

    /// <summary>Writes what the operation takes.</summary>
    public static void Write(WireWriter wire, VaultOptions options, KeyMaterial material, TimeSpan idle, TimeSpan ttl)
    {
        wire.Text(AgentPlace.AddressFor(options.Path!));
        wire.Text(options.StateDirectory is { } folder ? Path.GetFullPath(folder) : null);
        wire.Number((long)options.LockTimeout.TotalMilliseconds);
        wire.Number((long)idle.TotalMilliseconds);
        wire.Number((long)ttl.TotalMilliseconds);
        material.Write(wire);
    }

    /// <summary>Reads it. The caller disposes of it.</summary>
    public static UnlockRequest Read(ref WireReader wire, string key, string actor)
    {
        var address = wire.Text();
        var folder = wire.TextOrNull();
        TimeSpan lockTimeout = Duration(ref wire), idle = Duration(ref wire), ttl = Duration(ref wire);
        return new UnlockRequest(key, actor, KeyMaterial.Read(ref wire)) { Address = address, StateFolder = folder, LockTimeout = lockTimeout, Idle = idle, Ttl = ttl };
    }

    /// <summary>How the vault is opened.</summary>
    /// <param name="actor">For whom the agent acts.</param>
    public VaultOptions Options(Func<string> actor) => new()
    {
        Path = Address,
        StateDirectory = StateFolder,
        LockTimeout = LockTimeout,
        Argon2 = new ManagedArgon2(),
        Audit = new AuditOptions { Program = "strongroom-agent", ActingFor = actor },
    };

    /// <inheritdoc/>
    public void Dispose() => Unlock.Dispose();

    private static TimeSpan Duration(ref WireReader wire) =>
        wire.Number() is >= 0 and var milliseconds && milliseconds <= (long)MostTime.TotalMilliseconds ? TimeSpan.FromMilliseconds(milliseconds) : throw new WireException();
}
