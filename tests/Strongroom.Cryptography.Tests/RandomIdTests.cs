using CsCheck;

namespace Strongroom.Cryptography.Tests;

public sealed class RandomIdTests
{
    [Fact]
    public void Ids_survive_bytes_and_text_and_sort_as_their_bytes() => Gen.Select(Gen.Byte.Array[16], Gen.Byte.Array[16]).Sample((one, other) =>
    {
        var (id, second) = (RandomId.FromBytes(one), RandomId.FromBytes(other));
        var bytes = new byte[16];
        id.CopyTo(bytes);
        var order = one.AsSpan().SequenceCompareTo(other);

        Assert.Equal(one, bytes);
        Assert.Equal(Convert.ToHexStringLower(one), id.ToString());
        Assert.True(RandomId.TryParse(id.ToString(), out var parsed));
        Assert.Equal(id, parsed);
        Assert.Equal(Math.Sign(order), Math.Sign(id.CompareTo(second)));
        Assert.Equal((order < 0, order > 0), ((id < second), (id > second)));
        Assert.Equal((order <= 0, order >= 0), ((id <= second), (id >= second)));
        Assert.Equal((order == 0, order != 0), (id == second, id != second));
    });

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("0123456789abcdef0123456789abcde")]
    [InlineData("0123456789abcdef0123456789abcdef0")]
    [InlineData("0123456789ABCDEF0123456789abcdef")]
    [InlineData("0123456789abcdef0123456789abcdeg")]
    [InlineData(" 123456789abcdef0123456789abcdef")]
    public void Other_texts_are_refused(string? text)
    {
        Assert.False(RandomId.TryParse(text, out var id));
        Assert.Equal(default, id);
    }

    [Fact]
    public void New_ids_differ_and_equal_themselves()
    {
        var (one, other) = (RandomId.New(), RandomId.New());
        object same = RandomId.FromBytes(Convert.FromHexString(one.ToString()));

        Assert.NotEqual(one, other);
        Assert.True(one.Equals(same));
        Assert.False(one.Equals("text"));
        Assert.False(one.Equals((object)other));
        Assert.Equal(one.GetHashCode(), same.GetHashCode());
        Assert.Throws<ArgumentOutOfRangeException>(() => RandomId.FromBytes(new byte[15]));
    }
}
