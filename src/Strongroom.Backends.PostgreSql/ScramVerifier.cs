using System.Security.Cryptography;
using System.Text;

namespace Strongroom.Backends.PostgreSql;

/// <summary>
/// What PostgreSQL keeps of a password (RFC 5803, SCRAM-SHA-256). Made here, so that the password itself never goes to the server in a statement, where its log and its views of activity would show it.
/// </summary>
internal static class ScramVerifier
{
    private const int Iterations = 4096, SaltLength = 16, HashLength = 32;

    /// <summary>Whether a password can be hashed here: of other characters the server makes a normal form first.</summary>
    public static bool Fits(ReadOnlySpan<byte> password) => password.Length > 0 && !password.ContainsAnyExceptInRange((byte)0x20, (byte)0x7e);

    public static string Make(ReadOnlySpan<byte> password)
    {
        Span<byte> salt = stackalloc byte[SaltLength];
        RandomNumberGenerator.Fill(salt);
        return Make(password, salt, Iterations);
    }

    public static string Make(ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, int iterations)
    {
        Span<byte> salted = stackalloc byte[HashLength], client = stackalloc byte[HashLength], stored = stackalloc byte[HashLength], server = stackalloc byte[HashLength];
        Rfc2898DeriveBytes.Pbkdf2(password, salt, salted, iterations, HashAlgorithmName.SHA256);
        HMACSHA256.HashData(salted, "Client Key"u8, client);
        SHA256.HashData(client, stored);
        HMACSHA256.HashData(salted, "Server Key"u8, server);
        CryptographicOperations.ZeroMemory(salted);
        CryptographicOperations.ZeroMemory(client);
        return new StringBuilder("SCRAM-SHA-256$").Append(iterations).Append(':').Append(Convert.ToBase64String(salt)).Append('$').Append(Convert.ToBase64String(stored)).Append(':').Append(Convert.ToBase64String(server)).ToString();
    }
}
