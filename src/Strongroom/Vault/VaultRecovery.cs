using System.Globalization;
using Strongroom.Audit;
using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Vault;

/// <summary>Backup, restore, and accepting a rollback on purpose.</summary>
internal static class VaultRecovery
{
    /// <summary>Copies the vault to a new file, then opens the copy and compares.</summary>
    public static async ValueTask BackupAsync(VaultCore core, string path, CancellationToken ct)
    {
        if (await core.Storage.RefreshAsync(ct).ConfigureAwait(false) is not ListView view || VaultAddress.Of(path) is not null)
        {
            await CopyAsync(core, core.Options with { Path = path, Backend = null }, null, ct).ConfigureAwait(false);
            return;
        }

        using var copy = new CopyFile(core, path);
        if (copy.Load(ct) is not null)
            throw new VaultConfigurationException("SR1440", $"There already is a file at {path}.", "Choose another name.");
        if (copy.Write(null, view.Loaded.Head, view.Image, ct) != CommitOutcome.Committed)
            throw new VaultConfigurationException("SR1440", $"There already is a file at {path}.", "Choose another name.");
        LoadedVault written = copy.Load(ct) ?? throw VaultOpener.Missing(copy.Backend);
        if (!written.Head.Span.SequenceEqual(view.Loaded.Head.Span)) // public
            throw new VaultIntegrityException("SR1441", $"The backup at {path} is not what was written.", "Check the disk, and back up to another place.");
        ListStorage.Verify(view.Head, written.Image);
    }

    // From or to a database: the rows are the same, their summary is made anew. With marks, what is written is meant to stand above them.
    private static async ValueTask CopyAsync(VaultCore core, VaultOptions options, MarkStore? marks, CancellationToken ct)
    {
        VaultCopy copy = await VaultCopy.BeginAsync(core, options, ct).ConfigureAwait(false);
        await using (copy.ConfigureAwait(false))
        {
            VaultHead of = await copy.FillAsync(null, ct).ConfigureAwait(false);
            long seen = marks?.Find(of.VaultId)?.Revision ?? 0;
            await copy.FinishAsync(of with { Revision = Math.Max(of.Revision, seen) }, marks, ct).ConfigureAwait(false);
            await copy.CheckAsync(options, ct).ConfigureAwait(false);
        }
    }

    /// <summary>Writes a new revision above this machine's marks.</summary>
    public static async ValueTask<long> AcceptRollbackAsync(VaultOptions options, Unlock unlock, CancellationToken ct)
    {
        VaultCore core = await VaultOpener.OpenAsync(options, unlock, ignoreMarks: true, ct).ConfigureAwait(false);
        await using (core.ConfigureAwait(false))
            return await RaiseAsync(core, AuditOperation.AcceptRollback, ct).ConfigureAwait(false);
    }

    /// <summary>Verifies a copy and puts it in place, above every mark of this machine; what was in a file is kept beside it.</summary>
    public static async ValueTask<RestoreReport> RestoreAsync(VaultOptions options, string copyPath, Unlock unlock, CancellationToken ct)
    {
        options.Validate();
        IFileSystem files = options.Files ?? FileSystems.Default;
        VaultOptions copyOptions = options with { Path = copyPath, Backend = null, AsCopy = true, MinimumRevision = 0 };
        VaultCore copy = await VaultOpener.OpenAsync(copyOptions, unlock, ignoreMarks: true, ct).ConfigureAwait(false);
        await using (copy.ConfigureAwait(false))
        {
            VerifyReport report = await VaultVerifier.RunAsync(copy, new AuditLog(copy), null, ct).ConfigureAwait(false);
            if (!report.IsIntact)
                throw new VaultIntegrityException("SR1442", $"The copy at {copyPath} is damaged: {report.Findings[0]}", "Choose another copy.");
            return VaultAddress.Of(options.Path!) is null
                ? await RestoreFileAsync(files, copy, options, unlock, ct).ConfigureAwait(false)
                : await RestoreRowsAsync(copy, options, unlock, ct).ConfigureAwait(false);
        }
    }

    // One commit: the copy's rows under a head above the marks, with the entry of the audit log in it.
    private static async ValueTask<RestoreReport> RestoreFileAsync(IFileSystem files, VaultCore copy, VaultOptions options, Unlock unlock, CancellationToken ct)
    {
        LoadedVault rows = copy.Storage.Current is ListView view ? view.Loaded : await VaultCopy.ToImageAsync(copy, ct).ConfigureAwait(false);
        var target = new LocalVault(files, options.Path!, options.Time, options.LockTimeout);
        string time = options.Time.GetUtcNow().UtcDateTime.ToString("yyyyMMdd'T'HHmmssfff'Z'", CultureInfo.InvariantCulture);
        var restoring = new RestoringVault(target, rows, file => $"{file}.replaced-{time}");
        await using (restoring.ConfigureAwait(false))
        {
            VaultCore core = await VaultOpener.OpenAsync(options with { Path = null, Backend = restoring }, unlock, ignoreMarks: true, ct).ConfigureAwait(false);
            await using (core.ConfigureAwait(false))
                return new RestoreReport(await RaiseAsync(core, AuditOperation.RestoreVault, ct).ConfigureAwait(false), copy.Storage.Current!.Head.Revision, restoring.Replaced);
        }
    }

    // A database is emptied first: what is to be replaced may be damaged, so nothing of it is built upon. Until the rows are complete it says that it is not finished, and the same command goes on.
    private static async ValueTask<RestoreReport> RestoreRowsAsync(VaultCore copy, VaultOptions options, Unlock unlock, CancellationToken ct)
    {
        await VaultCopy.EmptyAsync(copy, options, ct).ConfigureAwait(false);
        VaultOptions target = options with { AsCopy = false };
        var marks = new MarkStore(copy.Files, options.StateDirectory ?? MarkStore.DefaultDirectory());
        await CopyAsync(copy, target, marks, ct).ConfigureAwait(false);
        VaultCore core = await VaultOpener.OpenAsync(options, unlock, ignoreMarks: true, ct).ConfigureAwait(false);
        await using (core.ConfigureAwait(false))
            return new RestoreReport(await RaiseAsync(core, AuditOperation.RestoreVault, ct).ConfigureAwait(false), copy.Storage.Current!.Head.Revision, null);
    }

    private static async ValueTask<long> RaiseAsync(VaultCore core, string operation, CancellationToken ct)
    {
        object? revision;
        try
        {
            revision = await core.RepairAsync(Operation(core, operation, newChain: false), ct).ConfigureAwait(false);
        }
        catch (VaultIntegrityException)
        {
            // The log is gone, or goes on from another history: a new chain that names the end of the old one.
            revision = await core.RepairAsync(Operation(core, operation, newChain: true), ct).ConfigureAwait(false);
        }

        return (long)revision!;
    }

    private static HeadOperation Operation(VaultCore core, string operation, bool newChain) => new(operation, (plan, _) =>
    {
        long seen = Math.Max(core.Session.Marks?.Find(plan.Head.VaultId)?.Revision ?? 0, plan.Head.Revision);
        VaultHead head = plan.Head with { Revision = seen };
        if (newChain && core.Audit.Enabled && AuditSession.Own(head) is { } broken)
        {
            (ChainRecord record, SecretBuffer? printed) = core.Audit.NewChain(plan.Keys, broken, printKey: false);
            printed?.Dispose();
            head = head with { Audit = [.. head.Audit.Where(chain => chain.Id != broken.Id).Append(record).OrderBy(static chain => chain.Id)] };
        }

        plan.SetHead(head);
        return new ValueTask<object?>(seen + 1);
    });

    /// <summary>A vault's file that is written as a whole, without being opened.</summary>
    private sealed class CopyFile(VaultCore core, string path) : IDisposable
    {
        public IImageBackend Backend { get; } = new LocalVault(core.Files, path, core.Options.Time, core.Options.LockTimeout);

        public LoadedVault? Load(CancellationToken ct) => Backend.Load(ct);

        public CommitOutcome Write(LoadedVault? expected, ReadOnlyMemory<byte> head, VaultImage image, CancellationToken ct) =>
            Backend.TryCommit(expected, head, image, out _, ct);

        public void Dispose() => Synchronous.Run(Backend.DisposeAsync());
    }
}
