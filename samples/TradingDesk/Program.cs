using Strongroom;
using TradingDesk.Desk;
using TradingDesk.Exchange;
using TradingDesk.Story;

// One program with four roles, so that the sample is one project. Real ones are four programs: what is worth copying is in Desk.
StrongroomExit.UseExitCodes();
switch (args)
{
    case ["desk", .. string[] rest]:
        await DeskHost.RunAsync(rest);
        return 0;
    case ["exchange", .. string[] rest]:
        await ExchangeHost.RunAsync(rest);
        return 0;
    case ["rotator", string step]:
        return await ExchangeKeyRotator.RunAsync(step);
    case ["story", string folder, string command, .. string[] rest]:
        return await Play.RunAsync(folder, command, rest);
    default:
        Console.Error.WriteLine("desk, exchange, rotator or story: see samples/TradingDesk/run");
        return 2;
}
