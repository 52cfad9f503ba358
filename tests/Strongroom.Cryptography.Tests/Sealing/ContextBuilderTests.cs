using CsCheck;

namespace Strongroom.Cryptography.Tests;

public sealed class ContextBuilderTests
{
    private static readonly Gen<byte[][]> Lists = Gen.Byte[0, 3].Array[0, 9].Array[0, 4];

    [Fact]
    public void Different_lists_have_different_encodings() =>
        Gen.Select(Lists, Lists).Sample((one, other) =>
            Assert.Equal(AreEqual(one, other), LengthPrefixed(one).SequenceEqual(LengthPrefixed(other))), iter: 20_000);

    [Fact]
    public void An_encoding_can_be_taken_apart_again() => Lists.Sample(list =>
    {
        var encoded = LengthPrefixed(list);
        var fields = new List<byte[]>();
        for (var rest = encoded.AsSpan(); !rest.IsEmpty;)
        {
            var length = (int)System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(rest);
            fields.Add(rest[4..(4 + length)].ToArray());
            rest = rest[(4 + length)..];
        }

        Assert.True(AreEqual(list, [.. fields]));
    });

    /// <summary>"to" and "ot" against "to.to": fields that flow into each other (rops #40).</summary>
    [Fact]
    public void Fields_do_not_flow_into_each_other()
    {
        Assert.NotEqual(Context("label", "ab", "c"), Context("label", "a", "bc"));
        Assert.NotEqual(Context("label", "", "ab"), Context("label", "ab", ""));
        Assert.NotEqual(Context("labela", "b"), Context("label", "ab"));
        Assert.NotEqual(Context("label"), Context("label", ""));
    }

    [Fact]
    public void A_context_begins_with_format_and_label()
    {
        var builder = new ContextBuilder(new byte[64], "slot"u8);
        builder.Add(258);

        Assert.Equal("\0\0\0\rstrongroom/v1\0\0\0\u0004slot\0\0\0\b\0\0\0\0\0\0\u0001\u0002"u8.ToArray(), builder.Written.ToArray());
    }

    [Fact]
    public void What_does_not_fit_is_refused_and_not_cut()
    {
        Assert.Throws<ArgumentException>(() => new ContextBuilder(new byte[20], "label"u8).Written.Length);
        Assert.Throws<ArgumentException>(() =>
        {
            var builder = ContextBuilder.LengthPrefixed(new byte[8]);
            builder.Add("12345"u8);
        });
        var exact = ContextBuilder.LengthPrefixed(new byte[9]);
        exact.Add("12345"u8);
        Assert.Equal(9, exact.Written.Length);
        Assert.Throws<ArgumentOutOfRangeException>(() =>
        {
            var builder = ContextBuilder.LengthPrefixed(new byte[64]);
            builder.Add(-1);
        });
    }

    private static bool AreEqual(byte[][] one, byte[][] other) => one.Length == other.Length && one.Zip(other).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second));

    private static byte[] LengthPrefixed(byte[][] fields)
    {
        var builder = ContextBuilder.LengthPrefixed(new byte[256]);
        foreach (var field in fields)
            builder.Add(field);
        return builder.Written.ToArray();
    }

    private static byte[] Context(string label, params string[] fields)
    {
        var builder = new ContextBuilder(new byte[256], Utf8.Strict.GetBytes(label));
        foreach (var field in fields)
            builder.Add(Utf8.Strict.GetBytes(field));
        return builder.Written.ToArray();
    }
}
