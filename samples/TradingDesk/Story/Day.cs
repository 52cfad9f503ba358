using System.Diagnostics;
using System.Globalization;
using System.Text;
using Npgsql;
using Strongroom;
using TradingDesk.Exchange;

namespace TradingDesk.Story;

/// <summary>What happens while the desk is open, and what has to be true of it.</summary>
internal sealed class Day(Account account, Place place, SecretsManager vault, Setup setup, Views views)
{
    private readonly List<string> _secrets = [];
    private long _forged;

    /// <summary>Values that nobody may find in a log.</summary>
    public IReadOnlyList<string> Secrets => _secrets;

    /// <summary>Everything that is due is rotated by the desk itself while it trades.</summary>
    public async Task OrdersFlowAsync(TimeSpan calm)
    {
        account.Tell("Orders flow. The desk rotates by itself what is due: the login of the database every two seconds, two users taking turns;");
        Account.Note("the keys of orders and quotes, which expire within the hour; and the FIX password, whose change is answered into the void.");
        using HttpResponseMessage lost = await views.Exchange.PostAsync("/simulation/fix/lose-next-reply", null);
        await RememberAsync("db/desk", "password");
        await RememberAsync("broker/orders", "secret");
        await Task.Delay(calm);
        await account.UntilAsync("the login was rotated three times", async () => await RotationsAsync("db/desk") >= 3);
        await account.UntilAsync("the key of the orders was rotated, it lives for 30 days now", async () => await RotationsAsync("broker/orders") >= 1 && await LivesForDaysAsync("broker/orders") > 29);
        await account.UntilAsync("the key of the quotes was rotated", async () => await RotationsAsync("broker/quotes") >= 1);
        await account.UntilAsync("the FIX password was changed: asked which one holds, the exchange named the new one", async () => await RotationsAsync("fix/session") >= 1);
        account.Check(await views.MetricAsync("desk_orders_filled") > 0 && await views.MetricAsync("desk_quotes_sent") > 0, "orders and quotes were taken");
        account.Check(await views.MetricAsync("desk_queries_waited") == 0, "no query had to wait");
    }

    /// <summary>A laptop with the key of the orders is gone. The operator has a shell and the command.</summary>
    public async Task KeyIsLeakedAsync()
    {
        account.Tell("10:02, a laptop with the key of the orders is gone.");
        (string key, byte[] secret) = await KeyAsync("broker/orders");
        _secrets.Add(Encoding.ASCII.GetString(secret));
        account.Check(await views.ProbeAsync(key, secret) is null, "whoever has it can trade with it");
        account.Check(await views.ProbeAsync(key, secret, forged: true) == "signature", "though not change what somebody else has signed");
        _forged++;
        long filled = await views.MetricAsync("desk_orders_filled"), refused = await views.ExchangeCountAsync("revoked");
        var clock = Stopwatch.StartNew();
        (int code, string output) = await place.StrongroomAsync("rotate", "broker/orders", "--now", "--urgent", "--reason", "laptop lost at 10:02");
        Account.Note("$ strongroom rotate broker/orders --now --urgent --reason 'laptop lost at 10:02'");
        Account.Note(output);
        account.Check(code == 0, "the operator's command has made, set, proved and promoted a new key, and revoked the old one");
        account.Check(await views.ProbeAsync(key, secret) == "revoked", string.Create(CultureInfo.InvariantCulture, $"the leaked one is refused, {clock.Elapsed.TotalSeconds:0.0} s after the alarm"));
        await account.UntilAsync("orders go on with the new one", async () => await views.MetricAsync("desk_orders_filled") > filled + 20);
        Account.Note($"{await views.ExchangeCountAsync("revoked") - refused - 1} requests of the desk were on their way with the old key; refused, and sent again with the new one.");
        Account.Note("$ strongroom rotate history broker/orders");
        Account.Note((await place.StrongroomAsync("rotate", "history", "broker/orders")).Output.ReplaceLineEndings("\n          "));
    }

    /// <summary>The database server dies and comes back.</summary>
    public async Task DatabaseGoesAwayAsync()
    {
        account.Tell("The database server dies.");
        await place.KillDatabaseAsync();
        await account.UntilAsync("health says so: orders wait, because none is sent unrecorded", async () => await views.MetricAsync("desk_queries_waited") > 0 && (await views.HealthAsync()).Contains("orders wait", StringComparison.Ordinal));
        await account.UntilAsync("the rotation of its login fails, and the old one stays", async () => await views.MetricAsync("strongroom_rotation_runs", "SR1827") > 0);
        long filled = await views.MetricAsync("desk_orders_filled"), rotations = await RotationsAsync("db/desk");
        await place.StartDatabaseAsync();
        await account.UntilAsync("it is back: orders flow", async () => await views.MetricAsync("desk_orders_filled") > filled + 20);
        await account.UntilAsync("and the rotation that failed has come to its end", async () => await RotationsAsync("db/desk") > rotations);
    }

    /// <summary>Somebody restores last night's vault over the one in use.</summary>
    public async Task VaultIsPutBackAsync()
    {
        account.Tell("Somebody puts an older copy of the vault in place of the one in use.");
        string older = Path.Combine(place.Folder, "older.json"), newest = Path.Combine(place.Folder, "newest.json");
        File.Copy(place.Vault, older);
        long rotations = await RotationsAsync("db/desk");
        await account.UntilAsync("(a rotation later)", async () => await RotationsAsync("db/desk") > rotations);
        await SwapAsync(older, newest);
        (int code, string output) = await place.StrongroomAsync("get", "broker/orders#key");
        account.Check(code == 7, "$ strongroom get broker/orders#key: exit code 7");
        Account.Note(output.Split('\n')[0]);
        long filled = await views.MetricAsync("desk_orders_filled");
        await account.UntilAsync("the desk trades on with what it knew", async () => await views.MetricAsync("desk_orders_filled") > filled + 20);
        await account.UntilAsync("and its health says why it takes nothing new", async () => (await views.HealthAsync()).Contains("[SR16", StringComparison.Ordinal));
        await SwapAsync(newest, older);
        await account.UntilAsync("the newest is back, and all is well", async () => !(await views.HealthAsync()).Contains("[SR16", StringComparison.Ordinal));
        rotations = await RotationsAsync("db/desk");
        await account.UntilAsync("rotation goes on", async () => await RotationsAsync("db/desk") > rotations);
    }

    /// <summary>A key that nobody renews, and what happens while it still holds.</summary>
    public async Task KeyExpiresAsync(Func<Task> meanwhile)
    {
        account.Tell("A key for the archive lives for six days more, and one for reports for three seconds; nobody renews them.");
        IssuedKey archive = await setup.IssueAsync(null, TimeSpan.FromDays(6)), issued = await setup.IssueAsync(null, TimeSpan.FromSeconds(3));
        await setup.StoreAsync("broker/archive", archive, new SetOptions { ExpiresAt = archive.Expires });
        await setup.StoreAsync("broker/reports", issued, new SetOptions { ExpiresAt = issued.Expires });
        _secrets.Add(issued.Secret!);
        account.Check(await views.ProbeAsync(issued.Key, Encoding.ASCII.GetBytes(issued.Secret!)) is null, "the exchange takes the key for reports");
        account.Check((await views.HealthAsync()).Contains("expires soon", StringComparison.Ordinal), "health warns");
        Account.Note("$ strongroom expire list --within 7d");
        Account.Note((await place.StrongroomAsync("expire", "list", "--within", "7d")).Output.ReplaceLineEndings("\n          "));
        await meanwhile();
        account.Tell("The key for reports is forgotten.");
        await account.UntilAsync("the exchange refuses it when it has expired", async () => await views.ProbeAsync(issued.Key, Encoding.ASCII.GetBytes(issued.Secret!)) == "expired");
        await account.UntilAsync("and health says so", async () => (await views.HealthAsync()).Contains("has expired", StringComparison.Ordinal));
        await vault.PurgeAsync("broker/reports");
        await vault.PurgeAsync("broker/archive");
    }

    /// <summary>A new certificate while connections are open.</summary>
    public async Task CertificateIsExchangedAsync()
    {
        account.Tell("The certificate of the desk is renewed.");
        string before = views.Thumbprint, next = await setup.CertificateAsync();
        await account.UntilAsync("the next handshake has the new one", async () => await views.HealthAsync() is not null && views.Thumbprint == next && next != before);
    }

    /// <summary>What has to be none, and what has happened.</summary>
    public async Task CountAsync()
    {
        account.Fact("orders filled", await views.MetricAsync("desk_orders_filled"));
        account.Fact("orders refused for good by the exchange", await views.MetricAsync("desk_orders_refused"), 0);
        account.Fact("quotes sent", await views.MetricAsync("desk_quotes_sent"));
        account.Fact("quotes refused for good", await views.MetricAsync("desk_quotes_refused"), 0);
        account.Fact("bad signatures", await views.ExchangeCountAsync("signature") - _forged, 0);
        account.Fact("queries and logins refused", await views.MetricAsync("desk_queries_failed"), 0);
        account.Fact("queries made again after the outage", await views.MetricAsync("desk_queries_waited"));
        foreach (string name in (string[])["db/desk", "broker/orders", "broker/quotes", "fix/session"])
            account.Fact($"rotations of {name}", await RotationsAsync(name));
    }

    /// <summary>Database, exchange and vault agree on what has happened.</summary>
    public async Task BooksAgreeAsync()
    {
        long written = (long)(await place.QueryAsync("SELECT count(*) FROM orders"))!, filled = (long)(await place.QueryAsync("SELECT count(*) FROM orders WHERE filled"))!;
        account.Fact("orders lost", written - filled, 0);
        account.Fact("orders that only the exchange knows", await views.ExchangeCountAsync("orders") - filled, 0);
        account.Check(await IsRefusedAsync("desk_a", _secrets[0]), "the first password of the database is refused");
        account.Check((await vault.VerifyAsync()).IsIntact, "vault and audit log are intact");
    }

    private async Task<bool> IsRefusedAsync(string user, string password)
    {
        try
        {
            await place.QueryAsync("SELECT 1", user, password);
            return false;
        }
        catch (PostgresException error) when (error.SqlState is "28P01" or "28000")
        {
            return true;
        }
    }

    // As an accident does it: between two commits, with one rename.
    private Task SwapAsync(string put, string taken) => Child.RunAsync(place, "flock", place.Vault + ".lock", "sh", "-c", "mv \"$0\" \"$2\" && mv \"$1\" \"$0\"", place.Vault, put, taken);

    private async Task<long> RotationsAsync(string name) => (await vault.GetMetadataAsync(name))!.RotationCount;

    private async Task<double> LivesForDaysAsync(string name) => ((await vault.GetMetadataAsync(name))!.ExpiresAt - TimeProvider.System.GetUtcNow())?.TotalDays ?? 0;

    private async Task RememberAsync(string name, string field)
    {
        using SecretData data = await vault.GetAsync(name);
        _secrets.Add(data.Value.DangerousRevealString(field));
    }

    private async Task<(string Key, byte[] Secret)> KeyAsync(string name)
    {
        using ApiKey key = await new SecretsHelper(vault).GetApiKeyAsync(name);
        return (key.Key.DangerousRevealString(), key.Secret!.Span.ToArray());
    }
}
