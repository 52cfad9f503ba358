using System.Runtime.CompilerServices;

namespace Strongroom.Vault;

/// <summary>Raises notices when secrets reach a distance from their expiry. Looks again when the next one is due, when something changes, and at least once an hour.</summary>
internal sealed class ExpiryWatch(VaultCore core)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);
    private readonly Dictionary<SecretName, (DateTimeOffset Expires, TimeSpan Threshold)> _raised = [];

    public async IAsyncEnumerable<ExpiryNotice> RunAsync([EnumeratorCancellation] CancellationToken ct)
    {
        TimeSpan[] thresholds = [.. core.Options.ExpiryWarnings.Append(TimeSpan.Zero).Distinct().Order()];
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        IAsyncEnumerator<SecretChange> changes = core.Changes.WatchAsync(stop.Token).GetAsyncEnumerator(stop.Token);
        Task<bool> changed = changes.MoveNextAsync().AsTask();
        try
        {
            while (true)
            {
                (List<ExpiryNotice> due, TimeSpan wait) = await LookAsync(thresholds, ct).ConfigureAwait(false);
                foreach (ExpiryNotice notice in due)
                    yield return notice;
                using var timer = CancellationTokenSource.CreateLinkedTokenSource(ct);
                Task first = await Task.WhenAny(changed, Task.Delay(wait, core.Options.Time, timer.Token)).ConfigureAwait(false);
                await timer.CancelAsync().ConfigureAwait(false);
                ct.ThrowIfCancellationRequested();
                if (first == changed)
                {
                    await changed.ConfigureAwait(false);
                    changed = changes.MoveNextAsync().AsTask();
                }
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await ((Task)changed).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await changes.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask<(List<ExpiryNotice> Due, TimeSpan Wait)> LookAsync(TimeSpan[] thresholds, CancellationToken ct)
    {
        DateTimeOffset now = core.Now;
        TimeSpan wait = LongestWait;
        var due = new List<ExpiryNotice>();
        await foreach (SecretEntry entry in core.Reader.ListAsync(new SecretQuery(), ct).ConfigureAwait(false))
        {
            if (entry.Metadata.ExpiresAt is not { } expires)
                continue;
            TimeSpan remaining = expires - now;
            int reached = Array.FindIndex(thresholds, threshold => remaining <= threshold);
            if (reached >= 0 && !(_raised.TryGetValue(entry.Name, out var raised) && raised.Expires == expires && raised.Threshold <= thresholds[reached]))
            {
                _raised[entry.Name] = (expires, thresholds[reached]);
                due.Add(new ExpiryNotice(entry.Name, expires, remaining, thresholds[reached]));
            }

            // The next distance that this secret has not reached yet.
            int next = reached < 0 ? thresholds.Length - 1 : reached - 1;
            if (next >= 0 && remaining - thresholds[next] < wait)
                wait = remaining - thresholds[next];
        }

        return (due, wait > TimeSpan.Zero ? wait : TimeSpan.FromMilliseconds(1));
    }
}
