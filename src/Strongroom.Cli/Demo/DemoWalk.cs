using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Output;

namespace Strongroom.Cli.Demo;

/// <summary>The steps of the demonstration. Attacks are in <see cref="DemoAttacks"/>.</summary>
internal sealed class DemoWalk(CommandContext context, DemoFolder folder) : IAsyncDisposable
{
    private const string Broker = "broker/binance";
    private const string Database = "db/orders";
    private const int Reads = 20_000;
    private SecretsManager? _manager;
    private byte[]? _older;

    public IReadOnlyList<(string Title, Func<ValueTask<DemoResult>> Step)> Steps =>
    [
        ("Make a vault", MakeAsync),
        ("Store a broker's API key", StoreKeyAsync),
        ("Store database credentials", StoreDatabaseAsync),
        ("Look for the values in the file", SearchAsync),
        ("Read the credentials with the typed helper", ReadTypedAsync),
        ("Read many times", ReadManyAsync),
        ("Rotate the API key; the version before stays readable", RotateAsync),
        ("See the versions that are kept", HistoryAsync),
        ("Be told what expires soon", ExpiryAsync),
        ("Open with a wrong passphrase", async () => await DemoAttacks.WrongPassphraseAsync(folder, context.Cancellation)),
        ("Attack: change one byte of the file", () => AttackAsync(DemoAttacks.TamperAsync)),
        ("Attack: put back the older copy from before the rotation", () => AttackAsync((demo, ct) => DemoAttacks.RollBackAsync(demo, _older!, ct))),
        ("Attack: cut the last entry off the audit log", () => AttackAsync(DemoAttacks.CutAuditAsync)),
        ("Verify every record, version and line of the audit log", VerifyAsync),
    ];

    private SecretsManager Manager => _manager ?? throw new InvalidOperationException("The vault is not open.");

    public async ValueTask DisposeAsync()
    {
        if (_manager is not null)
            await _manager.DisposeAsync();
    }

    private async ValueTask<DemoResult> MakeAsync()
    {
        using var unlock = folder.Unlock();
        _manager = await SecretsManager.CreateAsync(folder.Options, unlock, context.Cancellation);
        var slot = (await Manager.Slots.ListAsync(context.Cancellation))[0];
        var mode = OperatingSystem.IsWindows() ? "" : $", mode {Convert.ToString((int)File.GetUnixFileMode(folder.Vault), 8)}";
        return new DemoResult([$"One file{mode}. A random passphrase through Argon2id: {slot.Kdf!.MemoryCost / 1024} MiB, {slot.Kdf.TimeCost} passes."]);
    }

    private async ValueTask<DemoResult> StoreKeyAsync()
    {
        using var key = new ApiKey("demo-api-key"u8, "demo-api-secret-1"u8, endpoint: new Uri("https://api.broker.example"));
        var options = new SetOptions { Description = "spot trading", ExpiresAt = context.Now.AddDays(5), Tags = new Dictionary<string, string>(StringComparer.Ordinal) { ["env"] = "demo" } };
        var metadata = await new SecretsHelper(Manager).StoreApiKeyAsync(Broker, key, options, context.Cancellation);
        return new DemoResult([$"{Broker} version {metadata.Version}: key ********, secret ********. On disk before this line was printed."]);
    }

    private async ValueTask<DemoResult> StoreDatabaseAsync()
    {
        using var login = new DatabaseCredentials("db.internal", 5432, "orders", "oms", "demo-password"u8);
        var metadata = await new SecretsHelper(Manager).StoreDatabaseCredentialsAsync(Database, login, default, context.Cancellation);
        _older = folder.Read();
        return new DemoResult([$"{Database} version {metadata.Version}: host db.internal, user oms, password ********."]);
    }

    private ValueTask<DemoResult> SearchAsync()
    {
        var file = folder.Read();
        var found = file.AsSpan().IndexOf("demo-api"u8) >= 0 || file.AsSpan().IndexOf("demo-password"u8) >= 0;
        return ValueTask.FromResult(new DemoResult([$"{file.Length} bytes of JSON: names and metadata can be read, the values are {(found ? "THERE" : "not there")}."], !found));
    }

    private async ValueTask<DemoResult> ReadTypedAsync()
    {
        using var login = await new SecretsHelper(Manager).GetDatabaseCredentialsAsync(Database, context.Cancellation);
        return new DemoResult([$"{login.Username}@{login.Host}:{login.Port}/{login.Database}, password {login.Password} (a type that prints stars)."], login is { Username: "oms", Port: 5432 });
    }

    private ValueTask<DemoResult> ReadManyAsync()
    {
        var started = context.Time.GetTimestamp();
        for (var i = 0; i < Reads; i++)
        {
            using var secret = Manager.Get(Broker);
        }

        var elapsed = context.Time.GetElapsedTime(started);
        return ValueTask.FromResult(new DemoResult([$"{Reads} reads, each decrypted anew and audited: {elapsed.TotalMicroseconds / Reads:0.00} µs a read."], Elapsed: elapsed));
    }

    private async ValueTask<DemoResult> RotateAsync()
    {
        using var next = new ApiKey("demo-api-key"u8, "demo-api-secret-2"u8, endpoint: new Uri("https://api.broker.example"));
        using var current = await Manager.GetAsync(Broker, version: null, context.Cancellation);
        using var value = Input.SecretFields.With(current, "secret", next.Secret!.Span);
        var started = context.Time.GetTimestamp();
        var metadata = await Manager.RotateAsync(Broker, value, new RotateOptions { Grace = TimeSpan.FromHours(1) }, context.Cancellation);
        var elapsed = context.Time.GetElapsedTime(started);
        var (before, after) = (await SecretAsync(1), await SecretAsync(metadata.Version));
        return new DemoResult(
            [$"version {metadata.Version}: demo value {after}; version 1 for another hour: demo value {before}."],
            before == "demo-api-secret-1" && after == "demo-api-secret-2",
            elapsed);
    }

    private async ValueTask<string> SecretAsync(long version)
    {
        using var secret = await Manager.GetAsync(Broker, version, context.Cancellation);
        return secret.Value.DangerousRevealString("secret");
    }

    private async ValueTask<DemoResult> HistoryAsync()
    {
        var versions = await Manager.HistoryAsync(Broker, context.Cancellation);
        return new DemoResult([.. versions.Select(version => $"version {version.Version}: {version.State}{(version.ReadableUntil is { } until ? $", readable for {HumanText.Duration(until - context.Now)}" : "")}")], versions.Count == 2);
    }

    private async ValueTask<DemoResult> ExpiryAsync()
    {
        await foreach (var notice in Manager.WatchExpiryAsync(context.Cancellation))
            return new DemoResult([$"{notice.Name} expires in {HumanText.Duration(notice.Remaining)}: less than the {HumanText.Duration(notice.Threshold)} that were set for a warning."], notice.Name == Broker);
        return new DemoResult(["No notice came."], AsPromised: false);
    }

    // An attacker acts while nobody has the vault open; afterwards everything is as it was.
    private async ValueTask<DemoResult> AttackAsync(Func<DemoFolder, CancellationToken, ValueTask<DemoResult>> attack)
    {
        await Manager.DisposeAsync();
        _manager = null;
        var result = await attack(folder, context.Cancellation);
        using var unlock = folder.Unlock();
        _manager = await SecretsManager.OpenAsync(folder.Options, unlock, context.Cancellation);
        return result;
    }

    private async ValueTask<DemoResult> VerifyAsync()
    {
        var report = await Manager.VerifyAsync(progress: null, context.Cancellation);
        var audit = report.Audit!;
        return new DemoResult(
            [$"{report.Records} secrets, {report.Versions} older version(s), {audit.Chains.Sum(chain => chain.Entries)} entries of the audit log: {(report.IsIntact ? "intact" : "NOT INTACT")}."],
            report.IsIntact);
    }
}
