using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Strongroom.Argon2.Managed;

namespace Strongroom.Cryptography.Tests;

/// <summary>The code against vectors that another program, in another language, made from the page of the format alone (docs/format/example/make_vectors.py).</summary>
public sealed class FormatVectorTests
{
    private static readonly JsonElement Vectors = JsonDocument.Parse(TestFiles.Example("vectors.json")).RootElement;

    public static TheoryData<int> KeyDerivations => Indices("key_derivations");

    public static TheoryData<int> Seals => Indices("seals");

    public static TheoryData<int> PassphraseKdfs => Indices("passphrase_kdfs");

    [Fact]
    public void Canonical_json_agrees()
    {
        var bytes = Vectors.Hex("canonical_json");

        var value = CanonicalJson.Parse(bytes);

        Assert.Equal(Encoding.UTF8.GetString(bytes), Json.Write(value));
        Assert.Equal(CanonicalJson.MaxNumber, value["max"].Number);
    }

    [Fact]
    public void Length_prefixed_lists_agree()
    {
        foreach (var vector in Vectors.GetProperty("lp").EnumerateArray())
        {
            var builder = ContextBuilder.LengthPrefixed(new byte[256]);
            AddFields(ref builder, vector);

            Assert.Equal(vector.Hex("output"), builder.Written.ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(KeyDerivations))]
    public void Key_derivations_agree(int index)
    {
        var vector = Vectors.GetProperty("key_derivations")[index];
        var fields = vector.GetProperty("fields");
        var vault = RandomId.FromBytes(fields[0].Hex("hex"));
        var ikm = vector.Hex("ikm");

        var output = vector.Hex("output");

        switch (vector.Text("label"))
        {
            case "slot":
                AssertSlotKeys(vault, fields, ikm, output);
                break;
            case "root.commitment":
                Assert.Equal(output, RootKeys.CommitmentOf(ikm, vault, fields[1].Number("number")).Span.ToArray());
                break;
            case "root.head":
                using (var keys = new RootKeys(vault, fields[1].Number("number"), SecretBuffer.CopyOf(ikm)))
                    Assert.Equal(HMACSHA256.HashData(output, "head"u8), keys.MacHead("head"u8).Span.ToArray());
                break;
            case "root.wrap":
                AssertOpens(output, Root(fields[1].Number("number")).Wrap.Seal("aad"u8, ikm), ikm);
                break;
            default:
                AssertOpens(output, Root(fields[1].Number("number")).DataKey(fields[2].Number("number")).Seal("aad"u8, ikm), ikm);
                break;
        }

        RootKeys Root(long generation) => new(vault, generation, SecretBuffer.CopyOf(ikm));
    }

    [Theory]
    [MemberData(nameof(PassphraseKdfs))]
    public void Passphrase_derivations_agree(int index)
    {
        var vector = Vectors.GetProperty("passphrase_kdfs")[index];
        var kdf = KdfJson.Read(Json.Parse(vector.Text("kdf")))!;
        var key = new byte[32];

        PassphraseKdf.Derive(vector.Hex("passphrase"), vector.Hex("salt"), kdf, new ManagedArgon2(), hasLibsodium: true, key);

        Assert.Equal(vector.Hex("output"), key);
        Assert.Equal(vector.Text("kdf"), Encoding.UTF8.GetString(KdfJson.ToBytes(kdf)));
    }

    [Theory]
    [MemberData(nameof(Seals))]
    public void Sealed_bytes_and_their_aad_agree(int index)
    {
        var vector = Vectors.GetProperty("seals")[index];
        using var key = new SealingKey(vector.Hex("keys"));
        var aad = AadOf(vector.Text("label"), [.. vector.GetProperty("fields").EnumerateArray()]);
        var plaintext = new byte[vector.Hex("plaintext").Length];

        Assert.Equal(vector.Hex("aad"), aad);
        Assert.Equal(vector.Hex("sealed"), key.Seal(aad, vector.Hex("plaintext"), vector.Hex("random")));
        Assert.True(key.TryOpen(aad, vector.Hex("sealed"), plaintext));
        Assert.Equal(vector.Hex("plaintext"), plaintext);
    }

    [Fact]
    public void Padding_agrees()
    {
        foreach (var vector in Vectors.GetProperty("padding").EnumerateArray())
        {
            using var padded = Padding.Pad(vector.Hex("payload"));

            Assert.Equal(vector.Hex("padded"), padded.Span.ToArray());
            Assert.True(Padding.TryRemove(padded));
            Assert.Equal(vector.Hex("payload"), padded.Span.ToArray());
        }
    }

    [Fact]
    public void Key_files_agree()
    {
        var vector = Vectors.GetProperty("key_file");

        using var key = CheckedKey.ReadFile(Encoding.ASCII.GetBytes(vector.Text("text")));
        using var text = CheckedKey.WriteFile(vector.Hex("key"));

        Assert.Equal(vector.Hex("key"), key!.Span.ToArray());
        Assert.Equal(vector.Text("text"), Encoding.ASCII.GetString(text.Span));
    }

    [Fact]
    public void Recovery_keys_agree()
    {
        var vector = Vectors.GetProperty("recovery_key");

        using var key = CheckedKey.ReadRecovery(Encoding.ASCII.GetBytes(vector.Text("text")));
        using var text = CheckedKey.WriteRecovery(vector.Hex("key"));

        Assert.Equal(vector.Hex("key"), key!.Span.ToArray());
        Assert.Equal(vector.Text("text"), Encoding.ASCII.GetString(text.Span));
    }

    [Fact]
    public void Macs_of_the_audit_log_agree()
    {
        var vector = Vectors.GetProperty("audit");
        var chain = RandomId.FromBytes(vector.Hex("chain"));
        var entry = new ContextBuilder(new byte[4096], "audit-entry"u8);
        entry.Add(chain);
        entry.Add(vector.Number("index"));
        entry.Add(Encoding.UTF8.GetBytes(vector.Text("covered")));
        var ratchet = new ContextBuilder(new byte[256], "audit-ratchet"u8);
        ratchet.Add(chain);
        ratchet.Add(vector.Number("index"));

        Assert.Equal(vector.Hex("mac"), HMACSHA256.HashData(vector.Hex("k0"), entry.Written));
        Assert.Equal(vector.GetProperty("ratchet")[0].Hex("next"), HMACSHA256.HashData(vector.Hex("k0"), ratchet.Written));
    }

    [Fact]
    public void The_mac_of_the_head_agrees()
    {
        var vector = Vectors.GetProperty("head_mac");
        var example = Vectors.GetProperty("example");
        var vault = Head["vault_id"].Id;
        using var keys = HardenedEncryption.FromRoot(vault, 1, SecretBuffer.CopyOf(example.Hex("root")));

        Assert.Equal(vector.Text("mac"), keys.MacHead(Encoding.UTF8.GetBytes(vector.Text("covered"))).ToString());
    }

    [Theory]
    [InlineData("passphrase")]
    [InlineData("key-file")]
    [InlineData("recovery-key")]
    public void The_example_opens_with_each_credential(string kind)
    {
        var head = Head;
        using var credential = kind switch
        {
            "passphrase" => Credential.Passphrase(Encoding.UTF8.GetBytes(Vectors.GetProperty("example").Text("passphrase"))),
            "key-file" => Credential.KeyFile(TestFiles.Example("example.key")),
            _ => Credential.RecoveryKey(TestFiles.Example("example.recovery")),
        };
        var slots = head["slots"].Items.Select(KeySlot.Read).ToList();

        using var keys = HardenedEncryption.Unlock(head["vault_id"].Id, head["root"]["generation"].Number, head["root"]["commitment"].Digest, slots, credential, null, out var opened);

        Assert.Equal(kind, opened.Kind);
        var covered = JsonValue.Of([.. head.Members.Where(member => member.Key != "mac")]);
        Assert.Equal(head["mac"].Digest, keys.MacHead(Encoding.UTF8.GetBytes(Json.Write(covered))));
        var (chain, record) = head["audit"].Members.Single();
        Assert.True(RandomId.TryParse(chain, out var chainId));
        using var auditKeys = keys.OpenKey("audit-keys", chainId, record["keys"].Bytes());
        Assert.Equal(Vectors.GetProperty("audit").Hex("k0"), auditKeys.Span[..32].ToArray());
        foreach (var (key, payload) in Payloads())
            Assert.Equal(payload, Open(keys, key));
    }

    [Fact]
    public void Slots_are_written_as_they_were_read()
    {
        foreach (var slot in Head["slots"].Items)
            Assert.Equal(Json.Write(slot), Json.Write(writer => KeySlot.Read(slot).Write(writer)));
    }

    [Fact]
    public void The_page_shows_the_values_of_the_vectors()
    {
        var page = File.ReadAllText(Path.Combine(TestFiles.Root, "docs", "format", "vault-v1.md")).Replace("\n                 ", "", StringComparison.Ordinal);
        var steps = Vectors.GetProperty("worked_example");

        // The slot's keys are shown one by one.
        foreach (var step in steps.EnumerateObject().Where(step => step.Name != "slot keys"))
            Assert.Contains(step.Value.GetString()!, page, StringComparison.Ordinal);
        foreach (var key in steps.Text("slot keys").Chunk(64))
            Assert.Contains(new string(key), page, StringComparison.Ordinal);
        Assert.Contains(Vectors.GetProperty("example").Text("passphrase"), page, StringComparison.Ordinal);
    }

    private static string[] Lines { get; } = Encoding.UTF8.GetString(TestFiles.Example("example.vault.json")).Split('\n');

    private static JsonValue Head { get; } = Json.Parse(Lines[0]["{\"strongroom\":".Length..^1]);

    private static IEnumerable<(string Key, byte[] Payload)> Payloads() =>
        Vectors.GetProperty("example").GetProperty("payloads").EnumerateObject().Select(member => (member.Name, Convert.FromHexString(member.Value.GetString()!)));

    private static byte[] Open(HardenedEncryption keys, string rowKey)
    {
        var prefix = $"\"{rowKey}\":";
        var line = Lines.Single(text => text.StartsWith(prefix, StringComparison.Ordinal));
        var row = Json.Parse(line[prefix.Length..].TrimEnd(','));
        // An older version stands under its id; the name that it is bound to is the one of the secret.
        var name = rowKey.Length > 33 && rowKey[32] == '/' ? "fix/session-password" : rowKey;
        var (generation, epoch) = (row["key"]["generation"].Number, row["key"]["epoch"].Number);
        using var payload = keys.OpenValue(keys.ValueAad(row["id"].Id, name, row["metadata"]["version"].Number, generation, epoch), generation, epoch, row["value"].Bytes());
        return payload.Span.ToArray();
    }

    private static TheoryData<int> Indices(string name) => [.. Enumerable.Range(0, Vectors.GetProperty(name).GetArrayLength())];

    private static void AssertSlotKeys(RandomId vault, JsonElement fields, byte[] ikm, byte[] output)
    {
        var slot = RandomId.FromBytes(fields[1].Hex("hex"));
        var kdf = fields[3].Hex("hex") is { Length: > 0 } json ? KdfJson.Read(CanonicalJson.Parse(json)) : null;
        using var keys = new SlotKeys(ikm, vault, slot, fields[2].Text("text"), kdf, fields[4].Hex("hex"));

        Assert.Equal(output[64..], keys.Commitment.Span.ToArray());
        AssertOpens(output[..64], keys.Wrap(vault, slot, 7, ikm), ikm, Aad.Root(vault, slot, 7));
    }

    /// <summary>Keys that only seal can't be looked at: what they sealed must open under the vector's key.</summary>
    private static void AssertOpens(byte[] keys, byte[] sealedBytes, byte[] plaintext, byte[]? aad = null)
    {
        using var key = new SealingKey(keys);
        var opened = new byte[plaintext.Length];
        Assert.True(key.TryOpen(aad ?? "aad"u8.ToArray(), sealedBytes, opened));
        Assert.Equal(plaintext, opened);
    }

    private static void AddFields(ref ContextBuilder builder, JsonElement vector)
    {
        foreach (var field in vector.GetProperty("fields").EnumerateArray())
        {
            if (field.TryGetProperty("number", out var number))
                builder.Add(number.GetInt64());
            else
                builder.Add(field.TryGetProperty("text", out var text) ? Encoding.UTF8.GetBytes(text.GetString()!) : field.Hex("hex"));
        }
    }

    private static byte[] AadOf(string label, JsonElement[] fields)
    {
        var vault = RandomId.FromBytes(fields[0].Hex("hex"));
        switch (label)
        {
            case "root":
                return Aad.Root(vault, Id(1), Number(2));
            case "previous-root":
                return Aad.PreviousRoot(vault, Number(1), Number(2));
            case "index-key":
                return Aad.IndexKey(vault, Number(1));
            case "audit-keys":
                return Aad.AuditKeys(vault, Id(1), Number(2));
            case "value":
                return Aad.Value(vault, Id(1), Encoding.UTF8.GetBytes(fields[2].Text("text")), Number(3), Number(4), Number(5));
            default:
                var state = new ContextBuilder(new byte[256], "audit-state"u8);
                state.Add(vault);
                state.Add(Id(1));
                state.Add(Number(2));
                return state.Written.ToArray();
        }

        RandomId Id(int index) => RandomId.FromBytes(fields[index].Hex("hex"));

        long Number(int index) => fields[index].Number("number");
    }
}
