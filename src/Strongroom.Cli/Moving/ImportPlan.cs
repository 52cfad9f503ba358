namespace Strongroom.Cli.Moving;

/// <summary>What <c>--on-conflict</c> says to do with a secret that is there.</summary>
internal enum ConflictPolicy
{
    Fail,
    Skip,
    NewVersion,
}

/// <summary>What happens to one secret of an import.</summary>
internal enum ImportAction
{
    Create,
    NewVersion,
    Unchanged,
    Skip,
    Conflict,
}

/// <summary>One step: a secret, its name in the vault, and the version that is there (0: none).</summary>
internal sealed record ImportStep(MovedSecret Secret, SecretName Name, ImportAction Action, long Version);

/// <summary>
/// Decides all steps before anything is written, and then writes them in batches, each as a whole. Every write has the condition that it was decided under, so a change in between is refused and not overwritten.
/// </summary>
internal sealed class ImportPlan(IReadOnlyList<ImportStep> steps)
{
    // One batch is one commit. These are limits of memory, well below what a vault file takes at once.
    private const int MaxWrites = 20_000;
    private const long MaxBytes = 32 * 1024 * 1024;

    public IReadOnlyList<ImportStep> Steps => steps;

    public int Count(ImportAction action) => steps.Count(step => step.Action == action);

    /// <summary>Compares with what is there.</summary>
    /// <param name="store">The vault.</param>
    /// <param name="secrets">With names that fit.</param>
    /// <param name="policy">What is done with those that are there.</param>
    /// <param name="ct">Cancels.</param>
    public static async Task<ImportPlan> MakeAsync(ISecretStore store, IReadOnlyList<MovedSecret> secrets, ConflictPolicy policy, CancellationToken ct)
    {
        var versions = new Dictionary<string, long>(StringComparer.Ordinal);
        await foreach (var entry in store.ListAsync(null, ct))
            versions[entry.Name.ToString()] = entry.Metadata.Version;
        var steps = new List<ImportStep>(secrets.Count);
        foreach (var secret in secrets)
        {
            var version = versions.GetValueOrDefault(secret.Name);
            var action = version == 0 ? ImportAction.Create : policy switch
            {
                ConflictPolicy.Skip => ImportAction.Skip,
                ConflictPolicy.NewVersion => await IsSameAsync(store, secret, ct) ? ImportAction.Unchanged : ImportAction.NewVersion,
                _ => ImportAction.Conflict,
            };
            steps.Add(new ImportStep(secret, SecretName.Parse(secret.Name), action, version));
        }

        return new ImportPlan(steps);
    }

    /// <summary>Writes.</summary>
    /// <param name="commit">Commits a batch as a whole.</param>
    /// <param name="options">What all of them get: type and tags.</param>
    /// <param name="progress">Told after each batch.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The number of batches.</returns>
    public async Task<int> CommitAsync(Func<SecretBatch, CancellationToken, ValueTask<long>> commit, Func<MovedSecret, SetOptions> options, IProgress<(long Done, long All)> progress, CancellationToken ct)
    {
        var writes = steps.Where(static step => step.Action is ImportAction.Create or ImportAction.NewVersion).ToList();
        var batches = 0;
        for (var done = 0; done < writes.Count; batches++)
        {
            progress.Report((done, writes.Count));
            done += await CommitSomeAsync(writes, done, commit, options, ct);
        }

        return batches;
    }

    private static async Task<int> CommitSomeAsync(List<ImportStep> writes, int from, Func<SecretBatch, CancellationToken, ValueTask<long>> commit, Func<MovedSecret, SetOptions> options, CancellationToken ct)
    {
        var batch = new SecretBatch();
        var values = new List<SecretValue>();
        try
        {
            var bytes = 0L;
            for (var i = from; i < writes.Count && batch.Count < MaxWrites && bytes < MaxBytes; i++)
            {
                var value = writes[i].Secret.ToValue();
                values.Add(value);
                bytes += value.HasFields ? writes[i].Secret.Fields.Sum(static field => (long)field.Value.Span.Length) : value.Span.Length;
                var condition = writes[i].Action == ImportAction.Create ? WriteCondition.Absent : WriteCondition.Version(writes[i].Version);
                batch.Set(writes[i].Name, value, options(writes[i].Secret) with { Condition = condition });
            }

            await commit(batch, ct);
            return batch.Count;
        }
        finally
        {
            values.ForEach(static value => value.Dispose());
        }
    }

    private static async Task<bool> IsSameAsync(ISecretStore store, MovedSecret secret, CancellationToken ct)
    {
        using var current = await store.TryGetAsync(SecretName.Parse(secret.Name), version: null, ct);
        using var value = secret.ToValue();
        return current is not null && current.Value.FixedTimeEquals(value);
    }
}
