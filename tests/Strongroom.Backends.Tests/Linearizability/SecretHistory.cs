using System.Collections.Concurrent;
using System.Diagnostics;

namespace Strongroom.Backends.Tests.Linearizability;

/// <summary>What a register holds: a version that counts writes, and the value of the last one.</summary>
public sealed record Register(long Version, string Value);

/// <summary>Calls clients on one secret of a shared vault and records what they saw.</summary>
public sealed class SecretHistory(SecretName name)
{
    private readonly ConcurrentBag<Operation<Register>> _operations = [];

    public IReadOnlyList<Operation<Register>> Operations => [.. _operations];

    public int Unknown => _operations.Count(static operation => operation.End is null);

    /// <summary>The newest value.</summary>
    public async Task ReadAsync(SecretsManager client, CancellationToken ct)
    {
        long start = Stopwatch.GetTimestamp();
        try
        {
            await client.RefreshAsync(ct);
            using SecretData? data = await client.TryGetAsync(name, ct: ct);
            Register seen = data is null ? new Register(0, "") : new Register(data.Metadata.Version, data.Value.DangerousRevealString());
            Record($"read {seen}", start, state => state == seen ? state : null);
        }
        catch (VaultUnavailableException)
        {
            // A read that was refused has seen nothing and done nothing.
        }
    }

    /// <summary>Writes a value, whatever is there.</summary>
    public Task WriteAsync(SecretsManager client, string value, CancellationToken ct) => SetAsync(client, value, default, ct);

    /// <summary>Writes a value if the version is still the one that the client knows.</summary>
    public async Task SwapAsync(SecretsManager client, string value, CancellationToken ct)
    {
        try
        {
            using SecretData? data = await client.TryGetAsync(name, ct: ct);
            await SetAsync(client, value, data is null ? WriteCondition.Absent : WriteCondition.Version(data.Metadata.Version), ct);
        }
        catch (VaultUnavailableException)
        {
            // The read before it was refused.
        }
    }

    private async Task SetAsync(SecretsManager client, string value, WriteCondition condition, CancellationToken ct)
    {
        using SecretValue secret = SecretValue.DangerousFromString(value);
        long start = Stopwatch.GetTimestamp();
        try
        {
            SecretMetadata written = await client.SetAsync(name, secret, new SetOptions { Condition = condition }, ct);
            Record($"set {value} if {Text(condition)}: version {written.Version}", start, state => Holds(condition, state) && state.Version + 1 == written.Version ? new Register(written.Version, value) : null);
        }
        catch (SecretConflictException)
        {
            Record($"set {value} if {Text(condition)}: refused", start, state => Holds(condition, state) ? null : state);
        }
        catch (CommitOutcomeUnknownException)
        {
            _operations.Add(new Operation<Register>($"set {value} if {Text(condition)}: unknown", start, null, state => Holds(condition, state) ? new Register(state.Version + 1, value) : null));
        }
        catch (VaultUnavailableException)
        {
            // It says that nothing was written: a history in which something was does not fit.
        }
    }

    private void Record(string text, long start, Func<Register, Register?> apply) => _operations.Add(new Operation<Register>(text, start, Stopwatch.GetTimestamp(), apply));

    private static bool Holds(WriteCondition condition, Register state) => !(condition.IfAbsent && state.Version > 0) && (condition.IfVersion is not { } version || version == state.Version);

    private static string Text(WriteCondition condition) => condition.IfAbsent ? "absent" : condition.IfVersion is { } version ? $"version {version}" : "any";
}
