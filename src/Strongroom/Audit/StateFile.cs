using System.Buffers.Binary;
using System.Security.Cryptography;
using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Audit;

/// <summary>
/// The ratchet's state (format, section 10): two slots, the newer of which counts. A slot is written in place over the older one, so that keys do not pile up on the disk, and a torn
/// write leaves the other slot. Never written before the lines that it stands for are durable.
/// </summary>
internal sealed class StateFile(ChainFolder folder, RandomId vaultId, SealingKey key) : IDisposable
{
    /// <summary>Bytes of a slot.</summary>
    public const int SlotSize = 256;

    private const int SealedLength = ChainMac.KeySize + SealingKey.Overhead;

    private readonly byte[] _read = new byte[2 * SlotSize];
    private byte[] _seen = [];
    private IFile? _file;
    private int _current;

    /// <summary>The index of the newest state that opens: the number of entries it stands for; -1 when none does.</summary>
    public long Index { get; private set; } = -1;

    /// <summary>Slots that are neither empty nor open.</summary>
    public int Broken { get; private set; }

    /// <summary>Reads the file if it has changed.</summary>
    /// <param name="ratchetKey">Receives the key of the newest state, when the file has changed and one opens.</param>
    /// <returns>Whether it has changed.</returns>
    public bool Refresh(Span<byte> ratchetKey)
    {
        if (_file is null && folder.Files.Status(folder.State) is null)
            return false;
        _file ??= folder.Files.OpenOrCreate(folder.State);
        int length = _file.Read(_read, 0);
        if (_seen.AsSpan().SequenceEqual(_read.AsSpan(0, length))) // public
            return false;
        _seen = _read[..length];
        Decode(_seen, ratchetKey);
        return true;
    }

    /// <summary>Reads without keeping the file open or creating it; for verification.</summary>
    public void ReadOnce(Span<byte> ratchetKey)
    {
        using IFile? file = folder.Files.OpenRead(folder.State);
        if (file is not null)
            Decode(_read.AsSpan(0, file.Read(_read, 0)), ratchetKey);
    }

    /// <summary>Writes the state after <paramref name="index"/> entries, over the older slot.</summary>
    public void Write(long index, ReadOnlySpan<byte> ratchetKey)
    {
        Span<byte> aad = stackalloc byte[128];
        byte[] slot = new byte[SlotSize];
        BinaryPrimitives.WriteInt64BigEndian(slot, index);
        key.Seal(Aad(aad, index), ratchetKey).CopyTo(slot, sizeof(long));
        _file ??= folder.Files.OpenOrCreate(folder.State);
        int target = 1 - _current;
        if (_seen.Length < _read.Length)
            Array.Resize(ref _seen, _read.Length);
        _file.Write(slot, target * SlotSize);
        slot.CopyTo(_seen, target * SlotSize);
        _current = target;
        Index = index;
    }

    /// <summary>Makes the file durable: once, when the chain is created. Later an older state only means that more lines are walked.</summary>
    public void Sync() => _file?.Sync();

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();

    private void Decode(ReadOnlySpan<byte> bytes, Span<byte> ratchetKey)
    {
        Span<byte> opened = stackalloc byte[ChainMac.KeySize];
        Index = -1;
        Broken = 0;
        for (int slot = 0; slot < 2; slot++)
        {
            ReadOnlySpan<byte> content = bytes[Math.Min(slot * SlotSize, bytes.Length)..Math.Min((slot + 1) * SlotSize, bytes.Length)];
            if (!content.ContainsAnyExcept((byte)0))
                continue;
            if (!TryOpen(content, opened, out long index))
            {
                Broken++;
            }
            else if (index > Index)
            {
                Index = index;
                _current = slot;
                opened.CopyTo(ratchetKey);
            }
        }

        CryptographicOperations.ZeroMemory(opened);
    }

    private bool TryOpen(ReadOnlySpan<byte> slot, Span<byte> ratchetKey, out long index)
    {
        Span<byte> aad = stackalloc byte[128];
        index = slot.Length == SlotSize ? BinaryPrimitives.ReadInt64BigEndian(slot) : -1;
        return index is >= 0 and <= AuditNumber.Max && !slot[(sizeof(long) + SealedLength)..].ContainsAnyExcept((byte)0)
            && key.TryOpen(Aad(aad, index), slot.Slice(sizeof(long), SealedLength), ratchetKey);
    }

    private ReadOnlySpan<byte> Aad(Span<byte> buffer, long index)
    {
        var context = new ContextBuilder(buffer, "audit-state"u8);
        context.Add(vaultId);
        context.Add(folder.Chain);
        context.Add(index);
        return buffer[..context.Written.Length];
    }
}
