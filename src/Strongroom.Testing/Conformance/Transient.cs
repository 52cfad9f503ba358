namespace Strongroom.Testing.Conformance;

/// <summary>Tries again what a storage under load refuses for the moment: a lock that was not to be had, a serialization failure that the backend did not call a conflict.</summary>
internal static class Transient
{
    private const int Tries = 200;

    public static async Task<T> RetryAsync<T>(ConformanceRun run, Func<ValueTask<T>> action)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await action().ConfigureAwait(false);
            }
            catch (VaultUnavailableException error) when (attempt < Tries)
            {
                run.Note($"unavailable, tried again: {error.Message}");
                await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(attempt, 20)), run.Cancellation).ConfigureAwait(false);
            }
        }
    }
}
