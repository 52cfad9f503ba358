using System.Runtime.Versioning;
using Strongroom.Audit;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Agent;

/// <summary>What leaves no trace in the audit log: lists, metadata, reports. May take long, and keeps nobody waiting.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class AgentLooks(AgentSession session, WireWriter answer)
{
    private const int MostCheckpoints = 4096;

    /// <summary>The action of an operation, with what the request holds; null when it is none of these.</summary>
    public Func<SecretsManager, CancellationToken, Task>? For(AgentOperation operation, byte[] request, int at)
    {
        var wire = new WireReader(request.AsSpan(at));
        switch (operation)
        {
            case AgentOperation.Hello:
                return Simple(static (vault, wire) =>
                {
                    wire.Id(vault.VaultId);
                    wire.Text(vault.Location);
                    wire.Items(vault.Warnings, static (wire, warning) => wire.Text(warning));
                });
            case AgentOperation.List:
                var query = wire.Query();
                return (vault, ct) => ListAsync(vault, query, ct);
            case AgentOperation.History:
                var name = wire.Name();
                return async (vault, ct) => Done(vault).Versions(await vault.HistoryAsync(name, ct));
            case AgentOperation.Metadata:
                name = wire.Name();
                return async (vault, ct) =>
                {
                    var metadata = await vault.GetMetadataAsync(name, ct);
                    Done(vault).Flag(metadata is not null);
                    if (metadata is not null)
                        answer.Metadata(metadata);
                };
            case AgentOperation.Status:
                return async (vault, ct) => Done(vault).Status(await vault.StatusAsync(ct));
            case AgentOperation.Verify:
                return VerifyAsync;
            case AgentOperation.Log:
                return LogAsync;
            case AgentOperation.VerifyLog:
                return VerifyLog(ref wire);
            case AgentOperation.Checkpoint:
                return async (vault, ct) => Done(vault).Text((await vault.Audit.CheckpointAsync(ct)).ToString());
            default:
                return null;
        }
    }

    private Func<SecretsManager, CancellationToken, Task> Simple(Action<SecretsManager, WireWriter> write) => (vault, _) =>
    {
        write(vault, Done(vault));
        return Task.CompletedTask;
    };

    private async Task ListAsync(SecretsManager vault, SecretQuery query, CancellationToken ct)
    {
        var page = new List<SecretEntry>(AgentProtocol.PageSize);
        await foreach (var entry in vault.ListAsync(query, ct))
        {
            page.Add(entry);
            if (page.Count == AgentProtocol.PageSize)
                await SendPageAsync();
        }

        await SendPageAsync();
        Done(vault);

        async Task SendPageAsync()
        {
            AgentRequest.Begin(answer, AnswerStatus.More).Items(page, static (wire, entry) =>
            {
                wire.Text(entry.Name.ToString());
                wire.Metadata(entry.Metadata);
            });
            page.Clear();
            await session.SendAsync(answer);
        }
    }

    private async Task LogAsync(SecretsManager vault, CancellationToken ct)
    {
        var page = new List<AuditEntry>(AgentProtocol.PageSize);
        await foreach (var entry in vault.Audit.ReadAsync(ct))
        {
            page.Add(entry);
            if (page.Count == AgentProtocol.PageSize)
                await SendPageAsync();
        }

        await SendPageAsync();
        Done(vault);

        async Task SendPageAsync()
        {
            AgentRequest.Begin(answer, AnswerStatus.More).Items(page, static (wire, entry) => wire.Entry(entry));
            page.Clear();
            await session.SendAsync(answer);
        }
    }

    private async Task VerifyAsync(SecretsManager vault, CancellationToken ct)
    {
        var done = (Done: 0L, All: 0L);
        // Told now and then, so that the client knows that somebody is there.
        var verifying = vault.VerifyAsync(new Latest(progress => done = progress), ct).AsTask();
        while (await Task.WhenAny(verifying, Task.Delay(250, CancellationToken.None)) != verifying)
        {
            AgentRequest.Begin(answer, AnswerStatus.More).Number(done.Done);
            answer.Number(done.All);
            await session.SendAsync(answer);
        }

        Done(vault).Report(await verifying);
    }

    private Func<SecretsManager, CancellationToken, Task> VerifyLog(ref WireReader wire)
    {
        var checkpoints = new List<AuditCheckpoint>();
        for (var left = Math.Min(wire.Count(), MostCheckpoints); left > 0; left--)
            checkpoints.Add(AuditCheckpoint.Parse(wire.Text()));
        var keys = new Dictionary<RandomId, SecretBuffer>();
        for (var left = Math.Min(wire.Count(), MostCheckpoints); left > 0; left--)
            keys[wire.Id()] = SecretBuffer.CopyOf(wire.Bytes());
        return async (vault, ct) =>
        {
            try
            {
                Done(vault).Report(await vault.Audit.VerifyAsync(checkpoints, keys, ct));
            }
            finally
            {
                foreach (var (_, key) in keys)
                    key.Dispose();
            }
        };
    }

    private WireWriter Done(SecretsManager vault)
    {
        AgentRequest.Begin(answer, AnswerStatus.Done).Number(vault.Revision);
        return answer;
    }

    private sealed class Latest(Action<(long Done, long All)> report) : IProgress<(long Done, long All)>
    {
        public void Report((long Done, long All) value) => report(value);
    }
}
