using System.Net.Sockets;
using System.Runtime.Versioning;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Agent;

/// <summary>Answers one request of a client.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class AgentRequest(AgentServer server, AgentSession session, string actor)
{
    /// <summary>Answers.</summary>
    /// <exception cref="WireException">It is no request.</exception>
    public async Task AnswerAsync(byte[] request)
    {
        using var answer = new WireWriter();
        try
        {
            await session.WhileAsync(DispatchAsync(request, answer));
        }
        catch (Exception error) when (error is not (WireException or SocketException or OperationCanceledException))
        {
            // Whatever it is, the client is told, and the next one is served. A defect goes over by its type.
            Begin(answer, error is CliException { Code: "SR2081" } ? AnswerStatus.NotHeld : AnswerStatus.Failed);
            answer.Error(error);
        }

        await session.SendAsync(answer);
    }

    private async Task DispatchAsync(byte[] request, WireWriter answer)
    {
        var (operation, key, at) = Head(request);
        switch (operation)
        {
            case AgentOperation.Unlock:
                await UnlockAsync(request, at, key, answer);
                break;
            case AgentOperation.Lock:
                var count = key.Length == 0 ? server.LockAll() : server.Lock(key) ? 1 : 0;
                Done(answer).Number(count);
                break;
            case AgentOperation.Stop:
                count = server.LockAll();
                Done(answer).Number(count);
                server.Stop();
                break;
            case AgentOperation.State:
                State(Done(answer));
                break;
            default:
                await VaultAsync(operation, request, at, server.Find(key) ?? throw AgentConnection.NotHeld(), answer);
                break;
        }
    }

    private async Task VaultAsync(AgentOperation operation, byte[] request, int at, HeldVault vault, WireWriter answer)
    {
        session.Used(vault);
        try
        {
            var looks = new AgentLooks(session, answer);
            if (looks.For(operation, request, at) is { } look)
                await vault.LookAsync(look);
            else
                await vault.ActAsync(actor, new AgentActs(answer).For(operation, request, at));
        }
        catch (Exception error) when (error is VaultIntegrityException or VaultLockedException)
        {
            // Replaced, rolled back, damaged, or under another root key: what is in hand is no longer what is there.
            server.Lock(vault);
            throw;
        }
        catch (ObjectDisposedException) when (vault.IsLocked)
        {
            // It did not end in time, and its keys went.
            throw AgentProtocol.Writes(operation)
                ? new CommitOutcomeUnknownException("SR2087", "The vault was locked in the middle of the write, so it is not known whether that was done.", "Unlock it and read the secret again; writing the same again is safe.")
                : AgentConnection.NotHeld();
        }
    }

    private async Task UnlockAsync(byte[] request, int at, string key, WireWriter answer)
    {
        using var unlock = Unlocking(request, at, key);
        var vault = await HeldVault.OpenAsync(unlock, CancellationToken.None);
        server.Hold(vault);
        Done(answer).Text(vault.Manager.Location);
        answer.Id(vault.Manager.VaultId);
        answer.Items(vault.Manager.Warnings, static (wire, warning) => wire.Text(warning));
    }

    private UnlockRequest Unlocking(byte[] request, int at, string key)
    {
        var wire = new WireReader(request.AsSpan(at));
        return UnlockRequest.Read(ref wire, key, actor);
    }

    private static (AgentOperation Operation, string Key, int At) Head(byte[] request)
    {
        var wire = new WireReader(request);
        if (wire.Byte() != AgentProtocol.Version)
            throw new WireException();
        var operation = (AgentOperation)wire.Byte();
        var key = wire.Text();
        return (operation, key, request.Length - wire.Left);
    }

    private void State(WireWriter answer)
    {
        answer.Number(Environment.ProcessId);
        answer.Text(typeof(AgentServer).Assembly.GetName().Version?.ToString(3));
        answer.Flag(SecretBuffer.MemoryIsLocked);
        answer.Items(server.Vaults.ToArray(), static (wire, vault) =>
        {
            wire.Text(vault.Manager.Location);
            wire.Id(vault.Manager.VaultId);
            wire.Number((long)vault.Remaining.TotalSeconds);
            wire.Number((long)vault.RemainingAtMost.TotalSeconds);
        });
    }

    private static WireWriter Done(WireWriter answer) => Begin(answer, AnswerStatus.Done);

    /// <summary>Begins an answer anew.</summary>
    internal static WireWriter Begin(WireWriter answer, AnswerStatus status)
    {
        answer.Reset();
        answer.Byte((byte)status);
        return answer;
    }
}
