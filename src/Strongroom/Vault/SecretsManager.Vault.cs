using Strongroom.Audit;
using Strongroom.Cryptography;
using Strongroom.Storage;
using Strongroom.Vault;

namespace Strongroom;

/// <content>The life of the vault as a whole.</content>
public sealed partial class SecretsManager
{
    /// <summary>Creates a vault with one key slot.</summary>
    /// <exception cref="VaultConfigurationException">There already is one, or the options can't be used.</exception>
    public static async ValueTask<SecretsManager> CreateAsync(VaultOptions options, Unlock unlock, CancellationToken ct = default)
    {
        Check(options, unlock);
        return new SecretsManager(await Task.Run(() => VaultOpener.CreateAsync(options, unlock, ct).AsTask(), ct).ConfigureAwait(false));
    }

    /// <summary>Opens a vault.</summary>
    /// <exception cref="VaultUnavailableException">There is none, or it can't be read.</exception>
    /// <exception cref="VaultLockedException">Nothing that was given opens it.</exception>
    /// <exception cref="VaultIntegrityException">It is damaged, tampered with, rolled back, forked or another than before.</exception>
    public static async ValueTask<SecretsManager> OpenAsync(VaultOptions options, Unlock unlock, CancellationToken ct = default)
    {
        Check(options, unlock);
        return new SecretsManager(await Task.Run(() => VaultOpener.OpenAsync(options, unlock, ignoreMarks: false, ct).AsTask(), ct).ConfigureAwait(false));
    }

    /// <summary>Opens a vault, or creates it when there is none.</summary>
    public static async ValueTask<SecretsManager> OpenOrCreateAsync(VaultOptions options, Unlock unlock, CancellationToken ct = default)
    {
        try
        {
            return await OpenAsync(options, unlock, ct).ConfigureAwait(false);
        }
        catch (VaultUnavailableException error) when (error.Code == "SR1410")
        {
            try
            {
                return await CreateAsync(options, unlock, ct).ConfigureAwait(false);
            }
            catch (VaultConfigurationException raced) when (raced.Code == "SR1429")
            {
                return await OpenAsync(options, unlock, ct).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Creates a vault, synchronously.</summary>
    public static SecretsManager Create(VaultOptions options, Unlock unlock)
    {
        Check(options, unlock);
        return new SecretsManager(Synchronous.Run(VaultOpener.CreateAsync(options, unlock, CancellationToken.None)));
    }

    /// <summary>Opens a vault, synchronously.</summary>
    public static SecretsManager Open(VaultOptions options, Unlock unlock)
    {
        Check(options, unlock);
        return new SecretsManager(Synchronous.Run(VaultOpener.OpenAsync(options, unlock, ignoreMarks: false, CancellationToken.None)));
    }

    /// <summary>What is known of a vault without a key: <see cref="VaultStatus.Verified"/> is false, nothing of it may be relied on.</summary>
    /// <returns>Null when there is no vault.</returns>
    public static async ValueTask<VaultStatus?> InspectAsync(VaultOptions options, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        IVaultBackend backend = VaultOpener.BackendOf(options, options.Files ?? FileSystems.Default);
        await using (backend.ConfigureAwait(false))
        {
            ReadOnlyMemory<byte>? head = await VaultOpener.ReadHeadAsync(backend, ct).ConfigureAwait(false);
            return head is { } bytes ? StatusOf(VaultHead.Parse(bytes.Span), backend.Location, options.Encryption, null, verified: false) : null;
        }
    }

    /// <summary>Puts a copy of a vault in place of the one at <see cref="VaultOptions.Path"/> as a new revision above every mark, audited; the one replaced is kept beside it.</summary>
    /// <param name="options">Where to restore to.</param>
    /// <param name="copyPath">The copy; it is opened and verified first.</param>
    /// <param name="unlock">Opens the copy.</param>
    /// <param name="ct">Cancels.</param>
    public static async ValueTask<RestoreReport> RestoreVaultAsync(VaultOptions options, string copyPath, Unlock unlock, CancellationToken ct = default)
    {
        Check(options, unlock);
        return await Task.Run(() => VaultRecovery.RestoreAsync(options, copyPath, unlock, ct).AsTask(), ct).ConfigureAwait(false);
    }

    /// <summary>
    /// Moves a vault to another place, of the same kind or another: slots, versions, metadata and the audit position stay, nothing is opened but the records' frame. Others may go on writing until the old place is marked as moved;
    /// the new one is verified. A run that was interrupted is resumed by the next.
    /// </summary>
    /// <param name="from">Where the vault is.</param>
    /// <param name="to">Where it goes; there must be no other vault.</param>
    /// <param name="unlock">Opens it.</param>
    /// <param name="progress">Told the number of records compared and the number of all.</param>
    /// <param name="ct">Cancels; the old place stays the vault unless it has been marked already.</param>
    public static async ValueTask<MigrationReport> MigrateAsync(VaultOptions from, VaultOptions to, Unlock unlock, IProgress<(long Done, long All)>? progress = null, CancellationToken ct = default)
    {
        Check(from, unlock);
        ArgumentNullException.ThrowIfNull(to);
        return await Task.Run(() => VaultMigration.RunAsync(from, to, unlock, progress, ct).AsTask(), ct).ConfigureAwait(false);
    }

    /// <summary>Accepts, on purpose, a vault that is older than or another than what this machine has seen: writes a new revision above every mark, audited.</summary>
    /// <returns>The new revision.</returns>
    public static async ValueTask<long> AcceptRollbackAsync(VaultOptions options, Unlock unlock, CancellationToken ct = default)
    {
        Check(options, unlock);
        return await Task.Run(() => VaultRecovery.AcceptRollbackAsync(options, unlock, ct).AsTask(), ct).ConfigureAwait(false);
    }

    /// <summary>Reads and verifies everything: every row, value, version, and the audit log. Findings are reported, not thrown.</summary>
    /// <param name="progress">Told the number of records done and the number of all.</param>
    /// <param name="ct">Cancels.</param>
    public async ValueTask<VerifyReport> VerifyAsync(IProgress<(long Done, long All)>? progress = null, CancellationToken ct = default)
    {
        ThrowIfDisposed();
        return await Task.Run(() => VaultVerifier.RunAsync(_core, Audit, progress, ct).AsTask(), ct).ConfigureAwait(false);
    }

    /// <summary>A new root key, and everything sealed again under it, while readers and writers go on. Resumes one that was interrupted.</summary>
    /// <param name="keep">Credentials of further slots to keep; the one that opened this vault is kept. All other slots are dropped.</param>
    /// <param name="progress">Told the number of values sealed again and the number of all.</param>
    /// <param name="ct">Cancels between batches; a later rekey resumes.</param>
    public async ValueTask<RekeyReport> RekeyAsync(IReadOnlyList<Unlock>? keep = null, IProgress<(long Done, long All)>? progress = null, CancellationToken ct = default)
    {
        ThrowIfDisposed();
        return await Task.Run(() => VaultRekey.RunAsync(_core, keep ?? [], progress, ct).AsTask(), ct).ConfigureAwait(false);
    }

    /// <summary>Writes a verified copy of the vault to a new file or database, and reads it again to be sure. It opens with every slot of the vault.</summary>
    /// <param name="path">A path, or the address of a database.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="VaultConfigurationException">There already is something.</exception>
    public async ValueTask BackupAsync(string path, CancellationToken ct = default)
    {
        ThrowIfDisposed();
        ArgumentException.ThrowIfNullOrEmpty(path);
        await Task.Run(() => VaultRecovery.BackupAsync(_core, path, ct).AsTask(), ct).ConfigureAwait(false);
    }

    /// <summary>Asks the storage for its newest state: reads that begin afterwards see every commit that was acknowledged before.</summary>
    /// <returns>The revision.</returns>
    /// <exception cref="VaultUnavailableException">The storage does not answer.</exception>
    public async ValueTask<long> RefreshAsync(CancellationToken ct = default)
    {
        ThrowIfDisposed();
        return await _core.Reader.RefreshAsync(ct).ConfigureAwait(false);
    }

    /// <summary>What is known of the vault, verified.</summary>
    public async ValueTask<VaultStatus> StatusAsync(CancellationToken ct = default)
    {
        ThrowIfDisposed();
        VaultHead head = (await _core.Storage.RefreshAsync(ct).ConfigureAwait(false)).Head;
        return StatusOf(head, Location, _core.Options.Encryption, _core.OpenedSlot, verified: true);
    }

    private static VaultStatus StatusOf(VaultHead head, string location, KdfParameters policy, RandomId? opened, bool verified) => new(
        location, head.VaultId, VaultHead.Format, head.Revision, head.CreatedAt, head.UpdatedAt, head.Records.Count, head.Root.Generation, head.Previous is not null,
        [.. head.Slots.Select(slot => KeySlots.Info(slot, policy, opened))], verified);

    private static void Check(VaultOptions options, Unlock unlock)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(unlock);
    }
}
