using System.Security.Cryptography;
using Strongroom.Cryptography;

namespace Strongroom.Audit;

/// <summary>A chain's keys as the head holds them: K₀ (unless it was printed), state key, state IV key.</summary>
internal static class ChainKeys
{
    private const string Purpose = "audit-keys";
    private const int StateSize = 64;

    /// <summary>Opens a chain's keys. The caller owns both; <paramref name="first"/> is null when K₀ was printed.</summary>
    public static SealingKey Open(HardenedEncryption keys, ChainRecord record, out SecretBuffer? first)
    {
        using SecretBuffer opened = keys.OpenKey(Purpose, record.Id, record.SealedKeys);
        int kept = record.KeptUnderRoot ? ChainMac.KeySize : 0;
        if (opened.Length != kept + StateSize)
            throw AuditErrors.Keys(record.Id);
        var state = new SealingKey(opened.Span[kept..]);
        first = record.KeptUnderRoot ? SecretBuffer.CopyOf(opened.Span[..kept]) : null;
        return state;
    }

    /// <summary>Draws and seals the keys of a new chain.</summary>
    public static byte[] Create(HardenedEncryption keys, RandomId chain, bool keepFirst, out SealingKey state, out SecretBuffer first)
    {
        Span<byte> drawn = stackalloc byte[ChainMac.KeySize + StateSize];
        try
        {
            RandomNumberGenerator.Fill(drawn);
            byte[] sealedKeys = keys.SealKey(Purpose, chain, keepFirst ? drawn : drawn[ChainMac.KeySize..]);
            state = new SealingKey(drawn[ChainMac.KeySize..]);
            first = SecretBuffer.CopyOf(drawn[..ChainMac.KeySize]);
            return sealedKeys;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(drawn);
        }
    }
}
