using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Strongroom.Audit;
using Strongroom.Cryptography;

namespace Strongroom.Tests.Audit;

/// <summary>The bytes on disk against the format's page, computed here a second time with nothing but HMAC, SHA-256 and AES-GCM of the framework.</summary>
public sealed class AuditFormatTests
{
    [Fact]
    public void Every_line_has_the_MAC_of_the_page()
    {
        using var log = new AuditFixture(print: true);
        log.Commit();
        log.Read("a/b");
        log.Commit("c", "rotate");
        byte[] key = log.Printed!.Span.ToArray();
        byte[] previous = new byte[32];

        string[] lines = log.Lines();
        for (int i = 0; i < lines.Length; i++)
        {
            JsonObject entry = JsonNode.Parse(lines[i])!.AsObject();
            string mac = (string)entry["mac"]!;
            Assert.Equal(Convert.ToBase64String(previous), (string)entry["previous"]!);
            Assert.Equal(i, (long)entry["index"]!);
            byte[] bare = Encoding.ASCII.GetBytes(lines[i].Replace($"\"mac\":\"{mac}\",", "", StringComparison.Ordinal));
            Assert.Equal(Convert.ToBase64String(HMACSHA256.HashData(key, Context("audit-entry", Id(log.Record.Id), U64(i), bare))), mac);
            key = HMACSHA256.HashData(key, Context("audit-ratchet", Id(log.Record.Id), U64(i)));
            previous = SHA256.HashData(Encoding.ASCII.GetBytes(lines[i]));
        }

        Assert.Equal(4, lines.Length);
    }

    [Fact]
    public void Every_line_is_canonical_JSON_with_the_members_of_the_page()
    {
        using var log = new AuditFixture(new AuditOptions { Program = "\"quoted\\\" \u0001\u202E\uD800 ü" });
        log.Commit();
        log.Read();

        foreach (string line in log.Lines())
        {
            byte[] bytes = Utf8.Strict.GetBytes(line);
            Strongroom.Cryptography.JsonValue value = CanonicalJson.Parse(bytes);
            value.RequireExactly("actor", "chain", "count", "index", "mac", "operation", "outcome", "previous", "revision", "secrets", "time");
            Assert.Equal($"{AuditIdentity.Owner} \"quoted\\\" ??\uFFFD ü[{Environment.ProcessId}]", value["actor"].String);
            Assert.True(AuditLine.TryParse(bytes, out AuditLine parsed));
            Assert.Equal(value["actor"].String, parsed.ToEntry().Actor);
        }
    }

    [Fact]
    public void The_state_is_the_sealed_key_of_the_next_entry_in_alternating_slots()
    {
        using var log = new AuditFixture(print: true);
        byte[] stateKeys = log.Keys.OpenKey("audit-keys", log.Record.Id, log.Record.SealedKeys).Span.ToArray();
        byte[] key = log.Printed!.Span.ToArray();
        Assert.Equal(64, stateKeys.Length);

        for (long index = 1; index < 6; index++)
        {
            key = HMACSHA256.HashData(key, Context("audit-ratchet", Id(log.Record.Id), U64(index - 1)));
            byte[] state = log.Memory[log.State];
            int slot = (int)(index % 2) * 256;
            byte[] opened = new byte[32];
            using var aes = new AesGcm(stateKeys.AsSpan(0, 32), 16);
            aes.Decrypt(state.AsSpan(slot + 8, 12), state.AsSpan(slot + 20, 32), state.AsSpan(slot + 52, 16), opened, Context("audit-state", Id(log.Keys.VaultId), Id(log.Record.Id), U64(index)));

            Assert.Equal(512, state.Length);
            Assert.Equal(index, BinaryPrimitives.ReadInt64BigEndian(state.AsSpan(slot)));
            Assert.Equal(key, opened);
            Assert.False(state.AsSpan(slot + 68, 188).ContainsAnyExcept((byte)0));
            log.Commit();
        }
    }

    [Fact]
    public void Keys_kept_under_the_root_begin_with_the_first_key()
    {
        using var log = new AuditFixture();
        byte[] keys = log.Keys.OpenKey("audit-keys", log.Record.Id, log.Record.SealedKeys).Span.ToArray();
        byte[] line = Utf8.Strict.GetBytes(log.Lines()[0]);
        Assert.True(AuditLine.TryParse(line, out AuditLine entry));

        byte[] mac = HMACSHA256.HashData(keys.AsSpan(0, 32), Context("audit-entry", Id(log.Record.Id), U64(0), [.. entry.BeforeMac, .. entry.AfterMac]));

        Assert.Equal(96, keys.Length);
        Assert.Equal(mac, entry.Info.Mac.Span.ToArray());
    }

    [Fact]
    public void A_checkpoint_is_three_lines()
    {
        using var log = new AuditFixture();
        log.Commit();
        AuditCheckpoint checkpoint = log.Verify().Chains[0].Checkpoint;

        Assert.Equal($"strongroom/{log.Keys.VaultId}/{log.Record.Id}\n2\n{Convert.ToBase64String(SHA256.HashData(Encoding.ASCII.GetBytes(log.Lines()[1])))}\n", checkpoint.ToString());
    }

    internal static byte[] Context(string label, params byte[][] fields)
    {
        var bytes = new ArrayBufferWriter<byte>();
        foreach (byte[] field in fields.Prepend(Encoding.ASCII.GetBytes(label)).Prepend(Encoding.ASCII.GetBytes("strongroom/v1")))
        {
            BinaryPrimitives.WriteInt32BigEndian(bytes.GetSpan(4), field.Length);
            bytes.Advance(4);
            bytes.Write(field);
        }

        return bytes.WrittenSpan.ToArray();
    }

    internal static byte[] U64(long number)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, number);
        return bytes;
    }

    internal static byte[] Id(RandomId id) => Convert.FromHexString(id.ToString());
}
