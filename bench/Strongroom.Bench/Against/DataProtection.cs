using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.AuthenticatedEncryption;
using Microsoft.AspNetCore.DataProtection.AuthenticatedEncryption.ConfigurationModel;
using Microsoft.Extensions.DependencyInjection;

namespace Strongroom.Bench.Against;

/// <summary>ASP.NET Core Data Protection with AES-256-GCM, its key ring in memory after the first use.</summary>
internal sealed class DataProtection : IDisposable
{
    private readonly ServiceProvider _services;
    private readonly IDataProtector _protector;
    private readonly byte[] _protected;

    public DataProtection(string keys, byte[] value)
    {
        ServiceCollection services = new();
        services.AddDataProtection().PersistKeysToFileSystem(Directory.CreateDirectory(keys))
            .UseCryptographicAlgorithms(new AuthenticatedEncryptorConfiguration { EncryptionAlgorithm = EncryptionAlgorithm.AES_256_GCM });
        _services = services.BuildServiceProvider();
        _protector = _services.GetRequiredService<IDataProtectionProvider>().CreateProtector("bench");
        _protected = _protector.Protect(value);
    }

    public byte[] Unprotect() => _protector.Unprotect(_protected);

    public void Dispose() => _services.Dispose();
}
