using System.Runtime.Versioning;

namespace Strongroom.Cli.Agent;

/// <summary>What the audit log names the client for: reads of values, and writes.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class AgentActs(WireWriter answer)
{
    /// <summary>The action of an operation, with what the request holds.</summary>
    /// <exception cref="WireException">There is no such operation.</exception>
    public Func<SecretsManager, CancellationToken, Task> For(AgentOperation operation, byte[] request, int at)
    {
        var wire = new WireReader(request.AsSpan(at));
        if (operation == AgentOperation.Commit)
            return (vault, ct) => CommitAsync(vault, request, at, ct);
        if (operation == AgentOperation.Backup)
        {
            var path = wire.Text();
            return async (vault, ct) =>
            {
                await vault.BackupAsync(path, ct);
                Done(vault);
            };
        }

        var name = wire.Name();
        var rest = request.Length - wire.Left;
        switch (operation)
        {
            case AgentOperation.GetField:
                var field = wire.TextOrNull();
                return (vault, ct) => GetFieldAsync(vault, name, field, ct);
            case AgentOperation.Get:
                var version = wire.NumberOrNull();
                bool required = wire.Flag(), refuse = wire.Flag();
                return (vault, ct) => GetAsync(vault, name, version, required, refuse, ct);
            case AgentOperation.Set or AgentOperation.Rotate:
                return (vault, ct) => WriteAsync(vault, operation, name, request, rest, ct);
            case AgentOperation.UpdateMetadata:
                var change = wire.Change();
                var condition = wire.Condition();
                return async (vault, ct) => Written(vault, await vault.UpdateMetadataAsync(name, change, condition, ct));
            case AgentOperation.Rollback:
                var to = wire.Number();
                condition = wire.Condition();
                return async (vault, ct) => Written(vault, await vault.RollbackAsync(name, to, condition, ct));
            case AgentOperation.Delete:
                condition = wire.Condition();
                return async (vault, ct) => Changed(vault, await vault.DeleteAsync(name, condition, ct));
            case AgentOperation.Restore:
                condition = wire.Condition();
                return async (vault, ct) => Changed(vault, await vault.RestoreAsync(name, condition, ct));
            case AgentOperation.Purge:
                condition = wire.Condition();
                return async (vault, ct) => Changed(vault, await vault.PurgeAsync(name, condition, ct));
            default:
                throw new WireException();
        }
    }

    // The short way of get: one field and nothing else. Whatever needs a word with the user goes the long way.
    private async Task GetFieldAsync(SecretsManager vault, SecretName name, string? field, CancellationToken ct)
    {
        var metadata = await vault.GetMetadataAsync(name, ct);
        if (vault.Warnings.Count > 0 || metadata is not { IsDeleted: false } || metadata.ExpiresAt <= TimeProvider.System.GetUtcNow())
        {
            AgentRequest.Begin(answer, AnswerStatus.TakeLongWay);
            return;
        }

        using var secret = await vault.GetAsync(name, version: null, ct);
        if (field is null && !secret.Value.HasFields)
            Done(vault).Bytes(secret.Value.Span);
        else if (field is not null && secret.Value.TryGetField(field, out var value))
            Done(vault).Bytes(value);
        else
            AgentRequest.Begin(answer, AnswerStatus.TakeLongWay);
    }

    private async Task GetAsync(SecretsManager vault, SecretName name, long? version, bool required, bool refuseExpired, CancellationToken ct)
    {
        using var secret = required ? await vault.GetAsync(name, version, ct) : await vault.TryGetAsync(name, version, ct);
        // After the read, which is in the audit log then: the vault is open for all, and does not know that this one refuses.
        if (refuseExpired && version is null && secret is { Metadata.ExpiresAt: { } expires } && expires <= TimeProvider.System.GetUtcNow())
            throw new SecretExpiredException("SR1428", $"{name} expired at {expires:yyyy-MM-dd HH:mm} UTC.", "Rotate it, or set a later expiry with meta.");
        Done(vault).Flag(secret is not null);
        if (secret is null)
            return;
        answer.Text(secret.Name.ToString());
        answer.Metadata(secret.Metadata);
        answer.Value(secret.Value);
    }

    private async Task WriteAsync(SecretsManager vault, AgentOperation operation, SecretName name, byte[] request, int at, CancellationToken ct)
    {
        var (value, set, rotate) = Read(operation, request, at);
        using (value)
            Written(vault, operation == AgentOperation.Set ? await vault.SetAsync(name, value, set, ct) : await vault.RotateAsync(name, value, rotate, ct));
    }

    private static (SecretValue Value, SetOptions Set, RotateOptions Rotate) Read(AgentOperation operation, byte[] request, int at)
    {
        var wire = new WireReader(request.AsSpan(at));
        var value = wire.Value();
        try
        {
            return operation == AgentOperation.Set ? (value, wire.SetOptions(), default) : (value, default, wire.RotateOptions());
        }
        catch
        {
            value.Dispose();
            throw;
        }
    }

    private async Task CommitAsync(SecretsManager vault, byte[] request, int at, CancellationToken ct)
    {
        var values = new List<SecretValue>();
        try
        {
            await vault.CommitAsync(Batch(request, at, values), ct);
            Done(vault);
        }
        finally
        {
            foreach (var value in values)
                value.Dispose();
        }
    }

    private static SecretBatch Batch(byte[] request, int at, List<SecretValue> values)
    {
        var wire = new WireReader(request.AsSpan(at));
        return wire.Batch(values);
    }

    private void Written(SecretsManager vault, SecretMetadata metadata) => Done(vault).Metadata(metadata);

    private void Changed(SecretsManager vault, bool changed) => Done(vault).Flag(changed);

    private WireWriter Done(SecretsManager vault)
    {
        AgentRequest.Begin(answer, AnswerStatus.Done).Number(vault.Revision);
        return answer;
    }
}
