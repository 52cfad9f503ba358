using System.Security.Cryptography;
using System.Text;

namespace Strongroom.Prove.PowerLoss;

/// <summary>A disk after a power loss.</summary>
/// <param name="Disk">The disk.</param>
/// <param name="Name">At which operation the power went, and which unsynced pieces were on the disk by then.</param>
/// <param name="Acknowledged">How many of the steps had been acknowledged.</param>
internal readonly record struct LostPower(SimulatedDisk Disk, string Name, int Acknowledged);

/// <summary>
/// The disks that a power loss may leave at each moment of a trace: what was synced is there, and of what was not any subset. All subsets where there are few pieces; otherwise all prefixes, each piece alone,
/// all but one, and others by chance. A disk that comes twice is given once.
/// </summary>
/// <param name="start">The disk before the trace, all of it durable.</param>
/// <param name="trace">What was done.</param>
/// <param name="most">Up to so many pieces all subsets are given.</param>
/// <param name="byChance">How many subsets are drawn beyond.</param>
/// <param name="oneOf">Gives one of so many, by chance.</param>
/// <param name="random">Chance.</param>
internal sealed class PowerCut(SimulatedDisk start, IReadOnlyList<DiskOperation> trace, int most, int byChance, int oneOf, Random random)
{
    private readonly HashSet<UInt128> _seen = [];
    private readonly List<DiskOperation> _pending = [];
    private readonly SimulatedDisk _durable = start.Fork();
    private readonly Dictionary<ulong, SimulatedDisk.Node> _nodes = start.NodesByInode();

    public IEnumerable<LostPower> Disks()
    {
        Dictionary<ulong, SimulatedDisk.Node> own = _durable.NodesByInode();
        foreach ((ulong inode, SimulatedDisk.Node node) in own)
            _nodes[inode] = node;
        int acknowledged = 0;
        for (int at = 0; at <= trace.Count; at++)
        {
            foreach (bool[] kept in Subsets(_pending.Count))
            {
                if (oneOf > 1 && random.Next(oneOf) != 0)
                    continue;
                SimulatedDisk disk = Make(kept);
                if (_seen.Add(Identity(disk, acknowledged)))
                    yield return new LostPower(disk, $"{at}:{NameOf(kept)}", acknowledged);
            }

            if (at < trace.Count && Pass(trace[at]))
                acknowledged++;
        }
    }

    // Whether the operation was an acknowledgement.
    private bool Pass(DiskOperation operation)
    {
        switch (operation.Kind)
        {
            case DiskOperationKind.Acknowledged:
                return true;
            case DiskOperationKind.SyncFile:
                Settle(pending => pending.File == operation.File && pending.Kind is DiskOperationKind.Write or DiskOperationKind.Length);
                return false;
            case DiskOperationKind.SyncFolder:
                Settle(pending => pending.Kind is DiskOperationKind.Create or DiskOperationKind.Rename or DiskOperationKind.Delete or DiskOperationKind.Folder && Path.GetDirectoryName(pending.Path) == operation.Path);
                return false;
            default:
                _pending.Add(operation);
                return false;
        }
    }

    private void Settle(Predicate<DiskOperation> isDurable)
    {
        foreach (DiskOperation operation in _pending)
        {
            if (isDurable(operation))
                _durable.Apply(operation, _nodes);
        }

        _pending.RemoveAll(isDurable);
    }

    private SimulatedDisk Make(bool[] kept)
    {
        SimulatedDisk disk = _durable.Fork();
        Dictionary<ulong, SimulatedDisk.Node> nodes = disk.NodesByInode();
        foreach ((ulong inode, SimulatedDisk.Node node) in _nodes)
            nodes.TryAdd(inode, new SimulatedDisk.Node(inode) { Bytes = node.Bytes, Changed = node.Changed });
        for (int i = 0; i < kept.Length; i++)
        {
            if (kept[i])
                disk.Apply(_pending[i], nodes);
        }

        disk.Settle();
        return disk;
    }

    private IEnumerable<bool[]> Subsets(int count)
    {
        if (count <= most)
        {
            for (uint bits = 0; bits < 1u << count; bits++)
                yield return [.. Enumerable.Range(0, count).Select(i => (bits >> i & 1) != 0)];
            yield break;
        }

        for (int i = 0; i <= count; i++)
            yield return [.. Enumerable.Range(0, count).Select(j => j < i)];
        for (int i = 0; i < count; i++)
        {
            yield return [.. Enumerable.Range(0, count).Select(j => j == i)];
            yield return [.. Enumerable.Range(0, count).Select(j => j != i)];
        }

        for (int i = 0; i < byChance; i++)
        {
            // Mostly kept, mostly lost, or even.
            double share = random.NextDouble();
            yield return [.. Enumerable.Range(0, count).Select(_ => random.NextDouble() < share)];
        }
    }

    private static UInt128 Identity(SimulatedDisk disk, int acknowledged)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> result = stackalloc byte[32];
        foreach ((string path, byte[] bytes) in disk.Files)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(path));
            hash.AppendData(BitConverter.GetBytes(bytes.Length));
            hash.AppendData(bytes);
        }

        hash.AppendData(BitConverter.GetBytes(acknowledged));
        hash.GetHashAndReset(result);
        return BitConverter.ToUInt128(result);
    }

    private static string NameOf(bool[] kept) => string.Concat(kept.Select(static keep => keep ? '1' : '0'));
}
