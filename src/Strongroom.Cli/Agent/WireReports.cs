using Strongroom.Audit;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Agent;

/// <summary>What is known of vaults and their audit logs, and errors, on the wire.</summary>
internal static class WireReports
{
    private enum ErrorKind : byte
    {
        CommandLine,
        NotFound,
        Conflict,
        Expired,
        Locked,
        Integrity,
        Unavailable,
        OutcomeUnknown,
        Limit,
        Configuration,
    }

    public static void Error(this WireWriter wire, Exception error)
    {
        var (kind, code, exit) = error switch
        {
            SecretNotFoundException known => (ErrorKind.NotFound, known.Code, 0),
            SecretConflictException known => (ErrorKind.Conflict, known.Code, 0),
            SecretExpiredException known => (ErrorKind.Expired, known.Code, 0),
            VaultLockedException known => (ErrorKind.Locked, known.Code, 0),
            VaultIntegrityException known => (ErrorKind.Integrity, known.Code, 0),
            VaultUnavailableException known => (ErrorKind.Unavailable, known.Code, 0),
            CommitOutcomeUnknownException known => (ErrorKind.OutcomeUnknown, known.Code, 0),
            VaultLimitException known => (ErrorKind.Limit, known.Code, 0),
            VaultConfigurationException known => (ErrorKind.Configuration, known.Code, 0),
            CliException known => (ErrorKind.CommandLine, known.Code, known.ExitCode),
            // The system's own words name paths only.
            IOException or UnauthorizedAccessException => (ErrorKind.CommandLine, "SR2020", ExitCodes.Unavailable),
            // A defect. Its message could quote a value, so only the type goes over.
            _ => (ErrorKind.CommandLine, "SR2099", ExitCodes.Unexpected),
        };
        wire.Byte((byte)kind);
        wire.Number(exit);
        wire.Text(code);
        wire.Text(code switch
        {
            "SR2020" => $"A file can't be used by the agent: {error.Message}",
            "SR2099" => $"Unexpected error in the agent ({error.GetType().Name}).",
            _ => error.Message,
        });
        wire.Text(code switch
        {
            "SR2020" => "Check the path, its permissions and the free space.",
            "SR2099" => "This is a defect: please report the command (without values) and this type.",
            _ => (error as StrongroomException)?.Hint ?? (error as CliException)?.Hint,
        });
    }

    public static Exception Error(this ref WireReader wire)
    {
        var kind = (ErrorKind)wire.Byte();
        var exit = (int)wire.Number();
        string code = wire.Text(), message = wire.Text();
        var hint = wire.TextOrNull();
        return kind switch
        {
            ErrorKind.NotFound => new SecretNotFoundException(code, message, hint),
            ErrorKind.Conflict => new SecretConflictException(code, message, hint),
            ErrorKind.Expired => new SecretExpiredException(code, message, hint),
            ErrorKind.Locked => new VaultLockedException(code, message, hint),
            ErrorKind.Integrity => new VaultIntegrityException(code, message, hint),
            ErrorKind.Unavailable => new VaultUnavailableException(code, message, hint),
            ErrorKind.OutcomeUnknown => new CommitOutcomeUnknownException(code, message, hint),
            ErrorKind.Limit => new VaultLimitException(code, message, hint),
            ErrorKind.Configuration => new VaultConfigurationException(code, message, hint),
            _ => new CliException(exit, code, message, hint),
        };
    }

    public static void Versions(this WireWriter wire, IReadOnlyList<SecretVersion> versions) => wire.Items(versions, static (wire, version) =>
    {
        wire.Number(version.Version);
        wire.Time(version.CreatedAt);
        wire.Time(version.ReadableUntil);
        wire.Text(version.State);
    });

    public static IReadOnlyList<SecretVersion> Versions(this ref WireReader wire)
    {
        var versions = new SecretVersion[wire.Count()];
        for (var i = 0; i < versions.Length; i++)
            versions[i] = new SecretVersion(wire.Number(), wire.Time(), wire.TimeOrNull(), wire.Text());
        return versions;
    }

    public static void Status(this WireWriter wire, VaultStatus status)
    {
        wire.Text(status.Location);
        wire.Id(status.VaultId);
        foreach (var number in (long[])[status.Format, status.Revision, status.Records, status.RootGeneration])
            wire.Number(number);
        wire.Time(status.CreatedAt);
        wire.Time(status.UpdatedAt);
        wire.Flag(status.RekeyRunning);
        wire.Flag(status.Verified);
        wire.Items(status.Slots, static (wire, slot) =>
        {
            wire.Id(slot.Id);
            wire.Text(slot.Kind);
            wire.Text(slot.Label);
            wire.Time(slot.CreatedAt);
            wire.Flag(slot.IsBelowPolicy);
            wire.Flag(slot.OpenedThis);
            wire.Text(slot.Kdf?.Name);
            foreach (var number in (int[])[slot.Kdf?.MemoryCost ?? 0, slot.Kdf?.TimeCost ?? 0, slot.Kdf?.Parallelism ?? 0])
                wire.Number(number);
        });
    }

    public static VaultStatus Status(this ref WireReader wire)
    {
        var location = wire.Text();
        var id = wire.Id();
        long format = wire.Number(), revision = wire.Number(), records = wire.Number(), generation = wire.Number();
        DateTimeOffset created = wire.Time(), updated = wire.Time();
        bool rekeying = wire.Flag(), verified = wire.Flag();
        var slots = new KeySlotInfo[wire.Count()];
        for (var i = 0; i < slots.Length; i++)
        {
            var slot = new KeySlotInfo(wire.Id(), wire.Text(), wire.Text(), wire.Time(), null, wire.Flag(), wire.Flag());
            var kdf = wire.TextOrNull();
            int memory = (int)wire.Number(), time = (int)wire.Number(), lanes = (int)wire.Number();
            slots[i] = slot with { Kdf = kdf is null ? null : new KdfParameters(kdf, memory, time, lanes) };
        }

        return new VaultStatus(location, id, format, revision, created, updated, records, generation, rekeying, slots, verified);
    }

    public static void Report(this WireWriter wire, VerifyReport report)
    {
        wire.Number(report.Records);
        wire.Number(report.Versions);
        wire.Items(report.Findings, static (wire, finding) => wire.Text(finding));
        wire.Flag(report.Audit is not null);
        if (report.Audit is { } audit)
            wire.Report(audit);
    }

    public static VerifyReport VerifyReport(this ref WireReader wire)
    {
        long records = wire.Number(), versions = wire.Number();
        var findings = wire.Texts();
        return new VerifyReport(records, versions, findings, wire.Flag() ? wire.AuditReport() : null);
    }

    public static void Report(this WireWriter wire, AuditReport report)
    {
        wire.Items(report.Chains, static (wire, chain) =>
        {
            wire.Id(chain.Chain);
            wire.Text(chain.Owner);
            wire.Number(chain.Entries);
            wire.Number(chain.FirstVerified);
            wire.Text(chain.Checkpoint.ToString());
        });
        wire.Items(report.Findings, Finding);
        wire.Items(report.Notes, Finding);
    }

    public static AuditReport AuditReport(this ref WireReader wire)
    {
        var chains = new AuditChainReport[wire.Count()];
        for (var i = 0; i < chains.Length; i++)
            chains[i] = new AuditChainReport(wire.Id(), wire.Text(), wire.Number(), wire.Number(), AuditCheckpoint.Parse(wire.Text()));
        var findings = wire.Findings();
        return new AuditReport(chains, findings) { Notes = wire.Findings() };
    }

    public static void Entry(this WireWriter wire, AuditEntry entry)
    {
        wire.Id(entry.Chain);
        wire.Number(entry.Index);
        wire.Time(entry.Time);
        wire.Text(entry.Actor);
        wire.Text(entry.Operation);
        wire.Text(entry.Outcome);
        wire.Number(entry.Revision);
        wire.Number(entry.Count);
        wire.Items(entry.Secrets, static (wire, secret) =>
        {
            wire.Text(secret.Name);
            wire.Text(secret.Operation);
            wire.Number(secret.Version);
            wire.Number(secret.Count);
        });
        wire.Text(entry.Line);
    }

    public static AuditEntry Entry(this ref WireReader wire)
    {
        var chain = wire.Id();
        var index = wire.Number();
        var time = wire.Time();
        string actor = wire.Text(), operation = wire.Text(), outcome = wire.Text();
        long revision = wire.Number(), count = wire.Number();
        var secrets = new AuditSecret[wire.Count()];
        for (var i = 0; i < secrets.Length; i++)
            secrets[i] = new AuditSecret(wire.Text(), wire.Text(), wire.Number(), wire.Number());
        return new AuditEntry(chain, index, time, actor, operation, outcome, revision, count, secrets, wire.Text());
    }

    public static string[] Texts(this ref WireReader wire)
    {
        var texts = new string[wire.Count()];
        for (var i = 0; i < texts.Length; i++)
            texts[i] = wire.Text();
        return texts;
    }

    private static void Finding(WireWriter wire, AuditFinding finding)
    {
        wire.Id(finding.Chain);
        wire.Number(finding.Index);
        wire.Text(finding.Message);
    }

    private static AuditFinding[] Findings(this ref WireReader wire)
    {
        var findings = new AuditFinding[wire.Count()];
        for (var i = 0; i < findings.Length; i++)
            findings[i] = new AuditFinding(wire.Id(), wire.Number(), wire.Text());
        return findings;
    }
}
