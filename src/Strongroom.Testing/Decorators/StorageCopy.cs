using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Testing;

/// <summary>All that a storage held at one moment, for putting some or all of it back later.</summary>
public sealed class StorageCopy
{
    private readonly SortedDictionary<RowKey, ReadOnlyMemory<byte>> _rows = [];

    private StorageCopy(ReadOnlyMemory<byte> head) => (Head, HeadMac, Revision) = (head, HeadFields.Mac(head.Span), HeadFields.Revision(head.Span));

    /// <summary>The head's bytes.</summary>
    public ReadOnlyMemory<byte> Head { get; }

    /// <summary>The head's MAC.</summary>
    public Digest HeadMac { get; }

    /// <summary>The head's revision.</summary>
    public long Revision { get; }

    /// <summary>All rows, in the order of their keys.</summary>
    public IReadOnlyDictionary<RowKey, ReadOnlyMemory<byte>> Rows => _rows;

    /// <summary>Copies what a backend shows now.</summary>
    /// <param name="backend">The backend; nobody commits meanwhile.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="InvalidOperationException">There is no vault, or somebody committed.</exception>
    public static async ValueTask<StorageCopy> OfAsync(IVaultBackend backend, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(backend);
        VaultRead before = await backend.ReadAsync([], ct).ConfigureAwait(false) ?? throw new InvalidOperationException("There is no vault to copy.");
        var copy = new StorageCopy(before.Head);
        foreach (string prefix in (string[])["s/", "t/", "v/"])
        {
            await foreach (StoredRow row in backend.ScanAsync(new ScanRequest(prefix), ct).ConfigureAwait(false))
                copy._rows[row.Key] = row.Bytes.ToArray();
        }

        VaultRead? after = await backend.ReadAsync([], ct).ConfigureAwait(false);
        return after is not null && HeadFields.Mac(after.Head.Span) == copy.HeadMac ? copy : throw new InvalidOperationException("Somebody committed while the storage was copied.");
    }

    /// <summary>A row as it was; null when there was none.</summary>
    public ReadOnlyMemory<byte>? Find(RowKey key) => _rows.TryGetValue(key, out ReadOnlyMemory<byte> bytes) ? bytes : (ReadOnlyMemory<byte>?)null;
}
