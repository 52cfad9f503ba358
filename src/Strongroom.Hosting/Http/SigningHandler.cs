using System.Buffers;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;

namespace Strongroom.Hosting;

/// <summary>A key that signs requests, and what names it to the other side; both of one version.</summary>
internal sealed class RequestKey : IDisposable
{
    private readonly RequestSignatureAlgorithm _algorithm;
    private readonly SecretValue? _mac;
    private readonly Ed25519SigningKey? _private;

    public RequestKey(SecretData data, RequestSigner signer)
    {
        _algorithm = signer.Algorithm;
        ReadOnlySpan<byte> key;
        if (!data.Value.HasFields)
        {
            key = data.Value.Span;
        }
        else
        {
            if (!data.Value.TryGetField(signer.SecretField, out key))
                throw new VaultConfigurationException("SR1732", $"The secret {data.Name} can't sign requests: it has no field '{signer.SecretField}'.", $"It has {string.Join(", ", data.Value.FieldNames)}; set SecretField, or write it with that field.");
            if (data.Value.FieldNames.Contains(signer.KeyIdField, StringComparer.Ordinal))
                KeyId = HeaderText.Read(data, signer.KeyIdField, "").Text;
        }

        if (_algorithm == RequestSignatureAlgorithm.Ed25519)
            _private = Ed25519SigningKey.Import(key);
        else
            _mac = SecretValue.FromBytes(key);
    }

    public string? KeyId { get; }

    public string Sign(ReadOnlySpan<byte> message, SignatureEncoding? encoding)
    {
        Span<byte> signature = stackalloc byte[64];
        int length = signature.Length;
        if (_private is not null)
            _private.Sign(message, signature);
        else
            length = _algorithm == RequestSignatureAlgorithm.HmacSha512 ? HMACSHA512.HashData(_mac!.Span, message, signature) : HMACSHA256.HashData(_mac!.Span, message, signature);
        return encoding switch
        {
            SignatureEncoding.Base64 => Convert.ToBase64String(signature[..length]),
            null when _private is not null => Convert.ToBase64String(signature[..length]),
            _ => Convert.ToHexStringLower(signature[..length]),
        };
    }

    public void Dispose()
    {
        _mac?.Dispose();
        _private?.Dispose();
    }
}

/// <summary>Signs requests.</summary>
internal sealed class SigningHandler(LiveSource<RequestKey> source, RequestSigner signer, TimeProvider time, ILogger logger) : CredentialHandler<RequestKey>(source, logger)
{
    protected override bool ReadsBody => true;

    protected override void Add(HttpRequestMessage request, RequestKey credential, ReadOnlyMemory<byte> body)
    {
        var toSign = new RequestToSign(request, body, credential.KeyId, time.GetUtcNow());
        signer.Prepare?.Invoke(toSign);
        string canonical = signer.Canonical(toSign);
        byte[] rented = ArrayPool<byte>.Shared.Rent(Cryptography.Utf8.Strict.GetMaxByteCount(canonical.Length));
        try
        {
            int length = Cryptography.Utf8.Strict.GetBytes(canonical, rented);
            signer.Attach(toSign, credential.Sign(rented.AsSpan(0, length), signer.Encoding));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
