using System.Text;
using Strongroom;

namespace TradingDesk.Story;

/// <summary>A trading day in half a minute. What happens is real: processes, signatures, a database, a vault; only the day is short.</summary>
internal static class Play
{
    public static async Task<int> RunAsync(string folder, string command, string[] arguments)
    {
        try
        {
            return await PlayAsync(folder, command, arguments);
        }
        catch (StoryException error)
        {
            Console.Error.WriteLine(error.Message);
            return 1;
        }
    }

    private static async Task<int> PlayAsync(string folder, string command, string[] arguments)
    {
        TimeSpan calm = TimeSpan.FromSeconds(arguments is ["--seconds", { } text, ..] ? int.Parse(text, System.Globalization.CultureInfo.InvariantCulture) : 3);
        bool stays = arguments.Contains("--stay");
        var account = new Account();
        var place = new Place(folder, command);

        account.Tell("A database server, an exchange, and a vault whose key file is all that opens it.");
        await place.StartDatabaseAsync();
        using Child exchange = Child.Start(place, "exchange", "--urls", "http://127.0.0.1:0");
        Directory.CreateDirectory(Path.GetDirectoryName(place.Vault)!);
        (int code, string output) = await place.StrongroomAsync("init", "--new-key-file", place.Environment["STRONGROOM_KEY_FILE"]);
        account.Check(code == 0, "strongroom init --new-key-file vault.key");
        if (code != 0)
            throw new StoryException(output);
        await account.UntilAsync("the exchange is open", () => Task.FromResult(exchange.Address is not null));
        await using SecretsManager vault = await place.OpenAsync();
        using var http = new HttpClient { BaseAddress = exchange.Address };
        var setup = new Setup(place, vault, http);
        await setup.DatabaseAsync();
        await setup.ExchangeAsync();

        account.Tell("Before the open: the certificate of the desk was forgotten.");
        using (Child early = StartDesk(place))
        {
            int? ended = await early.EndAsync(60);
            account.Check(ended == 3 && early.Address is null, "the desk ends with exit code 3 before it opens a port, and says what to do:");
            foreach (string line in early.Output.Split('\n').Where(static line => line.StartsWith("[SR", StringComparison.Ordinal) || line.StartsWith("Write it", StringComparison.Ordinal)))
                Account.Note(line);
        }

        await setup.CertificateAsync();
        using Child desk = StartDesk(place);
        await account.UntilAsync("now it opens", () => Task.FromResult(desk.Address is not null));
        if (desk.Address is null)
            throw new StoryException(desk.Output);
        using var views = new Views(http, desk.Address, setup.Certificates);
        var day = new Day(account, place, vault, setup, views);
        await day.OrdersFlowAsync(calm);
        await day.KeyIsLeakedAsync();
        await day.DatabaseGoesAwayAsync();
        await day.VaultIsPutBackAsync();
        await day.KeyExpiresAsync(day.CertificateIsExchangedAsync);
        if (stays)
            await StayAsync(account, place, desk);

        account.Tell("The close.");
        await day.CountAsync();
        account.Check(await desk.StopAsync(place) == 0, "the desk ends what it has begun, and with exit code 0");
        await day.BooksAgreeAsync();
        account.Check(!Leaks(desk.Output + exchange.Output, day.Secrets), "no log has a value");
        await exchange.StopAsync(place);
        account.Tell(account.Failures == 0 ? "Nothing was lost." : $"{account.Failures} things are not as they should be.");
        return account.Failures == 0 ? 0 : 1;
    }

    private static Child StartDesk(Place place) => Child.Start(place, "desk", "--urls", "https://127.0.0.1:0", "--Rotation:Interval", "00:00:00.5");

    private static bool Leaks(string text, IEnumerable<string> secrets) => secrets.Any(secret => text.Contains(secret, StringComparison.Ordinal));

    // For looking around: until Ctrl-C, or until the desk is stopped.
    private static async Task StayAsync(Account account, Place place, Child desk)
    {
        account.Tell($"The desk stays open at {desk.Address} (/health, /metrics); its logs are in {place.Folder}. In another terminal:");
        foreach ((string name, string value) in place.Environment.Where(static pair => pair.Key.StartsWith("STRONGROOM_", StringComparison.Ordinal)))
            Account.Note($"export {name}={value}");
        foreach (string line in (string[])["./strongroom rotate plan", "./strongroom rotate broker/orders --now --urgent --reason 'laptop lost'", "./strongroom log --limit 20"])
            Account.Note(line);
        Account.Note("Enter closes it.");
        await Task.WhenAny(Task.Run(Console.ReadLine), desk.EndAsync(int.MaxValue / 1000));
    }
}
