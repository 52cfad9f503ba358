using Strongroom.Cli.CommandLine;
using Strongroom.Cli.References;

namespace Strongroom.Cli.Running;

/// <summary>Looks at the metadata of secrets now and then; no value is read unless one has changed.</summary>
internal sealed class SecretWatch : IDisposable
{
    private readonly CancellationTokenSource _stop;
    private readonly Task _task;

    /// <summary>Begins to watch.</summary>
    /// <param name="context">Warnings.</param>
    /// <param name="vault">The vault.</param>
    /// <param name="interval">Between two looks.</param>
    /// <param name="known">What the values in use were read from.</param>
    /// <param name="changed">What to do; its result ends the watch.</param>
    public SecretWatch(
        CommandContext context,
        ISecretStore vault,
        TimeSpan interval,
        IReadOnlyDictionary<(string? Store, SecretName Name), SecretMetadata> known,
        Func<ValueTask<ResolvedReferences?>> changed)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(context.Cancellation);
        _task = Task.Run(() => WatchAsync(context, vault, interval, known.ToDictionary(pair => pair.Key.Name, pair => pair.Value), changed));
    }

    /// <summary>New values for a command that is to start again, or null. After <see cref="Stop"/>.</summary>
    public ResolvedReferences? Renewed { get; private set; }

    /// <summary>Ends the watch.</summary>
    public void Stop()
    {
        _stop.Cancel();
        _task.Wait(TimeSpan.FromSeconds(5));
    }

    /// <inheritdoc/>
    public void Dispose() => _stop.Dispose();

    private async Task WatchAsync(CommandContext context, ISecretStore vault, TimeSpan interval, Dictionary<SecretName, SecretMetadata> known, Func<ValueTask<ResolvedReferences?>> changed)
    {
        using var timer = new PeriodicTimer(interval);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                try
                {
                    if (await HasChangedAsync(vault, known) && await changed() is { } renewed)
                    {
                        Renewed = renewed;
                        return;
                    }
                }
                catch (Exception error) when (error is StrongroomException or CliException)
                {
                    context.Output.Warning($"A secret has changed, but the new values can't be used: {error.Message}");
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The command has ended.
        }
    }

    private async ValueTask<bool> HasChangedAsync(ISecretStore vault, Dictionary<SecretName, SecretMetadata> known)
    {
        var changed = false;
        foreach (var (name, before) in known.ToArray())
        {
            var now = await CurrentAsync(vault, name);
            if (now is not null && now.Version == before.Version && now.CreatedAt == before.CreatedAt)
                continue;
            known[name] = now ?? before with { Version = -1 };
            changed |= now is not null || before.Version != -1;
        }

        return changed;
    }

    private async ValueTask<SecretMetadata?> CurrentAsync(ISecretStore vault, SecretName name)
    {
        await foreach (var entry in vault.ListAsync(new SecretQuery { Prefix = name.ToString(), Limit = 1 }, _stop.Token))
            return entry.Name == name ? entry.Metadata : null;
        return null;
    }
}
