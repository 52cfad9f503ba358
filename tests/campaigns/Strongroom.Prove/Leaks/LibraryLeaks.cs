using System.Text;
using Strongroom.Audit;

namespace Strongroom.Prove.Leaks;

/// <summary>The library's part: what its objects, exceptions, events and audit entries say.</summary>
internal sealed class LibraryLeaks(CampaignRun run)
{
    private readonly Canary _value = new("value"), _next = new("next value"), _passphrase = new("passphrase");

    public async Task RunAsync()
    {
        using var vault = new RealVault();
        var entries = new StringBuilder();
        var sink = new TextSink(entries);
        await using SecretsManager manager = await vault.CreateAsync(vault.Options with { Audit = new AuditOptions { Sinks = [sink], Reads = AuditReads.Durable } });
        using SecretValue value = SecretValue.DangerousFromString(_value.Text), next = SecretValue.DangerousFromString(_next.Text);
        using SecretValue fields = SecretValue.FromFields([new("password", SecretValue.DangerousFromString(_value.Text))]);
        using Unlock passphrase = Unlock.DangerousPassphrase(_passphrase.Text);
        await manager.SetAsync("a", value);
        await manager.SetAsync("f", fields);
        (string What, Func<Task<object?>> Does)[] scenarios =
        [
            ("value", () => Said(value)),
            ("fields", () => Said(fields)),
            ("unlock", () => Said(passphrase)),
            ("options", () => Said(vault.Options)),
            ("manager", () => Said(manager)),
            ("batch", () => Said(new SecretBatch().Set("a", next).Writes[0])),
            ("read", async () => { using SecretData data = await manager.GetAsync("a"); return $"{data} {data.Value} {data.Metadata} {data.Name}"; }),
            ("set", async () => await manager.SetAsync("a", next)),
            ("rotate", async () => await manager.RotateAsync("a", next)),
            ("conflict", async () => await manager.SetAsync("a", next, new SetOptions { Condition = WriteCondition.Version(99) })),
            ("absent", async () => await manager.SetAsync("a", next, new SetOptions { Condition = WriteCondition.Absent })),
            ("missing", async () => await manager.GetAsync("none")),
            ("version", async () => await manager.GetAsync("a", 99)),
            ("rollback", async () => await manager.RollbackAsync("a", 99)),
            ("expired", async () => await ExpiredAsync(manager, next)),
            ("field", () => Said(fields.DangerousRevealString("none"))),
            ("description", async () => await manager.SetAsync("a", next, new SetOptions { Description = new string('x', 1_000_000) })),
            ("tag", async () => await manager.SetAsync("a", next, new SetOptions { Tags = new Dictionary<string, string> { ["\0"] = "x" } })),
            ("too large", async () => await TooLargeAsync(manager)),
            ("failed batch", async () => await manager.CommitAsync(new SecretBatch().Set("x", next).Set("a", next, new SetOptions { Condition = WriteCondition.Absent }))),
            ("wrong passphrase", async () => await SecretsManager.OpenAsync(vault.Options, passphrase)),
            ("add passphrase", async () => await manager.Slots.AddAsync(passphrase, "p")),
            ("verify", async () => await manager.VerifyAsync()),
            ("status", async () => await manager.StatusAsync()),
            ("rekey", async () => await manager.RekeyAsync()),
            ("history", async () => string.Join(' ', await manager.HistoryAsync("a"))),
            ("log", async () => await LogAsync(manager)),
            ("live", async () => { using var live = await manager.LiveAsync("a"); return $"{live}"; }),
            ("disposed value", async () => { SecretData data = await manager.GetAsync("a"); data.Dispose(); return $"{data.Value.DangerousRevealString()}"; }),
            ("disposed manager", async () => { SecretsManager other = await vault.OpenAsync(); await other.DisposeAsync(); return await other.GetAsync("a"); }),
        ];
        foreach ((string what, Func<Task<object?>> does) in scenarios)
            Search(await SayAsync(does), $"library/{what}");
        Search(entries.ToString(), "library/audit sink");
        foreach (string file in Directory.GetFiles(vault.Folder, "*", SearchOption.AllDirectories).Where(file => file != vault.KeyPath))
            Search(Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file)), $"library/{Path.GetFileName(file)}");
        run.Note($"{scenarios.Length} scenarios of the library");
    }

    private static async Task<string> SayAsync(Func<Task<object?>> does)
    {
        try
        {
            object? result = await does();
            return $"{result}";
        }
        catch (Exception error)
        {
            return error + string.Concat(error.Data.Values.Cast<object?>());
        }
    }

    private static Task<object?> Said(object? of) => Task.FromResult<object?>($"{of}");

    private static async Task<object?> ExpiredAsync(SecretsManager manager, SecretValue value)
    {
        await manager.SetAsync("old", value, new SetOptions { ExpiresAt = DateTimeOffset.UnixEpoch });
        return await manager.GetMetadataAsync("old");
    }

    private async Task<object?> TooLargeAsync(SecretsManager manager)
    {
        using SecretValue large = SecretValue.DangerousFromString(string.Concat(Enumerable.Repeat(_value.Text, 60_000)));
        return await manager.SetAsync("large", large);
    }

    private static async Task<object?> LogAsync(SecretsManager manager)
    {
        var text = new StringBuilder();
        await foreach (AuditEntry entry in manager.Audit.ReadAsync())
            text.Append(entry);
        return text.ToString();
    }

    private void Search(string text, string point)
    {
        foreach (Canary canary in (Canary[])[_value, _next, _passphrase])
        {
            string? form = canary.FindIn(Encoding.UTF8.GetBytes(text)) ?? canary.FindIn(Encoding.Latin1.GetBytes(text));
            CampaignRun.Require(form is null, point, $"The {canary.Name} is in what was said, as {form}.");
        }

        run.Count();
    }

    private sealed class TextSink(StringBuilder text) : IAuditSink
    {
        public void Write(AuditEntry entry) => text.Append(entry);
    }
}
