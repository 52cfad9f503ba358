namespace Strongroom.Rotation;

/// <summary>
/// Brings one rotation forward, from whatever stage it is found in, as far as it goes now. The order of each step is: the far side, then the vault. A crash between both makes the step happen again, which every step bears.
/// </summary>
internal sealed class RotationRun(RotationSetting setting, SecretName name, IRotator rotator, RotationPolicy policy, RotationRecord taken, bool asked, CancellationToken ct)
{
    /// <summary>The error of a rotation that is kept although somebody else has changed the secret.</summary>
    public const string OnlyCopy = "SR1812";

    private static readonly TimeSpan DrainRetry = TimeSpan.FromMinutes(5);
    private RotationRecord _record = taken;

    private DateTimeOffset Now => setting.Vault.Core.Now;

    private RotationOptions Options => setting.Options;

    /// <summary>Begins a rotation and brings it forward.</summary>
    public async ValueTask<RotationResult> BeginAsync(RotationRequest request)
    {
        using SecretData current = await setting.Vault.Core.Reader.ReadAsync(name, ct, evenExpired: true).ConfigureAwait(false) ?? throw Vault.Conditions.NotFound(name, null);
        RotationRecord begun = _record with
        {
            Stage = RotationStage.Pending,
            Id = Cryptography.RandomId.New(),
            Kind = rotator.Kind,
            Reason = request.Reason,
            From = current.Metadata.Version,
            To = 0,
            Begun = Now,
            Expires = request.ExpiresAt,
            Urgent = request.Urgent,
            Probes = 0,
        };
        Reached("create");
        using var context = new RotationContext(setting.Vault, name, begun, current.Metadata, current.Value, null);
        SecretValue? made = null;
        StrongroomException? error = request.Value is { } given ? null : await TryAsync("create", async token => made = await rotator.CreateAsync(context, token).ConfigureAwait(false)).ConfigureAwait(false);
        using (made)
        {
            if (error is null && (made ?? request.Value!).FixedTimeEquals(current.Value))
                error = new RotationException("SR1805", $"The new value of {name} is the old one.", "Give another value, or correct the rotator.");
            if (error is not null)
                return await FailedAsync(_record, error).ConfigureAwait(false);
            Reached("created");
            await setting.Store.StageAsync(name, _record, Renewed(begun with { Expires = context.ExpiresAt ?? begun.Expires }), current.Value, made ?? request.Value!, ct).ConfigureAwait(false);
        }

        _record = Renewed(begun with { Expires = context.ExpiresAt ?? begun.Expires });
        Reached("staged");
        setting.Tell(name, RotationNoticeKind.Started, _record);
        return await AdvanceAsync().ConfigureAwait(false);
    }

    /// <summary>Brings the rotation forward from where it is.</summary>
    public async ValueTask<RotationResult> AdvanceAsync()
    {
        SecretMetadata? metadata = await setting.Vault.GetMetadataAsync(name, ct).ConfigureAwait(false);
        bool changed = _record.Stage != RotationStage.Promoted && IsChanged(metadata, _record);
        if (changed && !MayBeTheOnlyCopy)
            return await EndAsync(RotationResultKind.Superseded).ConfigureAwait(false);
        using RotationContext context = await ContextAsync(metadata).ConfigureAwait(false);
        if (changed)
            return await SupersededAsync(context).ConfigureAwait(false);
        setting.Vault.Core.Options.Observer?.OnRead(name, context.Metadata, context.New);
        while (true)
        {
            RotationResult? left = _record.Stage switch
            {
                RotationStage.Pending => await SetAsync(context).ConfigureAwait(false),
                RotationStage.Exchanging => await ProbeAsync(context).ConfigureAwait(false),
                RotationStage.Set => await VerifyAsync(context).ConfigureAwait(false),
                RotationStage.Verified => await PromoteAsync(context).ConfigureAwait(false),
                _ => await RevokeAsync(context).ConfigureAwait(false),
            };
            if (left is not null)
                return left;
        }
    }

    /// <summary>Whether there is nothing to do but to wait for users of the old value. Writes nothing, so the rotation need not be taken for it.</summary>
    public async ValueTask<bool> IsWaitingAsync()
    {
        if (IsOver(_record, Now))
            return false;
        SecretMetadata? metadata = await setting.Vault.GetMetadataAsync(name, ct).ConfigureAwait(false);
        bool draining = IsDraining(policy, _record, await RotationConsumer.ReadAsync(setting.Vault, name, ct).ConfigureAwait(false), Now);
        if (metadata?.Version == _record.To && (draining || rotator is not IDrainingRotator))
            return draining;
        using RotationContext context = await ContextAsync(metadata).ConfigureAwait(false);
        if (await IsOldCurrentAsync(context).ConfigureAwait(false))
            return false;
        // What fails is told by the run that has taken the rotation.
        return draining || await IsOldInUseAsync(context).ConfigureAwait(false) is { InUse: true, Error: null };
    }

    /// <summary>Whether somebody else has changed the secret since a rotation began that has not been promoted.</summary>
    public static bool IsChanged(SecretMetadata? metadata, RotationRecord record) => metadata is null or { IsDeleted: true } || metadata.Version != record.From;

    /// <summary>Gives the rotation up.</summary>
    public ValueTask<RotationResult> AbandonAsync() => EndAsync(RotationResultKind.Abandoned);

    private async ValueTask<RotationResult?> SetAsync(RotationContext context)
    {
        bool twoPhase = rotator is ITwoPhaseRotator;
        if (twoPhase)
        {
            await WriteAsync(_record with { Stage = RotationStage.Exchanging }).ConfigureAwait(false);
            Reached("exchanging");
        }

        Reached("set");
        StrongroomException? error = await TryAsync("set", token => rotator.SetAsync(context, token)).ConfigureAwait(false);
        Reached("done");
        if (error is RotationException { IsRefusal: true })
            return await RefusedAsync(error).ConfigureAwait(false);
        if (error is not null)
            return await FailedAsync(_record, error).ConfigureAwait(false);
        await WriteAsync(_record with { Stage = RotationStage.Set }).ConfigureAwait(false);
        Reached("is-set");
        setting.Tell(name, RotationNoticeKind.Set, _record);
        return null;
    }

    // The outcome of an exchange is not known: which of the two values does the far side accept? Counted before asking, so that not even a crash loop asks too often.
    private async ValueTask<RotationResult?> ProbeAsync(RotationContext context)
    {
        var twoPhase = (ITwoPhaseRotator)rotator;
        if (_record.Probes >= Options.MaxProbes)
            return await StuckAsync(null).ConfigureAwait(false);
        await WriteAsync(_record with { Probes = _record.Probes + 1 }).ConfigureAwait(false);
        Reached("probe");
        bool isNew = false, isOld = false;
        StrongroomException? error = await TryAsync("probe", async token =>
        {
            isNew = await twoPhase.ProbeAsync(context, context.New, token).ConfigureAwait(false);
            isOld = !isNew && await twoPhase.ProbeAsync(context, context.Old, token).ConfigureAwait(false);
        }).ConfigureAwait(false);
        Reached("probed");
        if (error is null && isNew)
        {
            await WriteAsync(_record with { Stage = RotationStage.Set }).ConfigureAwait(false);
            return null;
        }

        if (error is null && isOld)
        {
            await WriteAsync(_record with { Stage = RotationStage.Pending }).ConfigureAwait(false);
            return null;
        }

        error ??= new RotationException("SR1807", $"The far side accepts neither the new nor the old value of {name}.", "Look there; both values are kept. Then rotate it again, or abandon the rotation.");
        return _record.Probes >= Options.MaxProbes ? await StuckAsync(error).ConfigureAwait(false) : await FailedAsync(_record, error).ConfigureAwait(false);
    }

    private async ValueTask<RotationResult?> VerifyAsync(RotationContext context)
    {
        Reached("verify");
        if (await TryAsync("verify", token => rotator.VerifyAsync(context, token)).ConfigureAwait(false) is { } error)
            return await FailedAsync(_record with { Stage = rotator is ITwoPhaseRotator ? RotationStage.Exchanging : RotationStage.Pending }, error).ConfigureAwait(false);
        Reached("seen");
        await WriteAsync(_record with { Stage = RotationStage.Verified }).ConfigureAwait(false);
        Reached("verified");
        setting.Tell(name, RotationNoticeKind.Verified, _record);
        return null;
    }

    private async ValueTask<RotationResult?> PromoteAsync(RotationContext context)
    {
        DateTimeOffset now = Now;
        if (!asked && !policy.Windows.IsOpen(now))
            return await WaitingAsync(RotationResultKind.Waiting).ConfigureAwait(false);
        RotationRecord promoted = Renewed(_record with
        {
            Stage = RotationStage.Promoted,
            To = _record.From + 1,
            Promoted = now,
            Deadline = _record.Urgent ? now : now + policy.Deadline,
            Attempts = 0,
            Retry = null,
            Error = null,
        });
        Reached("promote");
        try
        {
            await setting.Store.PromoteAsync(name, _record, promoted, context.New, ct).ConfigureAwait(false);
        }
        catch (SecretConflictException error) when (error.Code != "SR1451")
        {
            return await SupersededAsync(context).ConfigureAwait(false);
        }

        StrongroomTelemetry.Promoted(now - (_record.Begun ?? now));
        _record = promoted;
        Reached("promoted");
        setting.Tell(name, RotationNoticeKind.Promoted, _record);
        return null;
    }

    private async ValueTask<RotationResult?> RevokeAsync(RotationContext context)
    {
        // Somebody went back to the old value: it is in use again, and revoking it would be the outage that a rotation must not be.
        if (await IsOldCurrentAsync(context).ConfigureAwait(false))
            return await EndAsync(RotationResultKind.Superseded).ConfigureAwait(false);
        List<ConsumerReport> reports = await RotationConsumer.ReadAsync(setting.Vault, name, ct).ConfigureAwait(false);
        DateTimeOffset now = Now;
        if (IsDraining(policy, _record, reports, now))
            return await WaitingAsync(RotationResultKind.Promoted).ConfigureAwait(false);
        (bool inUse, StrongroomException? unknown) = IsOver(_record, now) ? (false, null) : await IsOldInUseAsync(context).ConfigureAwait(false);
        if (unknown is not null)
            return await FailedAsync(_record, unknown, now + DrainRetry < _record.Deadline ? now + DrainRetry : _record.Deadline).ConfigureAwait(false);
        if (inUse)
            return await WaitingAsync(RotationResultKind.Promoted).ConfigureAwait(false);
        Reached("revoke");
        if (await TryAsync("revoke", token => rotator.RevokeAsync(context, token)).ConfigureAwait(false) is { } error)
            return await FailedAsync(_record, error).ConfigureAwait(false);
        Reached("revoked");
        return await EndAsync(RotationResultKind.Completed, reports.Where(report => report.Until < now - TimeSpan.FromDays(1))).ConfigureAwait(false);
    }

    // Whether, by what consumers report, the old value may still be in use. Nobody reports: nobody knows, so only the deadline counts. Version 0 means that a consumer uses none.
    private static bool IsDraining(RotationPolicy policy, RotationRecord record, List<ConsumerReport> reports, DateTimeOffset now)
    {
        if (IsOver(record, now))
            return false;
        List<ConsumerReport> valid = reports.FindAll(report => report.Until > now);
        return valid.Count == 0 || now < record.Promoted + policy.Grace || valid.Exists(report => report.Version > 0 && report.Version < record.To);
    }

    private static bool IsOver(RotationRecord record, DateTimeOffset now) => record.Urgent || now >= record.Deadline;

    private async ValueTask<(bool InUse, StrongroomException? Error)> IsOldInUseAsync(RotationContext context)
    {
        bool inUse = false;
        StrongroomException? error = rotator is not IDrainingRotator draining ? null
            : await TryAsync("drain", async token => inUse = await draining.IsOldInUseAsync(context, token).ConfigureAwait(false)).ConfigureAwait(false);
        return (inUse, error);
    }

    // After an exchange may have happened the old value may be void.
    private bool MayBeTheOnlyCopy => rotator is ITwoPhaseRotator && _record.Stage is RotationStage.Exchanging or RotationStage.Set or RotationStage.Verified;

    // The staged value is given up, unless the far side may accept nothing else: then a person decides.
    private async ValueTask<RotationResult> SupersededAsync(RotationContext context) =>
        MayBeTheOnlyCopy && !await IsCurrentAsync(context, context.New).ConfigureAwait(false)
            ? await StuckAsync(new RotationException(OnlyCopy, $"Somebody else has changed {name} while the far side may already accept nothing but the staged value.", "Look there; both values are kept. Write the one that is accepted and rotate again, or abandon the rotation."), await VersionAsync().ConfigureAwait(false)).ConfigureAwait(false)
            : await EndAsync(RotationResultKind.Superseded).ConfigureAwait(false);

    private async ValueTask<RotationContext> ContextAsync(SecretMetadata? metadata)
    {
        (SecretValue old, SecretValue next) = await setting.Store.StagedAsync(name, ct).ConfigureAwait(false);
        return new RotationContext(setting.Vault, name, _record, metadata ?? new SecretMetadata { CreatedAt = Now, UpdatedAt = Now }, old, next);
    }

    private async ValueTask<bool> IsOldCurrentAsync(RotationContext context) =>
        await VersionAsync().ConfigureAwait(false) != _record.To && await IsCurrentAsync(context, context.Old).ConfigureAwait(false);

    private async ValueTask<bool> IsCurrentAsync(RotationContext context, SecretValue value)
    {
        using SecretData? current = await context.ReadCurrentAsync(ct).ConfigureAwait(false);
        return current?.Value.FixedTimeEquals(value) == true;
    }

    private async ValueTask<long> VersionAsync() => (await setting.Vault.GetMetadataAsync(name, ct).ConfigureAwait(false))?.Version ?? 0;

    private async ValueTask<RotationResult> WaitingAsync(RotationResultKind kind)
    {
        await WriteAsync(Released(_record)).ConfigureAwait(false);
        return Left(kind);
    }

    private async ValueTask<RotationResult> EndAsync(RotationResultKind result, IEnumerable<ConsumerReport>? forgotten = null)
    {
        RotationRecord ended = Released(_record.Ended(result, Now));
        long version = await VersionAsync().ConfigureAwait(false);
        await setting.Store.EndAsync(name, _record, ended, result == RotationResultKind.Completed, (forgotten ?? []).Select(RotationConsumer.RecordOf), ct).ConfigureAwait(false);
        RotationRecord was = _record;
        _record = ended;
        Reached("ended");
        setting.Tell(name, Enum.Parse<RotationNoticeKind>(result.ToString()), was, version: version);
        StrongroomTelemetry.Rotated(result.ToString(), null);
        return new RotationResult(name, result, version);
    }

    private async ValueTask<RotationResult> RefusedAsync(StrongroomException error)
    {
        RotationRecord failed = WithFailure(_record, error);
        RotationRecord ended = Released(failed.Ended(RotationResultKind.Refused, Now)) with { Attempts = failed.Attempts };
        await setting.Store.EndAsync(name, _record, ended, revoke: false, [], ct).ConfigureAwait(false);
        setting.Tell(name, RotationNoticeKind.Refused, _record, error);
        StrongroomTelemetry.Rotated(nameof(RotationResultKind.Refused), error.Code);
        return new RotationResult(name, RotationResultKind.Refused, _record.From, error);
    }

    private async ValueTask<RotationResult> StuckAsync(StrongroomException? error, long? version = null)
    {
        error ??= new RotationException("SR1807", $"The far side was asked {_record.Probes} times which value of {name} it accepts, without an answer.", "Look there; both values are kept. Then rotate it again, or abandon the rotation.");
        await WriteAsync(Released(_record with { Error = error.Code, Retry = null })).ConfigureAwait(false);
        setting.Tell(name, RotationNoticeKind.Stuck, _record, error, version);
        StrongroomTelemetry.Rotated(nameof(RotationResultKind.Stuck), error.Code);
        return Left(RotationResultKind.Stuck, error) with { Version = version ?? _record.From };
    }

    private async ValueTask<RotationResult> FailedAsync(RotationRecord record, StrongroomException error, DateTimeOffset? retry = null)
    {
        await WriteAsync(Released(WithFailure(record, error, retry))).ConfigureAwait(false);
        setting.Tell(name, RotationNoticeKind.Failed, _record, error);
        StrongroomTelemetry.Rotated(nameof(RotationResultKind.Failed), error.Code);
        return Left(RotationResultKind.Failed, error);
    }

    private RotationRecord WithFailure(RotationRecord record, StrongroomException error, DateTimeOffset? retry = null)
    {
        double wait = Math.Min(Options.FirstRetry.TotalSeconds * Math.Pow(2, Math.Min(record.Attempts, 30)), Options.LongestRetry.TotalSeconds);
        return record with { Attempts = record.Attempts + 1, Error = error.Code, Retry = retry ?? Now + TimeSpan.FromSeconds(wait) };
    }

    // What a rotator throws may quote what it could not send: of errors that are not ours only the kind is kept.
    private async ValueTask<StrongroomException?> TryAsync(string step, Func<CancellationToken, ValueTask> act)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Options.StepTimeout);
        try
        {
            await act(limit.Token).ConfigureAwait(false);
            return null;
        }
        catch (StrongroomException error) when (!ct.IsCancellationRequested)
        {
            return error;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested && limit.IsCancellationRequested)
        {
            return new RotationException("SR1808", $"The step '{step}' of the rotation of {name} took longer than {Options.StepTimeout}.", "Look whether the far side answers; it is tried again.");
        }
        catch (Exception error) when (!ct.IsCancellationRequested)
        {
            return new RotationException("SR1809", $"The step '{step}' of the rotation of {name} failed with {error.GetType().Name}.", "Look whether the far side answers, and at the settings of the rotation; it is tried again.");
        }
    }

    private async ValueTask WriteAsync(RotationRecord after)
    {
        RotationRecord renewed = after.Owner.Length > 0 ? Renewed(after) : after;
        await setting.Store.WriteAsync(name, _record, renewed, ct).ConfigureAwait(false);
        _record = renewed;
    }

    private RotationRecord Renewed(RotationRecord record) => record with { Until = Now + Options.Lease };

    private static RotationRecord Released(RotationRecord record) => record with { Owner = "", Until = null };

    private RotationResult Left(RotationResultKind kind, StrongroomException? error = null) => new(name, kind, _record.Stage == RotationStage.Promoted ? _record.To : _record.From, error);

    private void Reached(string point) => Options.Checkpoint?.Invoke(point);
}

/// <summary>What all runs of an engine share.</summary>
internal sealed record RotationSetting(SecretsManager Vault, RotationOptions Options, RotationStore Store, Action<RotationNotice> Notify)
{
    public void Tell(SecretName name, RotationNoticeKind kind, RotationRecord record, StrongroomException? error = null, long? version = null) =>
        Notify(new RotationNotice(name, kind, record.Id, version ?? (record.To > 0 ? record.To : record.From), Vault.Core.Now, error));
}
