using System.Buffers;
using System.Collections.Immutable;
using Strongroom.Audit;
using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Vault;

/// <summary>The vault's authenticated header (format, section 3). Immutable. What <see cref="Parse"/> gives is not believed before its MAC has been checked.</summary>
internal sealed record VaultHead
{
    public const int Format = 1;
    public const int MaxCommits = 64;
    public const int MaxSlots = 16;
    public const int MaxChains = 64;
    public const int MaxBytes = 32 * 1024 * 1024;
    public const long MaxNumber = (1L << 53) - 1;

    public required RandomId VaultId { get; init; }

    public required long Revision { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    public required RootInfo Root { get; init; }

    public PreviousRoot? Previous { get; init; }

    public required EpochInfo Epoch { get; init; }

    public required ImmutableArray<KeySlot> Slots { get; init; }

    public required RecordSummary Records { get; init; }

    public required ImmutableArray<RandomId> Commits { get; init; }

    public required ImmutableArray<ChainRecord> Audit { get; init; }

    public string? MovedTo { get; init; }

    public Digest Mac { get; init; }

    public RandomId CommitId => Commits[^1];

    /// <summary>The head of the next commit: a higher revision and a new commit id; nothing else changes.</summary>
    public VaultHead Next(DateTimeOffset now) => this with
    {
        Revision = Revision + 1,
        UpdatedAt = now,
        Commits = [.. Commits.Length < MaxCommits ? Commits : Commits[^(MaxCommits - 1)..], RandomId.New()],
    };

    /// <summary>The canonical bytes with their MAC, and this head with it.</summary>
    public (VaultHead Head, byte[] Bytes) Seal(HardenedEncryption keys)
    {
        byte[] bytes = Write(out int macAt);
        VaultHead head = this with { Mac = keys.MacHead(bytes) };
        bytes = InsertMac(bytes, macAt, head.Mac);
        return bytes.Length <= MaxBytes
            ? (head, bytes)
            : throw new VaultLimitException("SR1401", $"The vault's head would have {bytes.Length} bytes, at most {MaxBytes} are allowed.", "Write fewer secrets in one batch.");
    }

    /// <summary>Whether the head was written by a holder of the root key.</summary>
    public bool IsGenuine(HardenedEncryption keys) => keys.MacHead(Write(out _)) == Mac;

    /// <summary>Parses strictly; believes nothing.</summary>
    public static VaultHead Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > MaxBytes)
            throw new VaultIntegrityException("SR1402", $"The vault's head has {bytes.Length} bytes, at most {MaxBytes} are allowed.", "Restore a backup.");
        JsonValue json = CanonicalJson.Parse(bytes, maxMembers: 4096);
        CheckVersion(json);
        json.RequireExactly("audit", "commits", "created_at", "epoch", "format", "mac", "moved_to", "names", "previous", "records", "revision", "root", "slots", "suite", "updated_at", "vault_id");
        var head = new VaultHead
        {
            VaultId = json["vault_id"].Id,
            Revision = json["revision"].Number,
            CreatedAt = json["created_at"].Time,
            UpdatedAt = json["updated_at"].Time,
            Root = RootInfo.Read(json["root"]),
            Previous = json["previous"].IsNull ? null : PreviousRoot.Read(json["previous"]),
            Epoch = EpochInfo.Read(json["epoch"]),
            Slots = [.. json["slots"].Items.Select(KeySlot.Read)],
            Records = RecordSummary.Read(json["records"]),
            Commits = [.. json["commits"].Items.Select(static item => item.Id)],
            Audit = [.. json["audit"].Members.Select(static member => ReadChain(member.Key, member.Value))],
            MovedTo = json["moved_to"].IsNull ? null : json["moved_to"].String,
            Mac = json["mac"].Digest,
        };
        head.CheckShape();
        return head;
    }

    private static void CheckVersion(JsonValue json)
    {
        JsonValue? format = json.Find("format");
        if (format is { Kind: JsonKind.Number } && format.Number != Format)
            throw new VaultConfigurationException("SR1403", $"The vault has format {format.Number}; this version of Strongroom reads format {Format}.", "Use a newer version of Strongroom.");
        JsonValue? suite = json.Find("suite");
        if (suite is { Kind: JsonKind.Number } && suite.Number != 1)
            throw new VaultConfigurationException("SR1404", $"The vault has cipher suite {suite.Number}; this version of Strongroom knows suite 1.", "Use a newer version of Strongroom.");
        JsonValue? names = json.Find("names");
        if (names is { Kind: JsonKind.String } && names.String != "clear")
            throw new VaultConfigurationException("SR1405", "The vault hides names in a way that this version of Strongroom does not know.", "Use a newer version of Strongroom.");
        if (format is not { Kind: JsonKind.Number } || suite is not { Kind: JsonKind.Number } || names is not { Kind: JsonKind.String })
            throw Bad("format, suite or names are missing");
    }

    private void CheckShape()
    {
        if (Revision < 1)
            throw Bad("the revision is 0");
        if (Slots.Length is 0 or > MaxSlots || Slots.Select(static slot => slot.Id).Distinct().Count() != Slots.Length)
            throw Bad("the key slots are none, too many or not distinct");
        if (Commits.Length is 0 or > MaxCommits)
            throw Bad("the commits are none or too many");
        if (Audit.Length > MaxChains)
            throw Bad("the audit chains are too many");
        if (Root.Generation < 1 || Epoch.Current < 1)
            throw Bad("generation or epoch is 0");
        if (Previous is not null && Previous.Generation != Root.Generation - 1)
            throw Bad("the root before is not of the generation before");
        foreach (long generation in Records.Generations.Keys)
        {
            if (generation != Root.Generation && generation != Previous?.Generation)
                throw Bad("values are counted under an unknown generation");
        }
    }

    // An audit entry of a large batch makes the head large, so it is written once: without its MAC, which is then put where it belongs.
    private static byte[] InsertMac(byte[] bytes, int at, Digest mac)
    {
        var member = new ArrayBufferWriter<byte>(64);
        var json = new CanonicalJsonWriter(member);
        json.BeginObject();
        json.Name("mac");
        json.Base64(mac.Span);
        ReadOnlySpan<byte> inner = member.WrittenSpan[1..];
        return [.. bytes.AsSpan(0, at), (byte)',', .. inner, .. bytes.AsSpan(at)];
    }

    private byte[] Write(out int macAt)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        var json = new CanonicalJsonWriter(buffer);
        json.BeginObject();
        json.Name("audit");
        json.BeginObject();
        foreach (ChainRecord chain in Audit)
            WriteChain(json, chain);
        json.EndObject();
        json.Name("commits");
        json.BeginArray();
        foreach (RandomId commit in Commits)
            json.Value(commit.ToString());
        json.EndArray();
        json.Name("created_at");
        json.Value(CreatedAt);
        json.Name("epoch");
        Epoch.Write(json);
        json.Name("format");
        json.Value(Format);
        macAt = buffer.WrittenCount;
        json.Name("moved_to");
        if (MovedTo is null)
            json.NullValue();
        else
            json.Value(MovedTo);
        json.Name("names");
        json.Value("clear");
        json.Name("previous");
        if (Previous is null)
            json.NullValue();
        else
            Previous.Write(json);
        json.Name("records");
        Records.Write(json);
        json.Name("revision");
        json.Value(Revision);
        json.Name("root");
        Root.Write(json);
        json.Name("slots");
        json.BeginArray();
        foreach (KeySlot slot in Slots)
            slot.Write(json);
        json.EndArray();
        json.Name("suite");
        json.Value(1);
        json.Name("updated_at");
        json.Value(UpdatedAt);
        json.Name("vault_id");
        json.Value(VaultId.ToString());
        json.EndObject();
        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteChain(CanonicalJsonWriter json, ChainRecord chain)
    {
        json.Name(chain.Id.ToString());
        json.BeginObject();
        json.Name("kept");
        json.Value(chain.KeptUnderRoot ? "root" : "printed");
        json.Name("keys");
        json.Base64(chain.SealedKeys);
        json.Name("line");
        json.Value(chain.Line);
        json.Name("owner");
        json.Value(chain.Owner);
        json.EndObject();
    }

    private static ChainRecord ReadChain(string name, JsonValue json)
    {
        json.RequireExactly("keys", "kept", "line", "owner");
        bool root = json["kept"].String switch
        {
            "root" => true,
            "printed" => false,
            _ => throw Bad("an audit chain's first key is kept in an unknown way"),
        };
        if (!RandomId.TryParse(name, out RandomId id))
            throw Bad("an audit chain's id is not an id");
        return new ChainRecord(id, json["owner"].String, root, json["keys"].Bytes((root ? 96 : 64) + SealingKey.Overhead), json["line"].String);
    }

    internal static VaultIntegrityException Bad(string what) =>
        new("SR1406", $"The vault's head is not of the format: {what}.", "The file is damaged or was edited. Restore a backup with restore-vault.");
}
