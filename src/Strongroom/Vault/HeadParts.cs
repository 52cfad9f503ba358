using System.Collections.Immutable;
using System.Globalization;
using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Vault;

/// <summary><c>root</c> of the head.</summary>
internal sealed record RootInfo(long Generation, Digest Commitment)
{
    public static RootInfo Read(JsonValue json)
    {
        json.RequireExactly("commitment", "generation");
        return new RootInfo(json["generation"].Number, json["commitment"].Digest);
    }

    public void Write(CanonicalJsonWriter json)
    {
        json.BeginObject();
        json.Name("commitment");
        json.Base64(Commitment.Span);
        json.Name("generation");
        json.Value(Generation);
        json.EndObject();
    }
}

/// <summary><c>previous</c> of the head: the root of the generation before, sealed under the root, while a rekey is under way.</summary>
internal sealed record PreviousRoot(long Generation, Digest Commitment, byte[] Sealed)
{
    public static PreviousRoot Read(JsonValue json)
    {
        json.RequireExactly("commitment", "generation", "sealed");
        return new PreviousRoot(json["generation"].Number, json["commitment"].Digest, json["sealed"].Bytes(32 + SealingKey.Overhead));
    }

    public void Write(CanonicalJsonWriter json)
    {
        json.BeginObject();
        json.Name("commitment");
        json.Base64(Commitment.Span);
        json.Name("generation");
        json.Value(Generation);
        json.Name("sealed");
        json.Base64(Sealed);
        json.EndObject();
    }
}

/// <summary><c>epoch</c> of the head: the data epoch that seals, and a lower bound of its seals.</summary>
internal sealed record EpochInfo(long Current, long Seals)
{
    /// <summary>Seals under one data key before the next epoch begins.</summary>
    public const long MaxSeals = 1L << 28;

    /// <summary>After some more seals. A new epoch begins with the commit after the bound was reached.</summary>
    public EpochInfo Add(long seals) => Seals + seals >= MaxSeals ? new EpochInfo(Current + 1, 0) : new EpochInfo(Current, Seals + seals);

    public static EpochInfo Read(JsonValue json)
    {
        json.RequireExactly("current", "seals");
        return new EpochInfo(json["current"].Number, json["seals"].Number);
    }

    public void Write(CanonicalJsonWriter json)
    {
        json.BeginObject();
        json.Name("current");
        json.Value(Current);
        json.Name("seals");
        json.Value(Seals);
        json.EndObject();
    }
}

/// <summary><c>records</c> of the head: the summary of all rows (format, section 6).</summary>
internal sealed record RecordSummary(RecordIndex Kind, long Count, ImmutableSortedDictionary<string, long> GenerationCounts, byte[]? IndexKey, Digest Summary)
{
    /// <summary>Sealed values by generation. Keyed by the decimal text in the file, whose canonical order is that of text.</summary>
    public ImmutableDictionary<long, long> Generations { get; } =
        GenerationCounts.ToImmutableDictionary(static pair => long.Parse(pair.Key, NumberStyles.None, CultureInfo.InvariantCulture), static pair => pair.Value);

    /// <summary>With another number of sealed values under some generations.</summary>
    public RecordSummary WithGenerations(IReadOnlyDictionary<long, long> changes)
    {
        ImmutableSortedDictionary<string, long> counts = GenerationCounts;
        foreach ((long generation, long change) in changes)
        {
            string key = generation.ToString(CultureInfo.InvariantCulture);
            long count = counts.GetValueOrDefault(key) + change;
            counts = count == 0 ? counts.Remove(key) : counts.SetItem(key, count);
        }

        return new RecordSummary(Kind, Count, counts, IndexKey, Summary);
    }

    public static ImmutableSortedDictionary<string, long> NoGenerations { get; } = ImmutableSortedDictionary.Create<string, long>(StringComparer.Ordinal);

    public static RecordSummary Read(JsonValue json)
    {
        json.RequireExactly("count", "generations", "index_key", "kind", "summary");
        ImmutableSortedDictionary<string, long>.Builder counts = NoGenerations.ToBuilder();
        foreach ((string name, JsonValue count) in json["generations"].Members)
        {
            if (!long.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out long generation) || generation.ToString(CultureInfo.InvariantCulture) != name || count.Number == 0)
                throw VaultHead.Bad("a count of values by generation is not a number");
            counts[name] = count.Number;
        }

        RecordIndex kind = json["kind"].String switch
        {
            "list" => RecordIndex.List,
            "tree" => RecordIndex.Tree,
            _ => throw VaultHead.Bad("the summary of the records is of an unknown kind"),
        };
        byte[]? indexKey = kind == RecordIndex.Tree ? json["index_key"].Bytes(32 + SealingKey.Overhead) : null;
        if (kind == RecordIndex.List && !json["index_key"].IsNull)
            throw VaultHead.Bad("a list has no index key");
        return new RecordSummary(kind, json["count"].Number, counts.ToImmutable(), indexKey, json["summary"].Digest);
    }

    public void Write(CanonicalJsonWriter json)
    {
        json.BeginObject();
        json.Name("count");
        json.Value(Count);
        json.Name("generations");
        json.BeginObject();
        foreach ((string generation, long count) in GenerationCounts)
        {
            json.Name(generation);
            json.Value(count);
        }

        json.EndObject();
        json.Name("index_key");
        if (IndexKey is null)
            json.NullValue();
        else
            json.Base64(IndexKey);
        json.Name("kind");
        json.Value(Kind == RecordIndex.List ? "list" : "tree");
        json.Name("summary");
        json.Base64(Summary.Span);
        json.EndObject();
    }
}
