using System.Data.Common;
using System.Text;
using Strongroom.Tests.Vault;

namespace Strongroom.Tests.Helpers;

/// <summary>Typed records: what is stored comes back, what is missing is named, connection strings are right, and one line is enough.</summary>
public sealed class SecretsHelperTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(5432)]
    [InlineData(null)]
    public async Task Database_credentials_come_back(int? port)
    {
        using var vault = new TestVault();
        await using SecretsManager manager = await vault.CreateAsync();
        var helper = new SecretsHelper(manager);
        using var given = new DatabaseCredentials("db.internal", port, "orders", "oms", "p;w='\"x"u8);

        SecretMetadata metadata = await helper.StoreDatabaseCredentialsAsync("db/orders", given, ct: Ct);

        Assert.Equal(SecretType.DatabaseCredentials, metadata.SecretType);
        using DatabaseCredentials read = await helper.GetDatabaseCredentialsAsync("db/orders", Ct);
        Assert.Equal(("db.internal", port, "orders", "oms"), (read.Host, read.Port, read.Database, read.Username));
        Assert.True(read.Password.FixedTimeEquals(given.Password));
        Assert.DoesNotContain("p;w", read.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Connection_strings_say_what_was_given_whatever_is_in_it()
    {
        using var login = new DatabaseCredentials("db.internal", 5433, "or;ders", "o'ms", Encoding.UTF8.GetBytes("p;w='\"x; Host=evil"));
        using var plain = new DatabaseCredentials("db", null, "d", "u", "p"u8);

        var postgres = new DbConnectionStringBuilder { ConnectionString = login.DangerousPostgreSqlConnectionString() };
        Assert.Equal(("db.internal", "5433", "or;ders", "o'ms", "p;w='\"x; Host=evil"), (postgres["Host"], postgres["Port"], postgres["Database"], postgres["Username"], postgres["Password"]));
        var server = new DbConnectionStringBuilder { ConnectionString = login.DangerousSqlServerConnectionString() };
        Assert.Equal(("db.internal,5433", "or;ders", "o'ms", "p;w='\"x; Host=evil"), (server["Data Source"], server["Initial Catalog"], server["User ID"], server["Password"]));
        Assert.Equal("Host=db;Database=d;Username=u;Password=p", plain.DangerousPostgreSqlConnectionString(), ignoreCase: true);
        Assert.Equal("Data Source=db;Initial Catalog=d;User ID=u;Password=p", plain.DangerousSqlServerConnectionString(), ignoreCase: true);
    }

    [Theory]
    [InlineData("host")]
    [InlineData("database")]
    [InlineData("username")]
    [InlineData("password")]
    public async Task A_missing_or_empty_field_is_named_with_those_that_are_there(string field)
    {
        using var vault = new TestVault();
        await using SecretsManager manager = await vault.CreateAsync();
        var fields = new Dictionary<string, string>(StringComparer.Ordinal) { ["host"] = "h", ["database"] = "d", ["username"] = "u", ["password"] = "hunter2" };
        fields.Remove(field);

        foreach (bool empty in (bool[])[false, true])
        {
            if (empty)
                fields[field] = "";
            await SetAsync(manager, fields);
            var error = await Assert.ThrowsAsync<VaultConfigurationException>(async () => await new SecretsHelper(manager).GetDatabaseCredentialsAsync("a", Ct));
            Assert.Equal("SR1512", error.Code);
            Assert.Contains($"'{field}'", error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("hunter2", error.ToString(), StringComparison.Ordinal);
            Assert.Contains("strongroom set a", error.Hint, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("0")]
    [InlineData("65536")]
    [InlineData("-1")]
    [InlineData("+80")]
    [InlineData("80 ")]
    [InlineData("http")]
    public async Task A_port_that_is_none_is_refused(string port)
    {
        using var vault = new TestVault();
        await using SecretsManager manager = await vault.CreateAsync();
        await SetAsync(manager, new() { ["host"] = "h", ["port"] = port, ["database"] = "d", ["username"] = "u", ["password"] = "p" });

        var error = await Assert.ThrowsAsync<VaultConfigurationException>(async () => await new SecretsHelper(manager).GetDatabaseCredentialsAsync("a", Ct));

        Assert.Equal("SR1511", error.Code);
        Assert.Contains("'port'", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new DatabaseCredentials("h", 65536, "d", "u", "p"u8));
    }

    [Fact]
    public async Task A_secret_that_is_no_login_or_is_not_there_says_so()
    {
        using var vault = new TestVault();
        await using SecretsManager manager = await vault.CreateWithAsync("plain");
        var helper = new SecretsHelper(manager);

        var plain = await Assert.ThrowsAsync<VaultConfigurationException>(async () => await helper.GetDatabaseCredentialsAsync("plain", Ct));
        Assert.Contains("plain value without fields", plain.Message, StringComparison.Ordinal);
        Assert.Equal("SR1417", (await Assert.ThrowsAsync<SecretNotFoundException>(async () => await helper.GetDatabaseCredentialsAsync("none", Ct))).Code);
        Assert.Equal("SR1417", (await Assert.ThrowsAsync<SecretNotFoundException>(async () => await helper.GetApiKeyAsync("none", Ct))).Code);
    }

    [Fact]
    public async Task An_api_key_comes_back_with_and_without_companions()
    {
        using var vault = new TestVault();
        await using SecretsManager manager = await vault.CreateAsync();
        var helper = new SecretsHelper(manager);
        using var full = new ApiKey("k"u8, "s"u8, "p"u8, new Uri("https://api.example.com/v1"));
        using var bare = new ApiKey("k"u8);

        Assert.Equal(SecretType.ApiKey, (await helper.StoreApiKeyAsync("full", full, ct: Ct)).SecretType);
        await helper.StoreApiKeyAsync("bare", bare, new SetOptions { Type = SecretType.Token }, Ct);
        await manager.SetAsync("plain", "k");

        using ApiKey one = await helper.GetApiKeyAsync("full", Ct), two = await helper.GetApiKeyAsync("bare", Ct), three = await helper.GetApiKeyAsync("plain", Ct);
        Assert.Equal(("k", "s", "p"), (one.Key.DangerousRevealString(), one.Secret!.DangerousRevealString(), one.Passphrase!.DangerousRevealString()));
        Assert.Equal("https://api.example.com/v1", one.Endpoint!.OriginalString);
        Assert.All((ApiKey[])[two, three], key => Assert.Equal(("k", null, null, null), (key.Key.DangerousRevealString(), key.Secret, key.Passphrase, key.Endpoint)));
        Assert.Equal("*** at api.example.com", one.ToString());
        Assert.Equal(SecretType.Token, (await manager.GetMetadataAsync("bare", Ct))!.SecretType);
    }

    [Fact]
    public async Task An_api_key_without_key_or_with_half_an_address_is_refused()
    {
        using var vault = new TestVault();
        await using SecretsManager manager = await vault.CreateAsync();
        var helper = new SecretsHelper(manager);

        await SetAsync(manager, new() { ["secret"] = "s" });
        Assert.Equal("SR1512", (await Assert.ThrowsAsync<VaultConfigurationException>(async () => await helper.GetApiKeyAsync("a", Ct))).Code);
        await SetAsync(manager, new() { ["key"] = "k", ["endpoint"] = "api.example.com" });
        Assert.Equal("SR1511", (await Assert.ThrowsAsync<VaultConfigurationException>(async () => await helper.GetApiKeyAsync("a", Ct))).Code);
        Assert.Throws<ArgumentException>(() => new ApiKey([]));
        Assert.Throws<ArgumentException>(() => new ApiKey("k"u8, endpoint: new Uri("/v1", UriKind.Relative)));
    }

    [Fact]
    public async Task The_default_is_the_one_that_was_set()
    {
        using var vault = new TestVault();
        await using SecretsManager manager = await vault.CreateAsync();
        using var key = new ApiKey("k"u8);
        await new SecretsHelper(manager).StoreApiKeyAsync("broker", key, ct: Ct);

        SecretsHelper.UseDefault(manager);

        using ApiKey read = await SecretsHelper.Default.GetApiKeyAsync("broker", Ct);
        Assert.Equal("k", read.Key.DangerousRevealString());
    }

    [Fact]
    public async Task One_line_is_enough_where_the_environment_names_vault_and_key()
    {
        using var vault = new TestVault();
        await using (SecretsManager manager = await vault.CreateAsync())
        {
            using var key = new ApiKey("from the environment"u8);
            await new SecretsHelper(manager).StoreApiKeyAsync("broker", key, ct: Ct);
        }

        Dictionary<string, string> environment = new(StringComparer.Ordinal) { ["STRONGROOM_VAULT"] = vault.VaultPath, ["STRONGROOM_STATE_DIR"] = vault.Options.StateDirectory!, ["STRONGROOM_KEY_FILE"] = vault.KeyPath };
        Assert.Equal((0, "from the environment"), Default());
        environment["STRONGROOM_KEY_FILE"] = "";
        Assert.Contains("SR1510", Default().Output, StringComparison.Ordinal);
        environment["STRONGROOM_VAULT"] = "";
        Assert.Contains("SR1502", Default().Output, StringComparison.Ordinal);

        (int Exit, string Output) Default()
        {
            var (exit, output, _) = LocalVaults.Child.Run(["default", vault.VaultPath, "broker"], environment: environment);
            return (exit, output);
        }
    }

    private static async Task SetAsync(SecretsManager manager, Dictionary<string, string> fields)
    {
        using SecretValue value = SecretValue.FromFields(fields.Select(field => KeyValuePair.Create(field.Key, SecretValue.DangerousFromString(field.Value))));
        await manager.SetAsync("a", value, ct: Ct);
    }
}
