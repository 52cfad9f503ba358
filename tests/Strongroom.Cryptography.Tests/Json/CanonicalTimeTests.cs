using System.Globalization;
using System.Text;
using CsCheck;

namespace Strongroom.Cryptography.Tests;

public sealed class CanonicalTimeTests
{
    [Theory]
    [InlineData("0001-01-01T00:00:00.000Z")]
    [InlineData("9999-12-31T23:59:59.999Z")]
    [InlineData("2024-02-29T12:34:56.789Z")]
    public void Times_are_read_and_printed_alike(string text)
    {
        Assert.True(CanonicalTime.TryParse(Encoding.ASCII.GetBytes(text), out var time));
        Assert.Equal(DateTimeOffset.Parse(text, CultureInfo.InvariantCulture), time);
        Assert.Equal(text, CanonicalTime.Format(time));
        Assert.True(CanonicalTime.IsValid(text));
    }

    [Theory]
    [InlineData("")]
    [InlineData("2026-01-02T03:04:05Z")]
    [InlineData("2026-01-02T03:04:05.6789Z")]
    [InlineData("2026-01-02T03:04:05.678z")]
    [InlineData("2026-01-02t03:04:05.678Z")]
    [InlineData("2026-01-02 03:04:05.678Z")]
    [InlineData("2026/01/02T03:04:05.678Z")]
    [InlineData("2026-01-02T03-04:05.678Z")]
    [InlineData("2026-01-02T03:04-05.678Z")]
    [InlineData("2026-01-02T03:04:05,678Z")]
    [InlineData("0000-01-02T03:04:05.678Z")]
    [InlineData("2026-00-02T03:04:05.678Z")]
    [InlineData("2026-13-02T03:04:05.678Z")]
    [InlineData("2026-01-00T03:04:05.678Z")]
    [InlineData("2026-01-32T03:04:05.678Z")]
    [InlineData("2026-02-29T03:04:05.678Z")]
    [InlineData("2026-01-02T24:00:00.000Z")]
    [InlineData("2026-01-02T03:60:00.000Z")]
    [InlineData("2026-01-02T03:04:60.000Z")]
    [InlineData("2026-01-02T03:04:05.0:0Z")]
    [InlineData("2026-01-02T03:04:05./00Z")]
    [InlineData("202:-01-02T03:04:05.678Z")]
    [InlineData(":000-01-02T03:04:05.678Z")]
    [InlineData("zzzz-01-02T03:04:05.678Z")]
    [InlineData("2026-01-02T03:04:05.zzzZ")]
    [InlineData("2026-01-02T03:04:05.67éZ")]
    [InlineData("2026-01-02T03:04:05.678+")]
    public void Other_forms_are_refused(string text)
    {
        Assert.False(CanonicalTime.TryParse(Encoding.UTF8.GetBytes(text), out _));
        Assert.False(CanonicalTime.IsValid(text));
    }

    [Fact]
    public void Every_time_survives_to_the_millisecond() =>
        Gen.Select(Gen.DateTimeOffset, Gen.Bool).Sample((time, _) =>
        {
            var text = CanonicalTime.Format(time);

            Assert.Equal(time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture), text);
            Assert.Equal($"\"{text}\"", Json.Write(writer => writer.Value(time)));
            Assert.Equal(time.UtcTicks / TimeSpan.TicksPerMillisecond, JsonValue.Of(text).Time.UtcTicks / TimeSpan.TicksPerMillisecond);
        });

    [Fact]
    public void A_changed_character_is_refused_or_another_time() =>
        Gen.Select(Gen.DateTimeOffset, Gen.Int[0, 23], Gen.Byte).Sample((time, position, character) =>
        {
            var bytes = Encoding.ASCII.GetBytes(CanonicalTime.Format(time));
            bytes[position] = character;

            if (CanonicalTime.TryParse(bytes, out var parsed))
                Assert.Equal(bytes, Encoding.ASCII.GetBytes(CanonicalTime.Format(parsed)));
        });
}
