using System.Buffers;
using System.Text;
using System.Text.Json;
using CsCheck;

namespace Strongroom.Cryptography.Tests;

public sealed class CanonicalJsonPropertyTests
{
    // A few characters of every sort that matters, so that names collide, sort and escape often.
    private const string Tokens = "{}[],:\"\\ 0129.-+eEntfu/";

    private static readonly string[] Characters = ["a", "b", "\"", "\\", "\n", "\0", "\u001f", "\u007f", "é", "\u2028", "\ufb33", "\U0001f600", "/", "A"];

    private static readonly Gen<string> Texts = Gen.Int[0, Characters.Length - 1].Array[0, 6].Select(indices => string.Concat(indices.Select(index => Characters[index])));

    private static readonly Gen<byte> Bytes = Gen.OneOf(Gen.Byte, Gen.Int[0, Tokens.Length - 1].Select(index => (byte)Tokens[index]));

    private static readonly Gen<JsonValue> Values = Gen.Recursive<JsonValue>((depth, inner) =>
    {
        var leaf = Gen.OneOf(
            Gen.Const(JsonValue.Null),
            Gen.Bool.Select(JsonValue.Of),
            Gen.Long[0, CanonicalJson.MaxNumber].Select(JsonValue.Of),
            Gen.Long[0, 100].Select(JsonValue.Of),
            Texts.Select(JsonValue.Of));
        return depth > 5 ? leaf : Gen.OneOf(
            leaf,
            inner.Array[0, 4].Select(items => JsonValue.Of(items)),
            Gen.Select(Texts, inner).Array[0, 5].Select(members => JsonValue.Of([.. members.DistinctBy(member => member.Item1).Select(member => KeyValuePair.Create(member.Item1, member.Item2))])));
    });

    [Fact]
    public void What_is_written_is_read_and_written_again_alike() => Values.Sample(value =>
    {
        var text = Json.Write(value);

        Assert.Equal(text, Json.Write(Json.Parse(text)));
    });

    [Fact]
    public void The_framework_reads_the_same_value() => Values.Sample(value =>
    {
        var text = Json.Write(value);
        using var document = JsonDocument.Parse(text, new JsonDocumentOptions { AllowDuplicateProperties = false });

        Assert.Equal(text, Json.Write(Json.FromFramework(document.RootElement)));
    });

    /// <summary>The parser takes a text exactly when the framework's strict reader takes it and writing it canonically gives the same bytes: the definition of the format, section 1.</summary>
    [Fact]
    public void A_changed_text_is_taken_exactly_when_it_is_canonical() =>
        Gen.Select(Values, Gen.Int[0, 10_000], Bytes, Gen.Int[0, 2]).Sample((value, at, with, how) =>
        {
            var bytes = Encoding.UTF8.GetBytes(Json.Write(value)).ToList();
            at %= bytes.Count;
            if (how == 0)
                bytes[at] = with;
            else if (how == 1)
                bytes.Insert(at, with);
            else
                bytes.RemoveAt(at);
            var changed = bytes.ToArray();

            Assert.Equal(IsCanonicalByDefinition(changed), IsTaken(changed));
        }, iter: 5_000);

    [Fact]
    public void Whatever_comes_only_our_own_exception_leaves() =>
        Bytes.Array[0, 40].Sample(bytes => IsTaken(bytes) == IsCanonicalByDefinition(bytes), iter: 20_000);

    private static bool IsTaken(byte[] bytes)
    {
        try
        {
            var value = CanonicalJson.Parse(bytes);
            var again = new ArrayBufferWriter<byte>();
            CanonicalJson.Write(value, again);
            return again.WrittenSpan.SequenceEqual(bytes);
        }
        catch (VaultIntegrityException)
        {
            return false;
        }
    }

    private static bool IsCanonicalByDefinition(byte[] bytes)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes, new JsonDocumentOptions { AllowDuplicateProperties = false });
            var again = new ArrayBufferWriter<byte>();
            CanonicalJson.Write(Json.FromFramework(document.RootElement), again);
            return again.WrittenSpan.SequenceEqual(bytes);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or OverflowException or FormatException or ArgumentOutOfRangeException)
        {
            return false;
        }
    }
}
