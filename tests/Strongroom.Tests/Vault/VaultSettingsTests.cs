using Strongroom.Audit;
using Strongroom.Tests.House;

namespace Strongroom.Tests.Vault;

/// <summary>Options from settings: every key is taken, described, and refused when it does not fit.</summary>
public sealed class VaultSettingsTests
{
    // Every key with a value that is not the default, and one that does not fit.
    private static readonly (string Key, string Value, string? Unfit, Func<VaultOptions, object?> Read, object Expected)[] Settings =
    [
        ("vault_path", "/srv/v.json", null, options => options.Path, "/srv/v.json"),
        ("encryption:memory_cost", "131072", "lots", options => options.Encryption.MemoryCost, 131072),
        ("encryption:time_cost", "4", "-1", options => options.Encryption.TimeCost, 4),
        ("encryption:parallelism", "2", "1.5", options => options.Encryption.Parallelism, 2),
        ("keep_versions", "3", "three", options => options.KeepVersions, 3),
        ("expiry:policy", "refuse", "1", options => options.Expiry, ExpiryPolicy.Refuse),
        ("expiry:warnings:0", "3.00:00:00", "soon", options => options.ExpiryWarnings[0], TimeSpan.FromDays(3)),
        ("rotation_grace", "02:00:00", "2h", options => options.RotationGrace, TimeSpan.FromHours(2)),
        ("audit:enabled", "false", "no", options => options.Audit.Enabled, false),
        ("audit:reads", "durable", "sometimes", options => options.Audit.Reads, AuditReads.Durable),
        ("audit:max_segment_bytes", "65536", "64k", options => options.Audit.MaxSegmentBytes, 65536L),
        ("audit:directory", "/var/log/v", null, options => options.AuditDirectory, "/var/log/v"),
        ("track_access", "false", "0", options => options.TrackAccess, false),
        ("lock_timeout", "00:00:30", "x", options => options.LockTimeout, TimeSpan.FromSeconds(30)),
        ("max_staleness", "00:00:01", "x", options => options.MaxStaleness, TimeSpan.FromSeconds(1)),
        ("serve_stale", "false", "x", options => options.ServeStale, false),
        ("cache_bytes", "2097152", "x", options => options.CacheBytes, 2097152L),
        ("max_value_bytes", "4096", "x", options => options.MaxValueBytes, 4096),
        ("refuse_weak_passphrase", "true", "x", options => options.RefuseWeakPassphrase, true),
        ("state_directory", "/var/lib/s", null, options => options.StateDirectory, "/var/lib/s"),
        ("minimum_revision", "17", "x", options => options.MinimumRevision, 17L),
    ];

    [Fact]
    public void Every_setting_is_taken_whatever_its_case()
    {
        foreach (var (key, value, _, read, expected) in Settings)
        {
            foreach (string spelled in (string[])[key, key.ToUpperInvariant()])
                Assert.Equal(Convert.ToString(expected, null), Convert.ToString(read(VaultOptions.FromSettings([new(spelled, value)])), null));
            Assert.NotEqual(Convert.ToString(expected, null), Convert.ToString(read(new VaultOptions()), null));
        }
    }

    [Fact]
    public void All_of_them_together_make_options_that_can_be_used()
    {
        VaultOptions options = VaultOptions.FromSettings(Settings.Select(setting => new KeyValuePair<string, string?>(setting.Key, setting.Value)).Append(new("encryption", null)).Append(new("", "")));

        Assert.All(Settings, setting => Assert.Equal(Convert.ToString(setting.Expected, null), Convert.ToString(setting.Read(options), null)));
        options.Validate();
    }

    [Fact]
    public void What_does_not_fit_is_named_and_not_quoted()
    {
        foreach (var (key, _, unfit, _, _) in Settings.Where(setting => setting.Unfit is not null))
        {
            var error = Assert.Throws<VaultConfigurationException>(() => VaultOptions.FromSettings([new(key, unfit)]));
            Assert.Equal("SR1505", error.Code);
            Assert.Contains($"'{key}'", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("vault_pth")]
    [InlineData("encryption:memory")]
    [InlineData("encryption")]
    [InlineData("audit:read")]
    public void A_setting_that_is_not_known_is_an_error(string key) =>
        Assert.Equal("SR1504", Assert.Throws<VaultConfigurationException>(() => VaultOptions.FromSettings([new(key, "1")])).Code);

    [Theory]
    [InlineData("encryption:memory_cost", "8")]
    [InlineData("encryption:time_cost", "0")]
    [InlineData("encryption:parallelism", "17")]
    public void A_derivation_out_of_bounds_is_refused_when_it_is_read(string key, string value) =>
        Assert.Equal("SR1007", Assert.Throws<VaultConfigurationException>(() => VaultOptions.FromSettings([new(key, value)])).Code);

    [Theory]
    [InlineData("keep_versions", "1001")]
    [InlineData("max_value_bytes", "0")]
    [InlineData("lock_timeout", "2.00:00:00")]
    [InlineData("audit:max_segment_bytes", "100")]
    [InlineData("cache_bytes", "100")]
    [InlineData("expiry:warnings:0", "00:00:00")]
    public async Task Options_out_of_their_range_are_refused_before_anything_is_touched(string key, string value)
    {
        using var vault = new TestVault();
        VaultOptions options = VaultOptions.FromSettings([new(key, value), new("vault_path", vault.VaultPath), new("state_directory", vault.Options.StateDirectory)]);

        var error = await Assert.ThrowsAsync<VaultConfigurationException>(async () => await SecretsManager.CreateAsync(options, vault.Unlock, TestContext.Current.CancellationToken));

        Assert.Equal("SR1503", error.Code);
        Assert.False(File.Exists(vault.VaultPath));
    }

    [Fact]
    public void Every_setting_is_described_in_the_documents()
    {
        string page = Repository.Read("docs/configuration.md");

        Offenders.None(Settings.Select(setting => setting.Key.Replace("warnings:0", "warnings:N", StringComparison.Ordinal)).Where(key => !page.Contains($"| `{key}` |", StringComparison.Ordinal)));
    }
}
