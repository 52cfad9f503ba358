using System.Security.Cryptography;

namespace Strongroom.Cli.Moving;

/// <summary>Bytes of a secret for calls that want memory and not a span; wiped on dispose.</summary>
internal sealed class PinnedCopy : IDisposable
{
    private readonly byte[] _bytes;

    public PinnedCopy(ReadOnlySpan<byte> bytes)
    {
        _bytes = GC.AllocateUninitializedArray<byte>(bytes.Length, pinned: true);
        bytes.CopyTo(_bytes);
    }

    public ReadOnlyMemory<byte> Memory => _bytes;

    public void Dispose() => CryptographicOperations.ZeroMemory(_bytes);
}
