using System.Globalization;
using Strongroom.Storage;

namespace Strongroom.Testing.Conformance;

/// <summary>What came of a check that did not fail.</summary>
public enum ConformanceOutcome
{
    /// <summary>The backend does as asked.</summary>
    Passed,

    /// <summary>The check is about a capability that the backend does not have.</summary>
    NotApplicable,
}

/// <summary>One thing that is asked of every backend.</summary>
public sealed class ConformanceCheck
{
    private readonly Func<ConformanceRun, Task> _body;
    private readonly Func<IVaultBackend, bool> _applies;

    internal ConformanceCheck(string name, Func<ConformanceRun, Task> body, Func<IVaultBackend, bool>? applies = null) => (Name, _body, _applies) = (name, body, applies ?? (static _ => true));

    /// <summary>What is asked, in a few words; a stable name for test reports.</summary>
    public string Name { get; }

    /// <summary>Runs the check.</summary>
    /// <param name="newStorage">Makes new storage without a vault, and gives the way to open handles on it; called once, or, to shorten the log of a failure, many times.</param>
    /// <param name="options">How hard to try.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="ConformanceException">The backend does not do what is asked.</exception>
    public async Task<ConformanceOutcome> RunAsync(Func<BackendOpener> newStorage, ConformanceOptions? options = null, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(newStorage);
        var run = new ConformanceRun(newStorage, options ?? new ConformanceOptions(), ct);
        await using (run.ConfigureAwait(false))
        {
            try
            {
                if (!_applies(await run.OpenAsync().ConfigureAwait(false)))
                    return ConformanceOutcome.NotApplicable;
                await Task.Run(() => _body(run), ct).WaitAsync(run.Options.CheckTimeout, ct).ConfigureAwait(false);
                return ConformanceOutcome.Passed;
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                throw;
            }
            catch (Exception error)
            {
                string reason = error switch
                {
                    ConformanceFailure failure => failure.Message,
                    TimeoutException => string.Create(CultureInfo.InvariantCulture, $"it did not end within {run.Options.CheckTimeout}"),
                    _ => $"it threw {error.GetType().Name}: {error.Message}",
                };
                throw new ConformanceException(Name, run.Options.Seed, reason, run.Log, error is ConformanceFailure ? error.InnerException : error);
            }
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
