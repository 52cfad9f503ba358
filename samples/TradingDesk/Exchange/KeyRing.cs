using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http.Extensions;
using Strongroom;

namespace TradingDesk.Exchange;

/// <summary>A key that the exchange has issued. A pending one is not accepted yet.</summary>
internal sealed record VenueKey(string Id, bool IsEd25519, byte[] Material, DateTimeOffset Expires, VenueKey.Standing State)
{
    internal enum Standing
    {
        Pending,
        Active,
        Revoked,
    }
}

/// <summary>What the exchange hands out once and never again; of Ed25519 it knows the public key only, so there is no secret.</summary>
internal sealed record IssuedKey(string Key, string? Secret, DateTimeOffset Expires);

/// <summary>The keys of the exchange, and its judgement of requests that are signed with them.</summary>
internal sealed class KeyRing(TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(30);
    private readonly ConcurrentDictionary<string, VenueKey> _keys = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _nonces = new(StringComparer.Ordinal);

    /// <summary>Issues a key: with HMAC the exchange makes the secret, with Ed25519 it is given a public key.</summary>
    public IssuedKey Issue(byte[]? publicKey, TimeSpan lifetime, VenueKey.Standing state)
    {
        string id = "K" + Convert.ToHexString(RandomNumberGenerator.GetBytes(8)), secret = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        DateTimeOffset expires = time.GetUtcNow() + lifetime;
        _keys[id] = new VenueKey(id, publicKey is not null, publicKey ?? System.Text.Encoding.ASCII.GetBytes(secret), expires, state);
        return new IssuedKey(id, publicKey is null ? secret : null, expires);
    }

    /// <summary>Makes a key active or revoked; twice is as good as once. False when there is none.</summary>
    public bool Move(string id, VenueKey.Standing state)
    {
        if (!_keys.TryGetValue(id, out VenueKey? key) || (state == VenueKey.Standing.Active && key.State == VenueKey.Standing.Revoked))
            return false;
        _keys[id] = key with { State = state };
        return true;
    }

    /// <summary>Why a request is refused, or null.</summary>
    public string? Refusal(HttpRequest request, ReadOnlySpan<byte> body)
    {
        string timestamp = request.Headers["X-Timestamp"].ToString(), nonce = request.Headers["X-Nonce"].ToString();
        if (!_keys.TryGetValue(request.Headers["X-Key"].ToString(), out VenueKey? key))
            return "unknown";
        if (!Fits(key, SignedRequest.Canonical(request.Method, request.GetEncodedPathAndQuery(), timestamp, nonce, body), request.Headers["X-Signature"].ToString()))
            return "signature";
        // Only who has the key learns how it stands.
        if (key.State != VenueKey.Standing.Active)
            return key.State == VenueKey.Standing.Revoked ? "revoked" : "pending";
        DateTimeOffset now = time.GetUtcNow();
        if (now >= key.Expires)
            return "expired";
        bool isFresh = long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out long sent) && (now - DateTimeOffset.FromUnixTimeMilliseconds(sent)).Duration() < Window;
        return isFresh && _nonces.TryAdd(nonce, true) ? null : "replayed";
    }

    private static bool Fits(VenueKey key, byte[] message, string signature)
    {
        Span<byte> given = stackalloc byte[64];
        if (key.IsEd25519)
            return Convert.TryFromBase64String(signature, given, out int length) && Ed25519SigningKey.Verify(key.Material, message, given[..length]);
        return Convert.FromHexString(signature, given, out _, out int written) == System.Buffers.OperationStatus.Done && CryptographicOperations.FixedTimeEquals(HMACSHA256.HashData(key.Material, message), given[..written]);
    }
}
