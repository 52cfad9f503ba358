using System.Buffers.Binary;
using CsCheck;

namespace Strongroom.Cryptography.Tests;

public sealed class PaddingTests
{
    [Fact]
    public void What_was_padded_comes_back() => Gen.Byte.Array[0, 300].Sample(payload =>
    {
        using var padded = Padding.Pad(payload);

        Assert.Equal(0, padded.Length % 64);
        Assert.InRange(padded.Length, payload.Length + 4, payload.Length + 4 + 63);
        Assert.True(Padding.TryRemove(padded));
        Assert.Equal(payload, padded.Span.ToArray());
    });

    [Theory]
    [InlineData(0, 64)]
    [InlineData(60, 64)]
    [InlineData(61, 128)]
    [InlineData(124, 128)]
    [InlineData(125, 192)]
    public void Lengths_go_up_to_the_next_multiple_of_64(int payload, int padded) => Assert.Equal(padded, Padding.PaddedLength(payload));

    [Fact]
    public void Every_changed_bit_of_length_or_zeros_is_refused()
    {
        using var padded = Padding.Pad("value"u8);
        var bytes = padded.Span.ToArray();
        var position = 0;

        foreach (var flipped in SealingKeyTests.Flips(bytes))
        {
            using var buffer = SecretBuffer.CopyOf(flipped);
            var isPayload = position / 8 is >= 4 and < 9;
            // A length that is larger and still fits is another payload with zeros at its end, or a shorter one if the bytes behind are zeros: only the MAC tells.
            var length = BinaryPrimitives.ReadUInt32BigEndian(flipped);
            var isOtherLength = position++ < 32 && length <= 60 && flipped.AsSpan(4 + (int)length).IndexOfAnyExcept((byte)0) < 0;

            Assert.Equal(isPayload || isOtherLength, Padding.TryRemove(buffer));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(63)]
    [InlineData(65)]
    [InlineData(127)]
    public void Other_lengths_are_refused(int length)
    {
        using var buffer = SecretBuffer.Allocate(length);

        Assert.False(Padding.TryRemove(buffer));
    }

    [Theory]
    [InlineData(61u, 64)]
    [InlineData(60u, 128)]
    [InlineData(0u, 128)]
    [InlineData(16_777_217u, 64)]
    [InlineData(0x7fffffffu, 64)]
    [InlineData(0x80000000u, 64)]
    [InlineData(uint.MaxValue, 64)]
    public void A_length_that_does_not_fit_is_refused(uint length, int padded)
    {
        using var buffer = SecretBuffer.Allocate(padded);
        BinaryPrimitives.WriteUInt32BigEndian(buffer.Span, length);

        Assert.False(Padding.TryRemove(buffer));
    }
}
