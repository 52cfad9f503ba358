using Strongroom.Cli.CommandLine;

namespace Strongroom.Cli.Vaults;

/// <summary>Secrets that are written under other names of the same vault, all in one commit. Holds their values until it is disposed of.</summary>
internal sealed class SecretCopies(CommandContext context, IOpenVault vault) : IDisposable
{
    private readonly SecretBatch _batch = new();
    private readonly List<SecretData> _held = [];
    private readonly List<Copy> _copies = [];

    /// <summary>One secret that is copied.</summary>
    /// <param name="From">The source.</param>
    /// <param name="To">The new name.</param>
    /// <param name="Versions">How many versions.</param>
    public sealed record Copy(SecretName From, SecretName To, int Versions);

    /// <summary>What will be copied.</summary>
    public IReadOnlyList<Copy> All => _copies;

    /// <summary>The pairs of names that two arguments mean: one secret, or with a slash at the end everything below.</summary>
    public static async ValueTask<IReadOnlyList<(SecretName From, SecretName To)>> PairsAsync(CommandContext context, IOpenVault vault, string from, string to)
    {
        if (from.EndsWith('/') != to.EndsWith('/'))
            throw CliException.Usage("Either both names end with '/' or none does.", "For example: strongroom copy broker/ archive/broker/, or strongroom copy broker/a broker/b.");
        if (from == to)
            throw CliException.Usage("Source and target are the same.");
        if (!from.EndsWith('/'))
            return [(SecretName.Parse(from), SecretName.Parse(to))];
        var pairs = new List<(SecretName, SecretName)>();
        await foreach (var entry in vault.ListAsync(new SecretQuery { Prefix = from }, context.Cancellation))
            pairs.Add((entry.Name, SecretName.Parse(to + entry.Name.ToString()[from.Length..])));
        return pairs.Count > 0 ? pairs : throw new CliException(ExitCodes.NotFound, "SR2014", $"There is no secret below '{from}'.", "'strongroom list' shows the names.");
    }

    /// <summary>Adds a secret.</summary>
    /// <param name="from">The source.</param>
    /// <param name="to">The new name.</param>
    /// <param name="withHistory">Older versions too, as far as they can be read.</param>
    /// <param name="overwrite">A secret of the new name gets new versions; otherwise that is a conflict.</param>
    /// <param name="remove">Whether the source is deleted.</param>
    public async ValueTask AddAsync(SecretName from, SecretName to, bool withHistory, bool overwrite, bool remove)
    {
        var current = await HoldAsync(from, version: null);
        if (!overwrite)
            await DryRun.CheckAsync(context, vault, to, WriteCondition.Absent);
        var versions = new List<SecretData>();
        if (withHistory)
            versions.AddRange(await OlderAsync(from, current.Metadata.Version));
        versions.Add(current);
        var condition = overwrite ? default : WriteCondition.Absent;
        foreach (var version in versions)
        {
            _batch.Set(to, version.Value, Options(current.Metadata, condition));
            condition = default;
        }

        // What was read is what is deleted.
        if (remove)
            _batch.Delete(from, WriteCondition.Version(current.Metadata.Version));
        _copies.Add(new Copy(from, to, versions.Count));
    }

    /// <summary>Writes all of it, or nothing.</summary>
    /// <returns>The revision.</returns>
    public ValueTask<long> CommitAsync() => vault.CommitAsync(_batch, context.Cancellation);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var secret in _held)
            secret.Dispose();
    }

    private static SetOptions Options(SecretMetadata metadata, WriteCondition condition) => new()
    {
        Condition = condition,
        Type = metadata.SecretType,
        Description = metadata.Description,
        ExpiresAt = metadata.ExpiresAt,
        ClearExpiry = metadata.ExpiresAt is null,
        Tags = metadata.Tags,
    };

    private async ValueTask<List<SecretData>> OlderAsync(SecretName name, long current)
    {
        var older = new List<SecretData>();
        var left = 0;
        foreach (var version in (await vault.HistoryAsync(name, context.Cancellation)).Where(version => version.Version != current).OrderBy(version => version.Version))
        {
            if (version.State == "revoked" || version.ReadableUntil <= context.Now)
                left++;
            else
                older.Add(await HoldAsync(name, version.Version));
        }

        if (left > 0)
            context.Output.Warning($"{name}: {left} older version(s) whose grace period is over can't be read, and are not copied.");
        return older;
    }

    private async ValueTask<SecretData> HoldAsync(SecretName name, long? version)
    {
        var secret = await vault.GetAsync(name, version, context.Cancellation);
        _held.Add(secret);
        return secret;
    }
}
