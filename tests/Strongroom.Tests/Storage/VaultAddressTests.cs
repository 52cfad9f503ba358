using Strongroom.Storage;

namespace Strongroom.Tests.Storage;

/// <summary>What is a path, what is an address, and that a password in one goes nowhere.</summary>
public sealed class VaultAddressTests
{
    [Theory]
    [InlineData("vault.json")]
    [InlineData("/srv/a:b.json")]
    [InlineData("C:\\vaults\\prod.json")]
    [InlineData("prod:vault.json")]
    [InlineData("./sqlite:x")]
    [InlineData(":x")]
    public void A_path_is_no_address(string text) => Assert.Null(VaultAddress.Of(text));

    [Theory]
    [InlineData("sqlite:vault.db", "sqlite")]
    [InlineData("SQLite:/srv/vault.db", "sqlite")]
    [InlineData("postgres://db/vault", "postgres")]
    [InlineData("mysql://db/vault", "mysql")]
    public void An_address_has_a_scheme(string text, string scheme) => Assert.Equal(scheme, VaultAddress.Of(text)!.Scheme);

    [Theory]
    [InlineData("postgres://u:canary@h/d", "postgres://u@h/d")]
    [InlineData("postgres://u:c@nary@h1,h2:5433/d?sslmode=require", "postgres://u@h1,h2:5433/d?sslmode=require")]
    [InlineData("postgres://u@h/d?Password=canary&sslmode=require", "postgres://u@h/d?sslmode=require")]
    [InlineData("postgres://u@h/d?%70assword=canary", "postgres://u@h/d")]
    [InlineData("postgres://u@h/d?ssl_password=canary", "postgres://u@h/d")]
    [InlineData("postgres://u:canary@h", "postgres://u@h")]
    [InlineData("postgres://h:5432/d", "postgres://h:5432/d")]
    [InlineData("sqlite:a:b@c", "sqlite:a:b@c")]
    public void A_password_is_not_shown(string text, string shown)
    {
        VaultAddress address = VaultAddress.Of(text)!;

        Assert.Equal(shown, address.ToString());
        Assert.Equal(text != shown, address.HasPassword);
        Assert.DoesNotContain("canary", new VaultOptions { Path = text }.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scheme_without_a_backend_names_the_package()
    {
        using var vault = new Vault.TestVault();
        vault.Options = vault.Options with { Path = "postgres://u:canary@db/vault" };
        VaultConfigurationException known = await Assert.ThrowsAsync<VaultConfigurationException>(() => vault.OpenAsync().AsTask());
        Assert.Equal("SR1520", known.Code);
        Assert.Contains("Strongroom.Backends.PostgreSql", known.Hint, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", known.ToString(), StringComparison.Ordinal);
        vault.Options = vault.Options with { Path = "mysql://db/vault" };
        Assert.Contains("sqlite:", (await Assert.ThrowsAsync<VaultConfigurationException>(() => vault.OpenAsync().AsTask())).Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_registered_provider_opens_the_vaults_of_its_scheme()
    {
        using var vault = new Vault.TestVault();
        await using var storage = new Testing.InMemoryBackend();
        VaultBackends.Register(new Provider(storage));
        vault.Options = vault.Options with { Path = "in-memory-test:one" };
        await using (SecretsManager made = await vault.CreateAsync())
            await Vault.TestExtensions.SetAsync(made, "a", "1");
        await using SecretsManager opened = await vault.OpenAsync();
        Assert.Equal("1", await Vault.TestExtensions.TextAsync(opened, "a"));
    }

    private sealed class Provider(Testing.InMemoryBackend storage) : IVaultBackendProvider
    {
        public IReadOnlyList<string> Schemes => ["in-memory-test"];

        public IVaultBackend Open(VaultAddress address, BackendSettings settings) => storage.OpenAnother();
    }
}
