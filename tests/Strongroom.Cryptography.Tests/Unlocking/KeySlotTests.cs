using System.Text;

namespace Strongroom.Cryptography.Tests;

public sealed class KeySlotTests
{
    private const string Text = """
        {"commitment":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","created_at":"2026-01-02T03:04:05.678Z","id":"0123456789abcdef0123456789abcdef","kdf":{"hash_length":32,"memory_cost":65536,"name":"argon2id","parallelism":1,"time_cost":3},"kind":"passphrase","label":"laptop","salt":"AAAAAAAAAAAAAAAAAAAAAA==","wrapped":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}
        """;

    private const string Argon2 = """{"hash_length":32,"memory_cost":65536,"name":"argon2id","parallelism":1,"time_cost":3}""";

    [Theory]
    [InlineData(Argon2, "passphrase", "argon2id", 65536, 3, 1)]
    [InlineData("""{"hash_length":32,"iterations":600000,"name":"pbkdf2-sha256"}""", "passphrase+key-file", "pbkdf2-sha256", 0, 600000, 1)]
    [InlineData("""{"hash_length":32,"iterations":210000,"name":"pbkdf2-sha512"}""", "passphrase", "pbkdf2-sha512", 0, 210000, 1)]
    [InlineData("null", "key-file", null, 0, 0, 0)]
    [InlineData("null", "recovery-key", null, 0, 0, 0)]
    public void Slots_are_read_and_written_alike(string kdf, string kind, string? name, int memory, int time, int parallelism)
    {
        var text = Text.Replace(Argon2, kdf, StringComparison.Ordinal).Replace("\"passphrase\"", $"\"{kind}\"", StringComparison.Ordinal);

        var slot = KeySlot.Read(Json.Parse(text));

        Assert.Equal(name is null ? null : new KdfParameters(name, memory, time, parallelism), slot.Kdf);
        Assert.Equal(text, Json.Write(slot.Write));
    }

    [Theory]
    [InlineData("\"kind\":\"passphrase\"", "\"kind\":\"hsm\"")]
    [InlineData("\"kind\":\"passphrase\"", "\"kind\":\"key-file\"")]
    [InlineData(Argon2, "null")]
    [InlineData(Argon2, "{}")]
    [InlineData(Argon2, "1")]
    [InlineData("\"hash_length\":32", "\"hash_length\":16")]
    [InlineData("\"hash_length\":32,", "")]
    [InlineData("\"time_cost\":3", "\"time_cost\":3,\"x\":1")]
    [InlineData("\"argon2id\"", "\"pbkdf2-sha256\"")]
    [InlineData("\"id\":\"0", "\"id\":\"G")]
    [InlineData("AAAA==", "AAAAAAAA")]
    [InlineData("AAAAA=", "AAAAB=")]
    [InlineData("AAAAAAAAAAAA\"}", "AAAAAAAA\"}")]
    [InlineData("2026-01-02", "2026-02-30")]
    [InlineData("\"label\":\"laptop\",", "")]
    [InlineData("\"label\":\"laptop\"", "\"label\":null")]
    [InlineData("\"label\":\"laptop\"", "\"label\":\"laptop\",\"more\":1")]
    public void Slots_that_are_not_of_the_format_are_refused(string part, string other)
    {
        var text = Text.Replace(part, other, StringComparison.Ordinal);
        Assert.NotEqual(Text, text);

        Assert.Equal("SR1011", Assert.Throws<VaultIntegrityException>(() => KeySlot.Read(Json.Parse(text))).Code);
    }

    /// <summary>Numbers that don't fit, and unknown names, are left to the bounds, which are checked before any derivation.</summary>
    [Theory]
    [InlineData("\"time_cost\":3", "\"time_cost\":9007199254740991")]
    [InlineData("\"memory_cost\":65536", "\"memory_cost\":4294967297")]
    [InlineData(Argon2, """{"hash_length":32,"iterations":600000,"name":"scrypt"}""")]
    public void What_can_be_read_and_not_be_run_is_refused_by_the_bounds(string part, string other)
    {
        var slot = KeySlot.Read(Json.Parse(Text.Replace(part, other, StringComparison.Ordinal)));

        Assert.Throws<VaultIntegrityException>(() => KeySlot.CheckBounds([slot]));
    }

    [Fact]
    public void Labels_are_capped_by_reader_and_writer_in_bytes()
    {
        using var credential = TestKeys.NewKeyFile();
        using var keys = HardenedEncryption.Generate(RandomId.New());
        var longest = new string('é', 64);

        Assert.Equal(longest, KeySlot.Read(Json.Parse(Text.Replace("laptop", longest, StringComparison.Ordinal))).Label);
        Assert.Equal(longest, keys.Slot(credential, label: longest).Label);
        Assert.Equal("SR1010", Assert.Throws<VaultIntegrityException>(() => KeySlot.Read(Json.Parse(Text.Replace("laptop", longest + "x", StringComparison.Ordinal)))).Code);
        Assert.Equal("SR1009", Assert.Throws<VaultLimitException>(() => keys.Slot(credential, label: longest + "x")).Code);
        Assert.Throws<VaultConfigurationException>(() => keys.Slot(credential, label: "\ud800"));
    }

    [Fact]
    public void What_is_asked_for_wrongly_is_refused()
    {
        using var credential = TestKeys.NewKeyFile();
        using var passphrase = Credential.Passphrase("correct horse"u8);
        using var keys = HardenedEncryption.Generate(RandomId.New());

        Assert.Throws<ArgumentException>(() => keys.Slot(credential, TestKeys.Cheap));
        Assert.Throws<ArgumentException>(() => keys.Slot(passphrase));
        Assert.Throws<ArgumentException>(() => keys.CreateSlot(credential, null, "", "today", null));
        Assert.Throws<ArgumentNullException>(() => keys.Slot(null!));
        Assert.Equal("SR1007", Assert.Throws<VaultConfigurationException>(() => keys.Slot(passphrase, KdfParameters.Argon2id(8, 1, 1))).Code);
        Assert.Throws<ArgumentNullException>(() => KeySlot.Read(null!));
        Assert.Throws<ArgumentNullException>(() => KeySlot.Read(Json.Parse(Text)).Write(null!));
    }

    [Fact]
    public void A_slot_holds_nothing_secret()
    {
        using var credential = Credential.Passphrase("correct horse"u8);
        using var keys = HardenedEncryption.Generate(RandomId.New());

        var text = keys.Slot(credential, TestKeys.Cheap).ToString() + Json.Write(keys.Slot(credential, TestKeys.Cheap).Write);

        Assert.DoesNotContain("correct horse", text, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String(Encoding.UTF8.GetBytes("correct horse")), text, StringComparison.Ordinal);
    }
}
