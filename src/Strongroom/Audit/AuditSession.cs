using Strongroom.Cryptography;
using Strongroom.Storage;
using Strongroom.Vault;

namespace Strongroom.Audit;

/// <summary>
/// The audit log as an open vault uses it: this host's and user's chain, the buffered reads, and the order in which a commit and its entry become durable.
/// Lock order: the vault's lock of writers, then <c>_gate</c>, then the chain's lock between processes.
/// </summary>
internal sealed class AuditSession : IDisposable
{
    private readonly IFileSystem _files;
    private readonly VaultOptions _options;
    private readonly Func<VaultHead> _freshHead;
    private readonly Func<HardenedEncryption> _keys;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly GatheredLog? _gathered;
    private readonly LineGathering? _gathering;
    private AuditChain? _chain;
    private byte[] _sealedKeys = [];

    /// <summary>Prepares the log; touches nothing yet.</summary>
    /// <param name="files">The file system.</param>
    /// <param name="folder">Where the chains are.</param>
    /// <param name="options">The vault's options.</param>
    /// <param name="freshHead">Reads and verifies the vault's head, asking the storage even when the cached one seems current.</param>
    /// <param name="keys">The vault's keys.</param>
    /// <param name="gathered">Where the lines of all machines are gathered; null where the log is in files only.</param>
    public AuditSession(IFileSystem files, string folder, VaultOptions options, Func<VaultHead> freshHead, Func<HardenedEncryption> keys, GatheredLog? gathered)
    {
        _files = files;
        Folder = folder;
        _options = options;
        _freshHead = freshHead;
        _keys = keys;
        _gathered = gathered;
        if (gathered is not null && Enabled)
            _gathering = new LineGathering(gathered, WaitingLines, options);
        Buffer = new AuditBuffer(FlushReads, options.Time);
    }

    public string Folder { get; }

    /// <summary>Where the log can be read.</summary>
    public AuditShelf Shelf => new(_files, Folder, _gathered);

    /// <summary>The reads that wait to be written.</summary>
    public AuditBuffer Buffer { get; }

    public bool Enabled => _options.Audit.Enabled && !_options.AsCopy;

    /// <summary>The chain of this host and user in a head, or null before its first commit.</summary>
    public static ChainRecord? Own(VaultHead head) => head.Audit.FirstOrDefault(static chain => chain.Owner == AuditIdentity.Owner);

    /// <summary>Locks the chain for a commit, writes the reads that wait, and prepares the commit's entry. Null when nothing is to be logged.</summary>
    /// <param name="current">The head in force.</param>
    /// <param name="next">The head to be: a chain that it replaces may be broken, and is left alone.</param>
    public AuditCommit? Begin(VaultHead current, VaultHead next)
    {
        if (!Enabled)
            return null;
        _gate.Wait();
        IDisposable? chainLock = null;
        try
        {
            if (Own(current) is { } record && Own(next)?.Id == record.Id)
            {
                AuditChain chain = Attach(record);
                chainLock = chain.Lock(record.Line, _options.LockTimeout);
                AppendReads(chain, current.Revision);
            }

            return new AuditCommit(this, chainLock, current);
        }
        catch
        {
            chainLock?.Dispose();
            _gate.Release();
            throw;
        }
    }

    /// <summary>Writes the reads that wait, and one more event where given, as entries of their own.</summary>
    public void Write(AuditEvent? entry, bool durable)
    {
        _gate.Wait();
        try
        {
            while (true)
            {
                VaultHead head = _freshHead();
                ChainRecord record = Own(head) ?? throw new VaultUnavailableException("SR1420", "The audit log of this host and user has not begun, so the event can't be written.", "Open the vault where it can be written, or set the audit of reads to Off.");
                AuditChain chain = Attach(record);
                using IDisposable chainLock = chain.Lock(record.Line, _options.LockTimeout);
                // A commit of another process between reading the head and locking the chain would leave its entry without a place.
                if (!ReferenceEquals(_freshHead(), head))
                    continue;
                AppendReads(chain, head.Revision);
                if (entry is not null)
                    chain.Append(chain.Build(entry with { Revision = head.Revision }), durable);
                _gathering?.Arm();
                return;
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Brings the log in step with the head (a crash may have left out the last entry), and tells when each secret was last read.</summary>
    public IReadOnlyDictionary<string, DateTimeOffset> Recover(VaultHead head)
    {
        _gate.Wait();
        try
        {
            if (Own(head) is not { } record)
                return new Dictionary<string, DateTimeOffset>();
            AuditChain chain = Attach(record);
            using IDisposable chainLock = chain.Lock(record.Line, _options.LockTimeout);
            return chain.RecentReads();
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Sends the lines that the database does not have yet. Nothing where the log is in files only.</summary>
    public ValueTask GatherAsync(CancellationToken ct) => _gathering?.GatherAsync(ct) ?? default;

    public void Dispose()
    {
        Buffer.Dispose();
        _gathering?.Dispose();
        _chain?.Dispose();
        _gate.Dispose();
    }

    /// <summary>A new chain in place of the own one, or the first.</summary>
    internal (ChainRecord Record, SecretBuffer? PrintedKey) NewChain(HardenedEncryption keys, ChainRecord? replaced, bool printKey)
    {
        Digest? brokenEnd = replaced is null ? null : AuditVerifier.End(_files, Folder, replaced);
        ChainRecord record = AuditChain.Create(_files, Folder, keys, _options.Audit, _options.Time, brokenEnd, printKey, out SecretBuffer? printed);
        return (record, printed);
    }

    private void FlushReads()
    {
        if (Enabled && !Buffer.IsEmpty)
            Write(null, durable: false);
    }

    // After a rekey the chain's keys are sealed anew, and the keys that opened it before may be gone.
    private AuditChain Attach(ChainRecord record)
    {
        if (_chain?.Id == record.Id && _sealedKeys.AsSpan().SequenceEqual(record.SealedKeys)) // public
            return _chain;
        _chain?.Dispose();
        _sealedKeys = record.SealedKeys;
        return _chain = new AuditChain(_files, Folder, record, _keys(), _options.Audit, _options.Time, _gathered);
    }

    // Lines of the own chain that were not sent, as far as the head tells: it names the last line that was.
    private List<StoredRow> WaitingLines(Func<RandomId, long, long, long> reach)
    {
        _gate.Wait();
        try
        {
            if (Own(_freshHead()) is not { } record)
                return [];
            AuditChain chain = Attach(record);
            using IDisposable chainLock = chain.Lock(record.Line, _options.LockTimeout);
            long gathered = reach(chain.Id, GatheredBy(record), chain.Next - 1);
            return GatheredLog.Rows(chain.Id, gathered + 1, chain.LinesAfter(gathered, built: null));
        }
        finally
        {
            _gate.Release();
        }
    }

    private static long GatheredBy(ChainRecord record) => AuditLine.TryParse(Utf8.Strict.GetBytes(record.Line), out AuditLine entry) ? entry.Info.Index : throw AuditErrors.HeadLine(record.Id);

    private void AppendReads(AuditChain chain, long revision)
    {
        Buffer.DrainTo(reads =>
            chain.Append(chain.Build(new AuditEvent(AuditOperation.Read, "ok", revision, reads, reads.Sum(static read => (long)read.Count))), durable: false));
    }

    /// <summary>One commit's entry, between the lock of the chain and the end of the commit.</summary>
    internal sealed class AuditCommit(AuditSession session, IDisposable? chainLock, VaultHead current) : IDisposable
    {
        private IDisposable? _lock = chainLock;
        private string? _line;

        /// <summary>The head with the commit's entry in it. The log is not touched, but for the first chain of a host and user, which begins here.</summary>
        public VaultHead Stamp(VaultHead head, HardenedEncryption keys, AuditEvent entry)
        {
            ChainRecord? record = Own(head);
            if (record is null)
            {
                (record, SecretBuffer? printed) = session.NewChain(keys, null, printKey: false);
                printed?.Dispose();
            }

            // A chain that is locked already stays attached, though a rekey seals its keys anew in this very commit.
            AuditChain chain = _lock is null ? session.Attach(record) : session._chain!;
            _lock ??= chain.Lock(record.Line, session._options.LockTimeout);
            _line = chain.Build(entry);
            record = record with { Line = _line };
            return head with { Audit = [.. Retire(head).Where(other => other.Id != record.Id).Append(record).OrderBy(static other => other.Id)] };
        }

        /// <summary>The rows that a commit to a database has with it, after <see cref="Stamp"/>: its entry, and what the chain has before it that was not sent. Too many are sent ahead.</summary>
        public async ValueTask<IReadOnlyList<StoredRow>> RowsAsync(CancellationToken ct)
        {
            if (session._gathered is not { } gathered)
                return [];
            AuditChain chain = session._chain!;
            long sent = Own(current) is { } known && known.Id == chain.Id ? session._gathering?.SentOf(chain.Id, GatheredBy(known)) ?? GatheredBy(known) : -1;
            return await gathered.PutBacklogAsync(GatheredLog.Rows(chain.Id, sent + 1, chain.LinesAfter(sent, _line)), ct).ConfigureAwait(false);
        }

        /// <summary>Appends the entry to the log, after the commit has become durable. Where it is a row of that commit, nobody waits for the file.</summary>
        public void Append() => session._chain!.Append(_line!, durable: session._gathered is null);

        public void Dispose()
        {
            _lock?.Dispose();
            session._gate.Release();
        }

        // Hosts with changing names (containers) would fill the head; the chain that has been silent longest leaves it. Its log stays where it is.
        private static IEnumerable<ChainRecord> Retire(VaultHead head) => Own(head) is not null || head.Audit.Length < VaultHead.MaxChains
            ? head.Audit
            : head.Audit.OrderByDescending(static chain => TimeOf(chain.Line)).Take(VaultHead.MaxChains - 1);

        private static DateTimeOffset TimeOf(string line) => CanonicalJson.Parse(Utf8.Strict.GetBytes(line), 131_072)["time"].Time;
    }
}
