using Strongroom.Audit;
using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Vault;

/// <summary>Reads everything anew and opens every value. Reports every finding rather than stop at the first.</summary>
internal static class VaultVerifier
{
    public static async ValueTask<VerifyReport> RunAsync(VaultCore core, AuditLog audit, IProgress<(long Done, long All)>? progress, CancellationToken ct)
    {
        var findings = new List<string>();
        long records = 0, versions = 0;
        try
        {
            (records, versions) = core.Storage is TreeStorage tree
                ? await new TreeVerifier(core, tree, findings).RunAsync(progress, ct).ConfigureAwait(false)
                : await CheckListAsync(core, findings, progress, ct).ConfigureAwait(false);
        }
        catch (VaultIntegrityException error)
        {
            findings.Add(error.Message);
        }

        AuditReport? report = core.Audit.Enabled ? await audit.VerifyAsync(ct: ct).ConfigureAwait(false) : null;
        return new VerifyReport(records, versions, findings, report);
    }

    private static async ValueTask<(long Records, long Versions)> CheckListAsync(VaultCore core, List<string> findings, IProgress<(long Done, long All)>? progress, CancellationToken ct)
    {
        long records = 0, versions = 0;
        var view = (ListView)await core.Storage.ReloadAsync(ct).ConfigureAwait(false);
        long all = view.Head.Records.Count;
        await foreach (RecordRow row in core.Storage.ScanAsync("", null, ct).ConfigureAwait(false))
        {
            versions += await CheckAsync(core, view, row, findings, ct).ConfigureAwait(false);
            if (++records % 256 == 0)
                progress?.Report((records, all));
        }

        progress?.Report((records, all));
        if (records != all)
            findings.Add($"The vault's head counts {all} records, but {records} are there.");
        if (view.Image.Versions.Length != versions)
            findings.Add($"The vault holds {view.Image.Versions.Length} older versions, but its records name {versions}.");
        return (records, versions);
    }

    private static async ValueTask<long> CheckAsync(VaultCore core, VaultView view, RecordRow row, List<string> findings, CancellationToken ct)
    {
        try
        {
            SecretRecord record = SecretRecord.Parse(row.Bytes.Span);
            Open(core, row.Name, record);
            foreach (HistoryEntry entry in record.History)
            {
                ReadOnlyMemory<byte>? bytes = await core.Storage.ReadVersionAsync(view, record.Id, entry.Version, entry.Digest, ct).ConfigureAwait(false);
                OpenVersion(core, row.Name, record.Id, entry.Version, (bytes ?? throw new VaultIntegrityException("SR1412", $"version {entry.Version} is missing", null)).Span);
            }

            return record.History.Length;
        }
        catch (VaultIntegrityException error)
        {
            findings.Add($"{row.Name}: {error.Message}");
            return 0;
        }
    }

    /// <summary>Opens the value of an older version.</summary>
    public static void OpenVersion(VaultCore core, SecretName name, RandomId id, long number, ReadOnlySpan<byte> bytes)
    {
        SecretRecord version = SecretRecord.Parse(bytes);
        if (version.Id != id || version.Metadata.Version != number)
            throw new VaultIntegrityException("SR1408", $"version {number} is that of another secret", null);
        Open(core, name, version);
    }

    /// <summary>Opens the value of a record.</summary>
    public static void Open(VaultCore core, SecretName name, SecretRecord record)
    {
        using SecretBuffer payload = Versions.Open(core.Session.Keys, name, record);
        SecretPayload.Decode(payload.Span);
    }
}
