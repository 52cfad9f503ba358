using Strongroom.Audit;
using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Vault;

/// <summary>Moves a vault to another place: copy while others write, mark the old one as moved, catch up, open the new one and verify it.</summary>
internal static class VaultMigration
{
    public static async ValueTask<MigrationReport> RunAsync(VaultOptions from, VaultOptions to, Unlock unlock, IProgress<(long Done, long All)>? progress, CancellationToken ct)
    {
        from.Validate();
        to.Validate();
        VaultCore source = await VaultOpener.OpenAsync(from, unlock, ignoreMarks: false, ct).ConfigureAwait(false);
        await using (source.ConfigureAwait(false))
        {
            VaultCopy copy = await VaultCopy.BeginAsync(source, to, ct).ConfigureAwait(false);
            await using (copy.ConfigureAwait(false))
            {
                VaultHead of = await FreezeAsync(source, copy, progress, ct).ConfigureAwait(false);
                source.Audit.Buffer.Flush();
                CopyAuditLog(source, to);
                var marks = new MarkStore(source.Files, to.StateDirectory ?? MarkStore.DefaultDirectory());
                VaultHead head = await copy.FinishAsync(of, marks, ct).ConfigureAwait(false);
                marks.Replace(Mark.Of(copy.Location, head));
                VaultCore moved = await VaultOpener.OpenAsync(to, unlock, ignoreMarks: false, ct).ConfigureAwait(false);
                await using (moved.ConfigureAwait(false))
                {
                    VerifyReport verified = await VaultVerifier.RunAsync(moved, new AuditLog(moved), null, ct).ConfigureAwait(false);
                    return new MigrationReport(copy.Location, moved.Storage.Current!.Head.Revision, copy.Written, verified);
                }
            }
        }
    }

    // The mark is set on the very head that the copy is of, so nothing that was acknowledged is left behind.
    private static async ValueTask<VaultHead> FreezeAsync(VaultCore source, VaultCopy copy, IProgress<(long Done, long All)>? progress, CancellationToken ct)
    {
        while (true)
        {
            VaultHead of = await copy.FillAsync(progress, ct).ConfigureAwait(false);
            if (of.MovedTo is { } already)
                return already == copy.Location ? of : throw new VaultConfigurationException("SR1423", $"This vault has been moved to {already}.", "Use the vault at its new place.");
            object? frozen = await source.RepairAsync(new HeadOperation(AuditOperation.Migrate, (plan, _) =>
            {
                bool unchanged = plan.View.Head.Mac == of.Mac;
                if (unchanged)
                    plan.SetHead(plan.Head with { MovedTo = copy.Location });
                return new ValueTask<object?>(unchanged);
            }), ct).ConfigureAwait(false);
            if ((bool)frozen!)
                return (await source.Storage.RefreshAsync(ct).ConfigureAwait(false)).Head;
        }
    }

    // This host's chains go on at the new place; those of other hosts are copied there by whoever moves them. Durable before the new head names them.
    private static void CopyAuditLog(VaultCore source, VaultOptions to)
    {
        using IDisposable backend = new Disposer(VaultOpener.BackendOf(to, source.Files), out IVaultBackend target);
        IFileSystem files = source.Files;
        string from = source.Audit.Folder, there = VaultCore.AuditFolder(to, target, source.Session.Keys.VaultId);
        if (from == there)
            return;
        foreach (RandomId id in ChainFolder.All(files, from))
        {
            string folder = Path.Combine(from, id.ToString()), chain = Path.Combine(there, id.ToString());
            files.CreateDirectory(chain);
            // The state before the lines: a log that is ahead of its state is walked forward, a state ahead of its log would be a truncation. The lock belongs to its place.
            foreach (string file in files.List(folder).Where(static file => file != "lock").OrderByDescending(static file => file, StringComparer.Ordinal))
                files.Copy(Path.Combine(folder, file), Path.Combine(chain, file), Path.Combine(chain, ".copy.tmp"));
            files.SyncDirectory(chain);
        }
    }

    private sealed class Disposer : IDisposable
    {
        private readonly IVaultBackend _backend;

        public Disposer(IVaultBackend backend, out IVaultBackend same) => same = _backend = backend;

        public void Dispose() => Synchronous.Run(_backend.DisposeAsync());
    }
}
