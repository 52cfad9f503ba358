using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Strongroom.Cryptography;
using Strongroom.Vault;

namespace Strongroom.Storage;

/// <summary>Accepts or refuses a head: key generations, MAC, and that the vault's history only goes forward.</summary>
internal interface IHeadVerifier
{
    /// <summary>Parses and verifies a head that storage gave.</summary>
    /// <exception cref="VaultIntegrityException">Not genuine, older than what was seen, or forked.</exception>
    VaultHead Accept(ReadOnlySpan<byte> head, VaultHead? current);
}

/// <summary>A verified vault whose rows are all in memory, still sealed.</summary>
internal sealed class ListView(VaultHead head, LoadedVault loaded) : VaultView(head)
{
    public LoadedVault Loaded { get; } = loaded;

    public VaultImage Image => Loaded.Image;

    public RecordRow? Find(SecretName name)
    {
        Span<byte> utf8 = stackalloc byte[SecretName.MaxLength];
        int length = Utf8.Strict.GetBytes(name.ToString(), utf8);
        int index = Image.FindRecord(utf8[..length]);
        if (index < 0)
            return null;
        ref readonly VaultRow row = ref Image.Records[index];
        return new RecordRow(name, row.Bytes, row.Digest);
    }
}

/// <summary>Storage of vaults whose head holds a hash over all rows: the local file. Everything is verified when it is loaded.</summary>
internal sealed class ListStorage(IImageBackend backend, IHeadVerifier verifier, Func<IImageBackend>? reopen = null) : RecordStorage
{
    // Writers that commit faster than a reader loads are real; ones that do so for ever are an attack.
    private const int MaxLoads = 100;
    private readonly Lock _refresh = new();
    private volatile ListView? _current;

    public override IVaultBackend Backend => backend;

    public override VaultView? Current => _current;

    public ListView? View => _current;

    public override bool IsFresh => _current is { } view && backend.IsCurrent(view.Loaded);

    public override VaultFreshness Freshness => VaultFreshness.Exact;

    public override ValueTask<VaultView> RefreshAsync(CancellationToken ct) => new(Refresh(ct));

    public ListView Refresh(CancellationToken ct)
    {
        if (_current is { } view && backend.IsCurrent(view.Loaded))
            return view;
        lock (_refresh)
            return _current = Load(backend, ct);
    }

    public override ValueTask<VerifiedRead> ReadAsync(IReadOnlyList<SecretName> names, CancellationToken ct)
    {
        ListView view = Refresh(ct);
        var rows = new RecordRow?[names.Count];
        for (int i = 0; i < rows.Length; i++)
            rows[i] = view.Find(names[i]);
        return new ValueTask<VerifiedRead>(new VerifiedRead(view, rows));
    }

    public override ValueTask<ReadOnlyMemory<byte>?> ReadVersionAsync(VaultView view, RandomId secretId, long version, Digest digest, CancellationToken ct)
    {
        VaultImage image = ((ListView)view).Image;
        int index = image.FindVersion(secretId, version);
        if (index < 0)
            return new ValueTask<ReadOnlyMemory<byte>?>((ReadOnlyMemory<byte>?)null);
        ref readonly VaultRow row = ref image.Versions[index];
        return row.Digest == digest
            ? new ValueTask<ReadOnlyMemory<byte>?>(row.Bytes)
            : throw new VaultIntegrityException("SR1408", $"Version {version} of a secret is not the one that its record names.", "Restore a backup with restore-vault.");
    }

    public override async IAsyncEnumerable<RecordRow> ScanAsync(string prefix, SecretName? after, [EnumeratorCancellation] CancellationToken ct)
    {
        ListView view = Refresh(ct);
        await ValueTask.CompletedTask.ConfigureAwait(false);
        string from = after?.ToString() ?? "";
        bool exclusive = after is not null && string.CompareOrdinal(from, prefix) >= 0;
        int index = LowerBound(view.Image, Utf8.Strict.GetBytes(exclusive ? from : prefix));
        for (; index < view.Image.Records.Length; index++)
        {
            ct.ThrowIfCancellationRequested();
            RecordRow row = Row(view, index);
            string name = row.Name.ToString();
            if (!name.StartsWith(prefix, StringComparison.Ordinal))
                yield break;
            if (!exclusive || name != from)
                yield return row;
        }
    }

    public override IDisposable? Lock(TimeSpan timeout, CancellationToken ct) => backend.Lock(timeout, ct);

    public override ValueTask<PreparedCommit> PrepareAsync(VaultView view, RowChanges changes, CancellationToken ct)
    {
        var list = (ListView)view;
        var puts = new List<StoredRow>(changes.Records.Count + changes.Versions.Count);
        var deletes = new List<RowKey>();
        foreach ((SecretName name, ReadOnlyMemory<byte>? bytes) in changes.Records)
            Add(RowKey.Record(name), bytes);
        foreach ((RowKey key, ReadOnlyMemory<byte>? bytes) in changes.Versions)
            Add(key, bytes);
        VaultImage image = list.Image.Apply(puts, deletes);
        RecordSummary old = view.Head.Records;
        var records = new RecordSummary(RecordIndex.List, image.Records.Length, old.GenerationCounts, null, image.ComputeSummary());
        return new ValueTask<PreparedCommit>(new Prepared(view, records, image));

        void Add(RowKey key, ReadOnlyMemory<byte>? bytes)
        {
            if (bytes is { } row)
                puts.Add(new StoredRow(key, row));
            else
                deletes.Add(key);
        }
    }

    public override ValueTask<CommitOutcome> CommitAsync(PreparedCommit prepared, VaultHead head, byte[] headBytes, IReadOnlyList<StoredRow> lines, CancellationToken ct)
    {
        var list = (Prepared)prepared;
        CommitOutcome outcome = backend.TryCommit(((ListView)list.Base).Loaded, headBytes, list.Image, out LoadedVault? committed, ct);
        if (outcome == CommitOutcome.Committed)
        {
            lock (_refresh)
                _current = new ListView(head, committed!);
        }

        return new ValueTask<CommitOutcome>(outcome);
    }

    public override RecordRow? Recall(VaultView view, SecretName name) => ((ListView)view).Find(name);

    public override async ValueTask<VaultView> ReloadAsync(CancellationToken ct)
    {
        if (reopen is null)
            return Refresh(ct);
        IImageBackend fresh = reopen();
        await using (fresh.ConfigureAwait(false))
        {
            return Load(fresh, ct);
        }
    }

    public override ValueTask<CommitOutcome> CreateAsync(VaultHead head, byte[] headBytes, IReadOnlyList<StoredRow> lines, CancellationToken ct)
    {
        CommitOutcome outcome = backend.TryCommit(null, headBytes, VaultImage.Empty, out LoadedVault? committed, ct);
        if (outcome == CommitOutcome.Committed)
            _current = new ListView(head, committed!);
        return new ValueTask<CommitOutcome>(outcome);
    }

    public override ValueTask<IReadOnlyList<SecretName>?> ChangedAsync(VaultView from, VaultView to, CancellationToken ct)
    {
        VaultImage older = ((ListView)from).Image, newer = ((ListView)to).Image;
        var names = new List<SecretName>();
        int i = 0, j = 0;
        while (i < older.Records.Length || j < newer.Records.Length)
        {
            int order = i == older.Records.Length ? 1 : j == newer.Records.Length ? -1 : older.Records[i].Key.SequenceCompareTo(newer.Records[j].Key);
            if (order != 0 || older.Records[i].Digest != newer.Records[j].Digest)
                names.Add(NameOf(order <= 0 ? older.Records[i].Key : newer.Records[j].Key));
            if (order <= 0)
                i++;
            if (order >= 0)
                j++;
        }

        return new ValueTask<IReadOnlyList<SecretName>?>(names);
    }

    /// <summary>Checks that the rows are those that the head was MAC'd with.</summary>
    public static void Verify(VaultHead head, VaultImage image)
    {
        if (head.Records.Kind != RecordIndex.List)
            throw VaultHead.Bad("a file does not summarise its records in a tree");
        if (head.Records.Count != image.Records.Length || head.Records.Summary != image.ComputeSummary())
            throw new VaultIntegrityException("SR1409", "The vault's records are not those that its head was written with: one was edited, removed, added, swapped or taken from an older copy.", "Do not trust this file. Restore a backup with restore-vault.");
        long versions = image.Versions.Length;
        if (head.Records.Generations.Values.Sum() != head.Records.Count + versions)
            throw VaultHead.Bad("the counts of values do not add up");
    }

    private ListView Load(IImageBackend source, CancellationToken ct)
    {
        for (int attempt = 1; ; attempt++)
        {
            LoadedVault loaded = source.Load(ct) ?? throw Missing();
            if (_current is { } current && ReferenceEquals(current.Loaded, loaded))
                return current;
            try
            {
                VaultHead head = verifier.Accept(loaded.Head.Span, _current?.Head);
                Verify(head, loaded.Image);
                return new ListView(head, loaded);
            }
            catch (VaultIntegrityException) when (attempt < MaxLoads && !source.IsCurrent(loaded))
            {
                // Another process has committed and raised the mark since this was loaded: it is older than the mark, and yet nobody put an older copy in place.
            }
        }
    }

    private static RecordRow Row(ListView view, int index)
    {
        ref readonly VaultRow row = ref view.Image.Records[index];
        return new RecordRow(NameOf(row.Key), row.Bytes, row.Digest);
    }

    private static SecretName NameOf(ReadOnlySpan<byte> key) => SecretName.Parse(Utf8.Strict.GetString(key));

    private static int LowerBound(VaultImage image, ReadOnlySpan<byte> key)
    {
        int low = 0, high = image.Records.Length;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (image.Records[middle].Key.SequenceCompareTo(key) < 0)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    private VaultUnavailableException Missing() => new("SR1410", $"There is no vault at {backend.Location}.", "Check the path, or create one with init.");

    private sealed record Prepared(VaultView Base, RecordSummary Records, VaultImage Image) : PreparedCommit(Base, Records);
}
