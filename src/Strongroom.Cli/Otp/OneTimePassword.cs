using System.Buffers.Binary;
using System.Security.Cryptography;
using Strongroom.Cli.Input;

namespace Strongroom.Cli.Otp;

/// <summary>Codes that change with the time (TOTP, RFC 6238), from a key that the other side has too.</summary>
internal sealed class OneTimePassword(WipedBuffer key, OtpAlgorithm algorithm, int digits, int period) : IDisposable
{
    /// <summary>How many digits a code has: 6 to 8.</summary>
    public int Digits => digits;

    /// <summary>For how many seconds a code is good.</summary>
    public int Period => period;

    /// <summary>The hash.</summary>
    public OtpAlgorithm Algorithm => algorithm;

    /// <summary>Reads an <c>otpauth://totp/</c> address or a key in base32.</summary>
    /// <exception cref="CliException">It is neither.</exception>
    public static OneTimePassword Parse(ReadOnlySpan<byte> text) => OtpText.Parse(text);

    /// <summary>The code at a moment, as ASCII digits.</summary>
    public byte[] Code(DateTimeOffset moment)
    {
        Span<byte> counter = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(counter, moment.ToUnixTimeSeconds() / period);
        Span<byte> mac = stackalloc byte[64];
        mac = mac[..Mac(counter, mac)];
        // RFC 4226, section 5.3: the last half-byte says where the number is.
        var number = BinaryPrimitives.ReadUInt32BigEndian(mac[(mac[^1] & 0x0F)..]) & 0x7FFF_FFFF;
        CryptographicOperations.ZeroMemory(mac);
        var code = new byte[digits];
        for (var i = digits - 1; i >= 0; i--)
            (code[i], number) = ((byte)('0' + (number % 10)), number / 10);
        return code;
    }

    /// <summary>For how long the code of a moment is still good.</summary>
    public TimeSpan Left(DateTimeOffset moment) => TimeSpan.FromSeconds(period) - TimeSpan.FromTicks(moment.Subtract(DateTimeOffset.UnixEpoch).Ticks % TimeSpan.FromSeconds(period).Ticks);

    /// <inheritdoc/>
    public void Dispose() => key.Dispose();

    // SHA-1 is what RFC 6238 and nearly every service mean; collisions do not matter in an HMAC.
#pragma warning disable CA5350
    private int Mac(ReadOnlySpan<byte> counter, Span<byte> mac) => algorithm switch
    {
        OtpAlgorithm.Sha256 => HMACSHA256.HashData(key.Span, counter, mac),
        OtpAlgorithm.Sha512 => HMACSHA512.HashData(key.Span, counter, mac),
        _ => HMACSHA1.HashData(key.Span, counter, mac),
    };
#pragma warning restore CA5350
}
