using System.Runtime.CompilerServices;
using Strongroom.Audit;
using Strongroom.Cli.Vaults;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Agent;

/// <summary>A vault that the agent holds open. The root key stays there: what comes over is what was asked for.</summary>
internal sealed class AgentVault : IOpenVault
{
    private readonly AgentConnection _agent;
    private readonly string _key;
    private readonly bool _refuseExpired;
    private long _revision;

    private AgentVault(AgentConnection agent, string key, bool refuseExpired)
    {
        _agent = agent;
        _key = key;
        _refuseExpired = refuseExpired;
        (VaultId, Location, Warnings) = Ask(AgentOperation.Hello, static _ => { }, static (ref WireReader wire) => (wire.Id(), wire.Text(), wire.Texts()));
    }

    public string Location { get; }

    public RandomId VaultId { get; }

    public long Revision => Volatile.Read(ref _revision);

    public IReadOnlyList<string> Warnings { get; }

    public int? AgentProcess => _agent.Process;

    /// <summary>The vault, if there is an agent that holds it open.</summary>
    /// <param name="given">The vault's path or address.</param>
    /// <param name="expiry">What a read of an expired secret does.</param>
    /// <param name="ct">Ends the wait for an answer.</param>
    public static AgentVault? TryOpen(string given, ExpiryPolicy expiry, CancellationToken ct)
    {
        if (AgentConnection.TryConnect(ct) is not { } agent)
            return null;
        try
        {
            return new AgentVault(agent, AgentPlace.KeyOf(given), expiry == ExpiryPolicy.Refuse);
        }
        catch (CliException error) when (error.Code is "SR2081" or "SR2082")
        {
            agent.Dispose();
            return null;
        }
    }

    public ValueTask<SecretData> GetAsync(SecretName name, long? version = null, CancellationToken ct = default) => new(Read(name, version, required: true)!);

    public ValueTask<SecretData?> TryGetAsync(SecretName name, long? version = null, CancellationToken ct = default) => new(Read(name, version, required: false));

    public async ValueTask<bool> ExistsAsync(SecretName name, CancellationToken ct = default) => await GetMetadataAsync(name, ct) is { IsDeleted: false };

    public async IAsyncEnumerable<SecretEntry> ListAsync(SecretQuery? query = null, [EnumeratorCancellation] CancellationToken ct = default)
    {
        await ValueTask.CompletedTask;
        foreach (var entry in List(query ?? new SecretQuery()))
            yield return entry;
    }

    /// <summary>Names and metadata, without a task.</summary>
    public IReadOnlyList<SecretEntry> List(SecretQuery query)
    {
        var entries = new List<SecretEntry>();
        Ask(AgentOperation.List, wire => wire.Query(query), static (ref WireReader _) => true, (ref WireReader wire) =>
        {
            for (var left = wire.Count(); left > 0; left--)
                entries.Add(new SecretEntry(wire.Name(), wire.Metadata()));
            return true;
        });
        return entries;
    }

    public ValueTask<IReadOnlyList<SecretVersion>> HistoryAsync(SecretName name, CancellationToken ct = default) =>
        new(Ask(AgentOperation.History, wire => wire.Text(name.ToString()), static (ref WireReader wire) => wire.Versions()));

    public ValueTask<SecretMetadata?> GetMetadataAsync(SecretName name, CancellationToken ct = default) =>
        new(Ask(AgentOperation.Metadata, wire => wire.Text(name.ToString()), static (ref WireReader wire) => wire.Flag() ? wire.Metadata() : null));

    public ValueTask<SecretMetadata> SetAsync(SecretName name, SecretValue value, SetOptions options = default, CancellationToken ct = default) => Written(AgentOperation.Set, name, wire =>
    {
        wire.Value(value);
        wire.Options(options);
    });

    public ValueTask<SecretMetadata> RotateAsync(SecretName name, SecretValue value, RotateOptions options = default, CancellationToken ct = default) => Written(AgentOperation.Rotate, name, wire =>
    {
        wire.Value(value);
        wire.Options(options);
    });

    public ValueTask<SecretMetadata> UpdateMetadataAsync(SecretName name, MetadataChange change, WriteCondition condition = default, CancellationToken ct = default) => Written(AgentOperation.UpdateMetadata, name, wire =>
    {
        wire.Change(change);
        wire.Condition(condition);
    });

    public ValueTask<SecretMetadata> RollbackAsync(SecretName name, long version, WriteCondition condition = default, CancellationToken ct = default) => Written(AgentOperation.Rollback, name, wire =>
    {
        wire.Number(version);
        wire.Condition(condition);
    });

    public ValueTask<bool> DeleteAsync(SecretName name, WriteCondition condition = default, CancellationToken ct = default) => Changed(AgentOperation.Delete, name, condition);

    public ValueTask<bool> RestoreAsync(SecretName name, WriteCondition condition = default, CancellationToken ct = default) => Changed(AgentOperation.Restore, name, condition);

    public ValueTask<bool> PurgeAsync(SecretName name, WriteCondition condition = default, CancellationToken ct = default) => Changed(AgentOperation.Purge, name, condition);

    public ValueTask<long> CommitAsync(SecretBatch batch, CancellationToken ct = default)
    {
        Ask(AgentOperation.Commit, wire => wire.Batch(batch), static (ref WireReader _) => true);
        return new(Revision);
    }

    public ValueTask<VaultStatus> StatusAsync(CancellationToken ct = default) => new(Ask(AgentOperation.Status, static _ => { }, static (ref WireReader wire) => wire.Status()));

    public ValueTask<VerifyReport> VerifyAsync(IProgress<(long Done, long All)>? progress = null, CancellationToken ct = default) =>
        new(Ask(AgentOperation.Verify, static _ => { }, static (ref WireReader wire) => wire.VerifyReport(), (ref WireReader wire) =>
        {
            progress?.Report((wire.Number(), wire.Number()));
            return true;
        }));

    public ValueTask BackupAsync(string path, CancellationToken ct = default)
    {
        Ask(AgentOperation.Backup, wire => wire.Text(AgentPlace.AddressFor(path)), static (ref WireReader _) => true);
        return default;
    }

    public async IAsyncEnumerable<AuditEntry> ReadLogAsync([EnumeratorCancellation] CancellationToken ct = default)
    {
        var entries = new List<AuditEntry>();
        Ask(AgentOperation.Log, static _ => { }, static (ref WireReader _) => true, (ref WireReader wire) =>
        {
            for (var left = wire.Count(); left > 0; left--)
                entries.Add(wire.Entry());
            return true;
        });
        await ValueTask.CompletedTask;
        foreach (var entry in entries)
            yield return entry;
    }

    public ValueTask<AuditReport> VerifyLogAsync(IReadOnlyList<AuditCheckpoint> checkpoints, IReadOnlyDictionary<RandomId, SecretBuffer> printedKeys, CancellationToken ct = default) => new(Ask(
        AgentOperation.VerifyLog,
        wire =>
        {
            wire.Items(checkpoints, static (wire, checkpoint) => wire.Text(checkpoint.ToString()));
            wire.Items(printedKeys, static (wire, key) =>
            {
                wire.Id(key.Key);
                wire.Bytes(key.Value.Span);
            });
        },
        static (ref WireReader wire) => wire.AuditReport()));

    public ValueTask<AuditCheckpoint> CheckpointAsync(CancellationToken ct = default) =>
        new(Ask(AgentOperation.Checkpoint, static _ => { }, static (ref WireReader wire) => AuditCheckpoint.Parse(wire.Text())));

    public void Dispose() => _agent.Dispose();

    private SecretData? Read(SecretName name, long? version, bool required) => Ask(
        AgentOperation.Get,
        wire =>
        {
            wire.Text(name.ToString());
            wire.Number(version);
            wire.Flag(required);
            wire.Flag(_refuseExpired);
        },
        static (ref WireReader wire) => wire.Flag() ? new SecretData(wire.Name(), wire.Metadata(), wire.Value()) : null);

    private ValueTask<SecretMetadata> Written(AgentOperation operation, SecretName name, Action<WireWriter> arguments) => new(Ask(
        operation,
        wire =>
        {
            wire.Text(name.ToString());
            arguments(wire);
        },
        static (ref WireReader wire) => wire.Metadata()));

    private ValueTask<bool> Changed(AgentOperation operation, SecretName name, WriteCondition condition) => new(Ask(
        operation,
        wire =>
        {
            wire.Text(name.ToString());
            wire.Condition(condition);
        },
        static (ref WireReader wire) => wire.Flag()));

    // Every answer about a vault begins with its revision.
    private T Ask<T>(AgentOperation operation, Action<WireWriter> arguments, AgentConnection.Reading<T> read, AgentConnection.Reading<bool>? part = null) => _agent.Ask(
        operation,
        _key,
        arguments,
        (ref WireReader wire) =>
        {
            Volatile.Write(ref _revision, wire.Number());
            return read(ref wire);
        },
        part);
}
