namespace Strongroom.Rotation;

/// <summary>
/// Rotates secrets without a moment at which nothing works. A new value is made and stored (pending), given to the far side (set), seen to be accepted there (verified), made the current one (promoted), and only when nobody
/// uses the old one any more, or at a deadline, that is revoked. How far a rotation is stands in the vault after every step, with both values, sealed; a rotation whose node died is continued by the next run of any node, and
/// exactly one works on it (a lease in the vault, taken by compare-and-set, with a fence that grows). What is rotated when and how stands in the secrets' tags (<see cref="RotationPolicy"/>).
/// Nothing runs by itself: call <see cref="RunDueAsync"/> now and then, or use the hosted service. Thread-safe; one rotation of an engine happens after the other.
/// </summary>
public sealed class RotationEngine : IDisposable
{
    private readonly Dictionary<string, IRotator> _rotators;
    private readonly RotationSetting _setting;
    private readonly RotationPlanner _planner;
    private readonly SemaphoreSlim _working = new(1, 1);
    private readonly Lock _gate = new();
    private readonly string _owner;
    private Action<RotationNotice>? _listeners;

    /// <summary>An engine on a vault.</summary>
    /// <param name="vault">The vault; stays the caller's.</param>
    /// <param name="options">How it works.</param>
    /// <exception cref="VaultConfigurationException">An option can't be used, or two rotators have the same kind.</exception>
    public RotationEngine(SecretsManager vault, RotationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(vault);
        options ??= new RotationOptions();
        options.Validate();
        _rotators = new Dictionary<string, IRotator>(StringComparer.Ordinal) { ["generated"] = new GeneratedRotator() };
        foreach (IRotator rotator in options.Rotators)
        {
            if (!_rotators.TryAdd(rotator.Kind, rotator))
                throw new VaultConfigurationException("SR1503", $"An option can't be used: two rotators are called '{rotator.Kind}'.", "Correct the option.");
        }

        _owner = $"{options.Node}/{Environment.ProcessId}/{Cryptography.RandomId.New()}";
        _setting = new RotationSetting(vault, options, new RotationStore(vault), Notify);
        _planner = new RotationPlanner(_setting, _rotators, _owner);
    }

    /// <summary>Calls back for each notice, on the thread that works; must be quick. Dispose of what is returned to end that.</summary>
    public IDisposable OnNotice(Action<RotationNotice> callback)
    {
        ArgumentNullException.ThrowIfNull(callback);
        lock (_gate)
            _listeners += callback;
        return new Listening(this, callback);
    }

    /// <summary>What is due, under way and to come, in order of names; changes nothing.</summary>
    public async ValueTask<IReadOnlyList<RotationPlan>> PlanAsync(CancellationToken ct = default)
    {
        Dictionary<SecretName, RotationRecord> records = await _setting.Store.AllAsync(ct).ConfigureAwait(false);
        DateTimeOffset now = _setting.Vault.Core.Now;
        List<RotationPlan> plans = [];
        var query = new SecretQuery { Tags = new Dictionary<string, string?>(StringComparer.Ordinal) { [RotationPolicy.TagPrefix + "with"] = null } };
        await foreach (SecretEntry entry in _setting.Vault.ListAsync(query, ct).ConfigureAwait(false))
        {
            records.Remove(entry.Name, out RotationRecord? record);
            plans.Add(_planner.Plan(entry.Name, entry.Metadata, record ?? RotationRecord.Empty, now));
        }

        // What is under way is finished even when its policy, or the secret, has gone.
        foreach ((SecretName name, RotationRecord record) in records.Where(static pair => pair.Value.Stage != RotationStage.None))
            plans.Add(_planner.Plan(name, await _setting.Vault.GetMetadataAsync(name, ct).ConfigureAwait(false), record, now));
        return [.. plans.OrderBy(static plan => plan.Name)];
    }

    /// <summary>Works on everything that is due or under way. A rotation that fails does not keep others from theirs.</summary>
    /// <returns>What was worked on, and how it was left.</returns>
    public async ValueTask<IReadOnlyList<RotationResult>> RunDueAsync(CancellationToken ct = default)
    {
        List<RotationResult> results = [];
        foreach (RotationPlan plan in await PlanAsync(ct).ConfigureAwait(false))
        {
            if (plan.State is not (RotationState.Due or RotationState.Draining))
                continue;
            try
            {
                if (plan.State == RotationState.Draining && await IsWaitingAsync(plan.Name, ct).ConfigureAwait(false))
                    continue;
                results.Add(await WorkAsync(plan.Name, null, ct).ConfigureAwait(false));
            }
            catch (StrongroomException error)
            {
                results.Add(new RotationResult(plan.Name, RotationResultKind.Failed, plan.Version, error));
            }
        }

        return results;
    }

    /// <summary>Rotates a secret now, or brings a rotation that is under way forward, whatever schedule and windows say.</summary>
    /// <returns>How it was left; failures of the far side are a result, not an exception. Promoted in the version of before: the value before it is still in use, so a new rotation has to wait (or be urgent).</returns>
    /// <exception cref="SecretNotFoundException">There is no such secret.</exception>
    /// <exception cref="VaultConfigurationException">Policy or rotator can't be used.</exception>
    /// <exception cref="SecretConflictException">A value was given, but another rotation is under way.</exception>
    public async ValueTask<RotationResult> RotateAsync(SecretName name, RotationRequest? request = null, CancellationToken ct = default)
    {
        request ??= new RotationRequest();
        if (request.Reason.Length > 200)
            throw new VaultConfigurationException("SR1503", "An option can't be used: the reason has more than 200 characters.", "Correct the option.");
        bool was = (await _setting.Store.LoadAsync(name, ct).ConfigureAwait(false)).Stage == RotationStage.Promoted;
        RotationResult result = await WorkAsync(name, request, ct).ConfigureAwait(false);
        // What ended was an earlier rotation: the one that is asked for has not begun.
        return was && result.Kind is RotationResultKind.Completed or RotationResultKind.Superseded ? await WorkAsync(name, request, ct).ConfigureAwait(false) : result;
    }

    /// <summary>Gives a rotation up that has not been promoted; the staged value goes for ever. The far side may accept it, if it was set there.</summary>
    /// <exception cref="SecretConflictException">There is none under way, or it was promoted already.</exception>
    public async ValueTask<RotationResult> AbandonAsync(SecretName name, CancellationToken ct = default)
    {
        await _working.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            // Before it is taken: of a name that was mistyped no record must come to be.
            CheckUnderWay(name, await _setting.Store.LoadAsync(name, ct).ConfigureAwait(false));
            RotationRecord? record = await TakeAsync(name, ct).ConfigureAwait(false);
            if (record is null)
                return Elsewhere(name, 0);
            CheckUnderWay(name, record);
            return await Run(name, new GeneratedRotator(), null, record, asked: true, ct).AbandonAsync().ConfigureAwait(false);
        }
        catch (Exception error) when (error is StrongroomException or OperationCanceledException)
        {
            await _setting.Store.ReleaseAsync(name, _owner).ConfigureAwait(false);
            throw;
        }
        finally
        {
            _working.Release();
        }
    }

    /// <summary>The latest rotations of a secret that have ended, newest first.</summary>
    public async ValueTask<IReadOnlyList<PastRotation>> HistoryAsync(SecretName name, CancellationToken ct = default) =>
        (await _setting.Store.LoadAsync(name, ct).ConfigureAwait(false)).History;

    /// <summary>Who reported which version of a secret to use; reports whose time is over too.</summary>
    public async ValueTask<IReadOnlyList<ConsumerReport>> ConsumersAsync(SecretName name, CancellationToken ct = default) =>
        await RotationConsumer.ReadAsync(_setting.Vault, name, ct).ConfigureAwait(false);

    /// <summary>The staged value of a rotation that has not been promoted, for who has to prove it before it is current; null when there is none. The caller owns it.</summary>
    public async ValueTask<SecretValue?> PendingAsync(SecretName name, CancellationToken ct = default)
    {
        if ((await _setting.Store.LoadAsync(name, ct).ConfigureAwait(false)).Stage is RotationStage.None or RotationStage.Promoted)
            return null;
        (SecretValue old, SecretValue next) = await _setting.Store.StagedAsync(name, ct).ConfigureAwait(false);
        old.Dispose();
        return next;
    }

    /// <inheritdoc/>
    public void Dispose() => _working.Dispose();

    // Without a request: what is due by itself.
    private async ValueTask<RotationResult> WorkAsync(SecretName name, RotationRequest? request, CancellationToken ct)
    {
        await _working.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            // Looked at before it is taken, so that what need not be done writes nothing, and again after that: another node may have failed or ended it in between.
            Job job = await LookAsync(name, await _setting.Store.LoadAsync(name, ct).ConfigureAwait(false), request, ct).ConfigureAwait(false);
            if (!job.IsToDo || await TakeAsync(name, ct).ConfigureAwait(false) is not { } record)
                return Elsewhere(name, job.Version);
            job = await LookAsync(name, record, request, ct).ConfigureAwait(false);
            if (!job.IsToDo)
            {
                await _setting.Store.ReleaseAsync(name, _owner).ConfigureAwait(false);
                return Elsewhere(name, job.Version);
            }

            bool isNew = record.Stage == RotationStage.None, drains = record.Stage == RotationStage.Promoted;
            if (request is not null && !isNew)
                record = await AskAsync(name, record, request, ct).ConfigureAwait(false);
            RotationRun run = Run(name, job.Rotator, job.Policy, record, asked: request is not null, ct);
            RotationResult result = isNew ? await run.BeginAsync(request ?? new RotationRequest { Reason = job.Reason }).ConfigureAwait(false) : await run.AdvanceAsync().ConfigureAwait(false);
            return drains && request?.Value is not null && result.Kind == RotationResultKind.Promoted
                ? throw NotTaken(name, "the value before the current one is still in use", "Rotate when that has been revoked, or urgently.") : result;
        }
        catch (SecretConflictException error) when (error.Code == "SR1451")
        {
            // The lease was taken over meanwhile: the rest is the other node's.
            return Elsewhere(name, 0);
        }
        catch (Exception error) when (error is StrongroomException or OperationCanceledException)
        {
            // This node stops, or can't go on: others need not wait for the end of its lease.
            await _setting.Store.ReleaseAsync(name, _owner).ConfigureAwait(false);
            throw;
        }
        finally
        {
            _working.Release();
        }
    }

    // What there is to do by the state as it is now: the plan that led here may be old.
    private async ValueTask<Job> LookAsync(SecretName name, RotationRecord record, RotationRequest? request, CancellationToken ct)
    {
        SecretMetadata? metadata = await _setting.Vault.GetMetadataAsync(name, ct).ConfigureAwait(false);
        RotationPolicy? policy = metadata is { IsDeleted: false } ? RotationPolicy.Read(name, metadata.Tags) : null;
        IRotator rotator = Rotator(name, record.Stage != RotationStage.None ? record.Kind : request?.Rotator ?? policy?.Rotator ?? "generated");
        if (metadata is { IsDeleted: false })
            RotationPolicy.CheckSettings(name, metadata.Tags, rotator);
        else if (record.Stage == RotationStage.None)
            throw Vault.Conditions.NotFound(name, null);
        RotationPlan plan = _planner.Plan(name, metadata, record, _setting.Vault.Core.Now);
        return new Job(request is not null || plan.State is RotationState.Due or RotationState.Draining, rotator, policy, plan.Note, plan.Version);
    }

    private async ValueTask<RotationRecord> AskAsync(SecretName name, RotationRecord record, RotationRequest request, CancellationToken ct)
    {
        if (request.Value is { } given && record.Stage != RotationStage.Promoted)
        {
            (SecretValue old, SecretValue next) = await _setting.Store.StagedAsync(name, ct).ConfigureAwait(false);
            using (old)
            using (next)
            {
                if (!given.FixedTimeEquals(next))
                    throw NotTaken(name, "another rotation is under way, with another value", "Abandon that one first, or let it end.");
            }
        }

        RotationRecord after = record with { Probes = 0, Urgent = record.Urgent || request.Urgent };
        await _setting.Store.WriteAsync(name, record, after, ct).ConfigureAwait(false);
        return after;
    }

    // Looked at without taking the rotation: waiting for users of the old value writes nothing.
    private async ValueTask<bool> IsWaitingAsync(SecretName name, CancellationToken ct)
    {
        RotationRecord record = await _setting.Store.LoadAsync(name, ct).ConfigureAwait(false);
        if (record.Stage != RotationStage.Promoted)
            return false;
        Job job = await LookAsync(name, record, null, ct).ConfigureAwait(false);
        return await Run(name, job.Rotator, job.Policy, record, asked: false, ct).IsWaitingAsync().ConfigureAwait(false);
    }

    private static void CheckUnderWay(SecretName name, RotationRecord record)
    {
        if (record.Stage is RotationStage.None or RotationStage.Promoted)
            throw new SecretConflictException("SR1810", $"No rotation of {name} can be given up: {(record.Stage == RotationStage.None ? "none is under way" : "the new value is already the current one")}.", "See rotate plan.");
    }

    private static SecretConflictException NotTaken(SecretName name, string why, string hint) => new("SR1813", $"The value for {name} was not taken: {why}.", hint);

    private ValueTask<RotationRecord?> TakeAsync(SecretName name, CancellationToken ct) => _setting.Store.TakeAsync(name, _owner, _setting.Options.Lease, _setting.Vault.Core.Now, ct);

    private RotationRun Run(SecretName name, IRotator rotator, RotationPolicy? policy, RotationRecord record, bool asked, CancellationToken ct) =>
        new(_setting, name, rotator, policy ?? RotationPolicy.None, record, asked, ct);

    private IRotator Rotator(SecretName name, string kind) => _rotators.GetValueOrDefault(kind)
        ?? throw new VaultConfigurationException("SR1811", $"There is no rotator '{kind}' here, which the rotation of {name} needs.", $"This program has {string.Join(", ", _rotators.Keys.Order(StringComparer.Ordinal))}. Run it where that rotator is set up.");

    private static RotationResult Elsewhere(SecretName name, long version) => new(name, RotationResultKind.Elsewhere, version);

    private void Notify(RotationNotice notice)
    {
        foreach (Action<RotationNotice> listener in (_listeners?.GetInvocationList() ?? []).Cast<Action<RotationNotice>>())
        {
            try
            {
                listener(notice);
            }
            catch (Exception)
            {
                // A listener's fault must not stop a rotation half-way; what it was told is in the history too.
            }
        }
    }

    private sealed record Job(bool IsToDo, IRotator Rotator, RotationPolicy? Policy, string Reason, long Version);

    private sealed class Listening(RotationEngine engine, Action<RotationNotice> callback) : IDisposable
    {
        public void Dispose()
        {
            lock (engine._gate)
                engine._listeners -= callback;
        }
    }
}
