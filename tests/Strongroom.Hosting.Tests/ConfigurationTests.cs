using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Time.Testing;
using Strongroom.Tests.Vault;
using static Strongroom.Hosting.Tests.Support;

namespace Strongroom.Hosting.Tests;

/// <summary>What configuration takes from a vault, and what it says when it can't.</summary>
public sealed class ConfigurationTests : IDisposable
{
    private readonly TestVault _vault = new();

    public void Dispose() => _vault.Dispose();

    [Fact]
    public async Task Names_and_fields_become_keys()
    {
        await using SecretsManager manager = await _vault.CreateWithAsync("prod/oms/token", "prod/oms/log--level", "test/oms/token");
        using var login = new DatabaseCredentials("db.internal", 5432, "orders", "oms", "pa55word"u8);
        await new SecretsHelper(manager).StoreDatabaseCredentialsAsync("prod/oms/db", login, ct: Ct);

        using ConfigurationManager configuration = Build(options => options.Prefix = "prod/oms/");

        Assert.Equal("value of prod/oms/token", configuration["token"]);
        Assert.Equal("value of prod/oms/log--level", configuration["log:level"]);
        Assert.Equal("pa55word", configuration["DB:Password"]);
        Assert.Equal("5432", configuration["db:port"]);
        Assert.Null(configuration["test/oms/token"]);
        Assert.Equal(3, configuration.GetChildren().Count());
    }

    [Fact]
    public async Task What_is_not_selected_is_never_read()
    {
        await using SecretsManager manager = await _vault.CreateWithAsync("a", "b");
        await manager.UpdateMetadataAsync("b", new MetadataChange { Tags = new Dictionary<string, string?>(StringComparer.Ordinal) { ["app"] = "oms" } }, ct: Ct);
        var seen = new Observer();

        using ConfigurationManager configuration = Build(options =>
        {
            options.Prefix = "";
            options.Select = static secret => secret.Metadata.Tags.ContainsKey("app");
            options.ConfigureVault = given => _vault.Options with { Path = given.Path, Observer = seen };
        });

        Assert.Null(configuration["a"]);
        Assert.Equal("value of b", configuration["b"]);
        Assert.Equal(["b"], seen.Names);
    }

    [Fact]
    public async Task References_in_other_configuration_are_replaced_whole_and_within_text()
    {
        await using SecretsManager manager = await _vault.CreateWithAsync("token");
        using var login = new DatabaseCredentials("db", null, "orders", "oms", "pa55;word"u8);
        await new SecretsHelper(manager).StoreDatabaseCredentialsAsync("db/oms", login, ct: Ct);
        using (SecretValue binary = SecretValue.FromBytes([0xff, 0x00]))
            await manager.SetAsync("binary", binary, ct: Ct);
        var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection([new("Api:Token", "strongroom://token"), new("Db", "Host=db;Password=${strongroom://db/oms#password};User=${strongroom://db/oms#username}"), new("Key", "strongroom://binary?as=base64"), new("Plain", "x"), new("Other", "strongroom://hsm@token")]);

        configuration.AddStrongroom(_vault.Configure);

        Assert.Equal("value of token", configuration["api:token"]);
        Assert.Equal("Host=db;Password=pa55;word;User=oms", configuration["Db"]);
        Assert.Equal("/wA=", configuration["Key"]);
        Assert.Equal("x", configuration["Plain"]);
        Assert.Equal("strongroom://hsm@token", configuration["Other"]);
        Assert.Null(configuration["token"]);
        configuration.Dispose();
    }

    [Fact]
    public async Task References_work_with_the_other_kind_of_builder_and_with_files()
    {
        await using SecretsManager manager = await _vault.CreateWithAsync("token");
        string file = Path.Combine(_vault.Folder, "appsettings.json");
        await File.WriteAllTextAsync(file, """{ "Api": { "Token": "strongroom://token" } }""", Ct);

        IConfigurationRoot configuration = new ConfigurationBuilder().AddJsonFile(file).AddStrongroom(_vault.Configure).Build();

        Assert.Equal("value of token", configuration["Api:Token"]);
        ((IDisposable)configuration).Dispose();
    }

    [Fact]
    public async Task A_reference_follows_a_reload_of_the_file_that_it_stands_in()
    {
        await using SecretsManager manager = await _vault.CreateWithAsync("one", "two");
        string file = Path.Combine(_vault.Folder, "appsettings.json");
        await File.WriteAllTextAsync(file, """{ "Token": "strongroom://one" }""", Ct);
        using var configuration = new ConfigurationManager();
        configuration.AddJsonFile(file, optional: false, reloadOnChange: false).AddStrongroom(_vault.Configure);
        Assert.Equal("value of one", configuration["Token"]);

        await File.WriteAllTextAsync(file, """{ "Token": "strongroom://two" }""", Ct);
        ((IConfigurationRoot)configuration).Reload();

        Assert.Equal("value of two", configuration["Token"]);
    }

    [Theory]
    [InlineData("strongroom://missing", "SR1716", "'Key' refers to strongroom://missing, and there is no such secret.", "strongroom set missing")]
    [InlineData("strongroom://token#password", "SR1718", "'Key' refers to strongroom://token#password, which has no such field.", "plain value")]
    [InlineData("strongroom://token?as=otp", "SR1713", "'Key' asks for a one-time password", "Read the secret when")]
    [InlineData("a${strongroom://token", "SR1712", "'Key' is not closed", "${strongroom://path#field}")]
    [InlineData("strongroom://to ken", "SR1101", "In 'Key'", "segments")]
    public async Task A_bad_reference_names_its_key_and_the_remedy(string text, string code, string message, string hint)
    {
        await (await _vault.CreateWithAsync("token")).DisposeAsync();
        using var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection([new("Key", text)]);

        StrongroomException error = Assert.ThrowsAny<StrongroomException>(() => configuration.AddStrongroom(_vault.Configure));

        Assert.Equal(code, error.Code);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains(hint, error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_secrets_for_one_key_are_refused()
    {
        await (await _vault.CreateWithAsync("a--b", "a/b")).DisposeAsync();

        Assert.Equal("SR1714", Assert.Throws<VaultConfigurationException>(() => Build(static options => options.Prefix = "")).Code);
    }

    [Fact]
    public async Task A_missing_vault_is_an_error_unless_it_is_optional_or_ignored_and_tampering_always_is_one()
    {
        Assert.Equal("SR1410", Assert.Throws<VaultUnavailableException>(() => Build()).Code);
        Assert.Equal("SR1701", Assert.Throws<VaultConfigurationException>(() => new ConfigurationManager().AddStrongroom()).Code);
        using (ConfigurationManager optional = Build(static options => options.Optional = true))
            Assert.Empty(optional.GetChildren());
        StrongroomLoadExceptionContext? told = null;
        using (Build(options => options.OnLoadException = context => (told = context).Ignore = true))
            Assert.Equal("SR1410", told!.Exception.Code);
        Assert.False(told.IsReload);

        await (await _vault.CreateWithAsync("a")).DisposeAsync();
        string text = await File.ReadAllTextAsync(_vault.VaultPath, Ct);
        await File.WriteAllTextAsync(_vault.VaultPath, text.Replace("\"a\"", "\"b\"", StringComparison.Ordinal), Ct);
        Assert.Throws<VaultIntegrityException>(() => Build(static options => (options.Optional, options.Prefix) = (true, "")));
    }

    [Fact]
    public async Task A_vault_that_was_missing_is_loaded_when_it_comes()
    {
        using ConfigurationManager configuration = Build(static options => (options.Optional, options.Prefix) = (true, ""));
        Assert.Null(configuration["a"]);

        await using SecretsManager manager = await _vault.CreateWithAsync("a");

        await Until(() => configuration["a"] == "value of a");
    }

    [Fact]
    public async Task Expired_secrets_are_used_left_out_or_refused_as_told()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(60));
        _vault.Options = _vault.Options with { Time = time };
        await using (SecretsManager manager = await _vault.CreateAsync())
            await manager.SetAsync("a", "value", new SetOptions { ExpiresAt = time.GetUtcNow().AddMinutes(10) });
        using ConfigurationManager use = Build(options => (options.Prefix, options.Time) = ("", time)), skip = Build(options => (options.Prefix, options.Time, options.Expired) = ("", time, ExpiredSecrets.Skip));
        Assert.Equal("value", skip["a"]);

        await Until(() =>
        {
            time.Advance(TimeSpan.FromSeconds(20));
            return skip["a"] is null;
        });

        Assert.Equal("value", use["a"]);
        Assert.Equal("SR1715", Assert.Throws<SecretExpiredException>(() => Build(options => (options.Prefix, options.Time, options.Expired) = ("", time, ExpiredSecrets.Fail))).Code);
    }

    [Fact]
    public async Task The_debug_view_shows_other_values_and_none_of_the_vault()
    {
        await (await _vault.CreateWithAsync("token")).DisposeAsync();
        using var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection([new("Plain", "shown"), new("Api", "strongroom://token")]);
        configuration.AddStrongroom(options =>
        {
            _vault.Configure(options);
            options.Prefix = "";
        });

        string view = configuration.GetRedactedDebugView();

        Assert.Contains("Plain=shown", view, StringComparison.Ordinal);
        Assert.Contains("Api=***", view, StringComparison.Ordinal);
        Assert.DoesNotContain("value of", view, StringComparison.Ordinal);
        Assert.DoesNotContain(_vault.Folder, view, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sealed_copy_starts_the_application_when_the_vault_is_away()
    {
        string copy = Path.Combine(_vault.Folder, "copy.json");
        await (await _vault.CreateWithAsync("token", "other")).DisposeAsync();
        using (Build(Copied))
            await Until(() => File.Exists(copy) && IsReadable(copy));
        File.Move(_vault.VaultPath, _vault.VaultPath + ".away");

        using ConfigurationManager configuration = Build(Copied);

        Assert.Equal("value of token", configuration["token"]);
        StrongroomConfigurationProvider provider = Provider(configuration);
        Assert.True(provider.Status.FromSnapshot);
        Assert.True(provider.HasInSnapshot("token"));
        Assert.DoesNotContain("value of token", await File.ReadAllTextAsync(copy, Ct), StringComparison.Ordinal);
        File.Move(_vault.VaultPath + ".away", _vault.VaultPath);
        await Until(() => !provider.Status.FromSnapshot);
        await using SecretsManager manager = await _vault.OpenAsync();
        await manager.SetAsync("token", "new");
        await Until(() => configuration["token"] == "new");

        void Copied(StrongroomConfigurationOptions options) => (options.Prefix, options.SnapshotFile) = ("", copy);
        bool IsReadable(string path)
        {
            try
            {
                return SealedSnapshot.Read(path, _vault.Options, _vault.Unlock) is not null;
            }
            catch (StrongroomException)
            {
                return false;
            }
        }
    }

    [Fact]
    public async Task A_sealed_copy_that_another_key_sealed_is_no_help_and_is_made_anew()
    {
        string copy = Path.Combine(_vault.Folder, "copy.json");
        await (await _vault.CreateWithAsync("token")).DisposeAsync();
        using (var other = new TestVault())
        using (var snapshot = new SealedSnapshot(copy, other.Options))
            await snapshot.OpenAsync(other.Unlock, Ct);
        using var again = new SealedSnapshot(copy, _vault.Options);

        await again.OpenAsync(_vault.Unlock, Ct);
        await again.WriteAsync(new LoadedConfiguration(new Dictionary<string, LoadedValue> { ["a"] = new("1", null), ["b"] = new(null, DateTimeOffset.UnixEpoch) }, new HashSet<SecretName> { "a" }), Ct);

        (LoadedConfiguration loaded, _) = SealedSnapshot.Read(copy, _vault.Options, _vault.Unlock)!.Value;
        Assert.Equal(new LoadedValue("1", null), loaded.Values["a"]);
        Assert.Equal(new LoadedValue(null, DateTimeOffset.UnixEpoch), loaded.Values["b"]);
        Assert.Equal(["a"], loaded.Secrets);
    }

    [Fact]
    public async Task Nothing_is_written_after_the_configuration_has_ended()
    {
        await (await _vault.CreateWithAsync("token")).DisposeAsync();
        for (int i = 0; i < 10; i++)
        {
            string folder = Path.Combine(_vault.Folder, $"copies-{i}"), copy = Path.Combine(folder, "copy.json");
            Directory.CreateDirectory(folder);
            using (Build(options => (options.Prefix, options.SnapshotFile) = ("", copy)))
                SpinWait.SpinUntil(() => File.Exists(copy), TimeSpan.FromSeconds(60));
            string[] left = Written(folder);

            await Task.Delay(20, Ct);

            Assert.Equal(left, Written(folder));
        }

        static string[] Written(string folder) => [.. new DirectoryInfo(folder).GetFiles("*", SearchOption.AllDirectories).Select(static file => $"{file.Name} {file.Length} {file.LastWriteTimeUtc:O}").Order(StringComparer.Ordinal)];
    }

    private ConfigurationManager Build(Action<StrongroomConfigurationOptions>? configure = null)
    {
        var configuration = new ConfigurationManager();
        configuration.AddStrongroom(options =>
        {
            _vault.Configure(options);
            configure?.Invoke(options);
        });
        return configuration;
    }

    private static StrongroomConfigurationProvider Provider(IConfigurationRoot configuration) => Assert.Single(configuration.Providers.OfType<StrongroomConfigurationProvider>());

    private sealed class Observer : ISecretObserver
    {
        public List<string> Names { get; } = [];

        public void OnRead(SecretName name, SecretMetadata metadata, SecretValue value) => Names.Add(name.ToString());
    }
}
