using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Audit;

/// <summary>Where the audit log of a vault can be read: this machine's folder, and, for a vault in a database, what was gathered there.</summary>
/// <param name="files">The file system.</param>
/// <param name="folder">The audit folder.</param>
/// <param name="gathered">The lines in the database, where there is one.</param>
internal sealed class AuditShelf(IFileSystem files, string folder, GatheredLog? gathered = null)
{
    private readonly Lazy<HashSet<RandomId>> _gathered = new(() => gathered is null ? [] : [.. gathered.Chains()]);

    /// <summary>The ids of all chains, ascending.</summary>
    public List<RandomId> Chains() => [.. ChainFolder.All(files, folder).Concat(_gathered.Value).Distinct().Order()];

    /// <summary>A chain's files.</summary>
    public ChainFolder Local(RandomId chain) => new(files, folder, chain);

    /// <summary>A chain's lines in the database; null where there are none.</summary>
    public IChainLines? Gathered(RandomId chain) => _gathered.Value.Contains(chain) ? gathered!.Of(chain) : null;

    /// <summary>The lines that say most about a chain: the files of one that is written here, else what was gathered, else the files that somebody copied.</summary>
    /// <param name="chain">The chain.</param>
    /// <param name="isOwn">Whether this host and user writes it.</param>
    public IChainLines Lines(RandomId chain, bool isOwn)
    {
        ChainFolder local = Local(chain);
        return isOwn && local.Exists ? local : Gathered(chain) ?? local;
    }
}
