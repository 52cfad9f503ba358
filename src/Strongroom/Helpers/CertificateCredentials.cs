using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Strongroom;

/// <summary>
/// A certificate with its private key and the chain it is shown with. Fields in the vault: <c>certificate</c> (PEM, the leaf first, then intermediates) and <c>key</c> (PEM); or <c>pfx</c> and, where there is one,
/// <c>password</c>; or a plain value of PEM blocks. A key that does not belong to the certificate is refused.
/// </summary>
public sealed class CertificateCredentials : IDisposable
{
    private CertificateCredentials(X509Certificate2 certificate, X509Certificate2Collection intermediates) => (Certificate, Intermediates) = (certificate, intermediates);

    /// <summary>The certificate with its private key.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>The certificates between it and a root, which are shown with it.</summary>
    public X509Certificate2Collection Intermediates { get; }

    /// <summary>Until when it is valid.</summary>
    public DateTimeOffset ExpiresAt => new(Certificate.NotAfter.ToUniversalTime());

    /// <summary>From when on it is valid.</summary>
    public DateTimeOffset ValidFrom => new(Certificate.NotBefore.ToUniversalTime());

    /// <summary>Reads PEM: certificates, the leaf first, and the private key.</summary>
    /// <param name="certificates">The certificates.</param>
    /// <param name="key">The private key; may be the same text as the certificates.</param>
    /// <exception cref="VaultConfigurationException">Something is missing, can't be read, or does not belong together.</exception>
    public static CertificateCredentials FromPem(ReadOnlySpan<byte> certificates, ReadOnlySpan<byte> key) => FromPem("given", certificates, key);

    /// <summary>What a TLS server or client shows: the certificate with its chain, built once, without a network call.</summary>
    public SslStreamCertificateContext ToContext() => SslStreamCertificateContext.Create(Certificate, Intermediates, offline: true);

    /// <summary>The subject and the expiry, nothing secret.</summary>
    public override string ToString() => $"{Certificate.Subject} until {ExpiresAt:yyyy-MM-dd} ***";

    /// <inheritdoc/>
    public void Dispose()
    {
        Certificate.Dispose();
        foreach (X509Certificate2 intermediate in Intermediates)
            intermediate.Dispose();
    }

    /// <summary>Reads a secret that holds a certificate.</summary>
    /// <exception cref="VaultConfigurationException">A field is missing or can't be read, or the key does not belong to the certificate.</exception>
    public static CertificateCredentials Read(SecretData data)
    {
        ArgumentNullException.ThrowIfNull(data);
        string name = data.Name.ToString();
        if (!data.Value.HasFields)
            return FromPem(name, data.Value.Span, data.Value.Span);
        var fields = new FieldReader(data, "a certificate");
        return fields.Has("pfx") ? FromPfx(name, fields.Bytes("pfx"), fields.Optional("password")) : FromPem(name, fields.Bytes("certificate"), fields.Bytes("key"));
    }

    /// <summary>Refuses a certificate that is not valid at this time.</summary>
    /// <exception cref="SecretExpiredException">It has expired.</exception>
    /// <exception cref="VaultConfigurationException">It is not valid yet.</exception>
    public CertificateCredentials ThrowIfNotValid(SecretName name, DateTimeOffset now)
    {
        if (ExpiresAt <= now)
            throw new SecretExpiredException("SR1131", $"The certificate {name} expired at {ExpiresAt:yyyy-MM-dd HH:mm} UTC.", "Write a renewed one.");
        if (ValidFrom > now)
            throw new VaultConfigurationException("SR1132", $"The certificate {name} is valid only from {ValidFrom:yyyy-MM-dd HH:mm} UTC on.", "Write it later, or check this machine's clock.");
        return this;
    }

    internal static SecretValue ToValue(ReadOnlySpan<byte> certificates, ReadOnlySpan<byte> key) => SecretValue.FromFields(
    [
        new("certificate", SecretValue.FromBytes(certificates)),
        new("key", SecretValue.FromBytes(key)),
    ]);

    private static CertificateCredentials FromPfx(string name, ReadOnlySpan<byte> pfx, ReadOnlySpan<byte> password)
    {
        using var text = new WipedChars(password);
        var all = new X509Certificate2Collection();
        try
        {
            all = X509CertificateLoader.LoadPkcs12Collection(pfx, text.Span, X509KeyStorageFlags.EphemeralKeySet);
        }
        catch (CryptographicException)
        {
            throw Unreadable(name, "the PFX can't be opened with its password");
        }

        X509Certificate2 leaf = all.FirstOrDefault(static certificate => certificate.HasPrivateKey) ?? throw Unreadable(name, "the PFX has no certificate with a private key");
        all.Remove(leaf);
        return new CertificateCredentials(Usable(leaf), all);
    }

    private static CertificateCredentials FromPem(string name, ReadOnlySpan<byte> certificates, ReadOnlySpan<byte> key)
    {
        using WipedChars chain = new(certificates), secret = new(key);
        var all = new X509Certificate2Collection();
        try
        {
            all.ImportFromPem(chain.Span);
        }
        catch (CryptographicException)
        {
            throw Unreadable(name, "its certificates are not PEM");
        }

        if (all.Count == 0)
            throw Unreadable(name, "it has no PEM block of a certificate");
        X509Certificate2 leaf;
        try
        {
            leaf = X509Certificate2.CreateFromPem(chain.Span, secret.Span);
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException)
        {
            throw Unreadable(name, "its private key can't be read, or does not belong to its first certificate");
        }

        all[0].Dispose();
        all.RemoveAt(0);
        return new CertificateCredentials(Usable(leaf), all);
    }

    // The TLS of Windows can't use a key that is only in memory; it takes one that comes from a PFX.
    private static X509Certificate2 Usable(X509Certificate2 certificate)
    {
        if (!OperatingSystem.IsWindows())
            return certificate;
        byte[] pfx = certificate.Export(X509ContentType.Pfx);
        try
        {
            using (certificate)
                return X509CertificateLoader.LoadPkcs12(pfx, null);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pfx);
        }
    }

    private static VaultConfigurationException Unreadable(string name, string reason) =>
        new("SR1130", $"The certificate {name} can't be used: {reason}.", "Write it with the fields certificate (PEM, the leaf first) and key (PEM), or pfx and password.");

    /// <summary>Characters of a secret text, wiped when it is over.</summary>
    private readonly ref struct WipedChars : IDisposable
    {
        private readonly char[] _chars;
        private readonly int _length;

        public WipedChars(ReadOnlySpan<byte> utf8)
        {
            _chars = GC.AllocateUninitializedArray<char>(utf8.Length, pinned: true);
            _length = Encoding.Latin1.GetChars(utf8, _chars);
        }

        public ReadOnlySpan<char> Span => _chars.AsSpan(0, _length);

        public void Dispose() => CryptographicOperations.ZeroMemory(System.Runtime.InteropServices.MemoryMarshal.AsBytes(_chars.AsSpan()));
    }
}
