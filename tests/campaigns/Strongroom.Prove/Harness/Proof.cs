using System.Globalization;

namespace Strongroom.Prove;

/// <summary>The command line, and the table at the end.</summary>
internal static class Proof
{
    private const string Usage = "./prove [CAMPAIGN…] [--short] [--seed N] [--point POINT] [--minutes N]";

    public static async Task<int> RunAsync(Campaign[] campaigns, string[] args)
    {
        var names = new List<string>();
        bool isShort = false;
        int seed = 1, minutes = 24 * 60;
        string? point = null;
        for (int i = 0; i < args.Length; i++)
        {
            if (args[i] == "--short")
                isShort = true;
            else if (args[i] == "--seed" && i + 1 < args.Length && int.TryParse(args[i + 1], NumberStyles.Integer, CultureInfo.InvariantCulture, out seed))
                i++;
            else if (args[i] == "--minutes" && i + 1 < args.Length && int.TryParse(args[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out minutes))
                i++;
            else if (args[i] == "--point" && i + 1 < args.Length)
                point = args[++i];
            else if (campaigns.Any(campaign => campaign.Name == args[i]))
                names.Add(args[i]);
            else
                return Refuse(campaigns);
        }

        Console.WriteLine($"{"campaign",-12} {"points",12} {"failures",9} {"seconds",9} {"points/s",10}  point");
        foreach (Campaign campaign in campaigns.Where(campaign => names.Count == 0 || names.Contains(campaign.Name)))
        {
            if (!await RunAsync(campaign, new CampaignRun(isShort, seed, point, TimeSpan.FromMinutes(minutes))).ConfigureAwait(false))
                return 1;
        }

        return 0;
    }

    private static async Task<bool> RunAsync(Campaign campaign, CampaignRun run)
    {
        ProofException? failure = null;
        try
        {
            await campaign.RunAsync(run).ConfigureAwait(false);
        }
        catch (ProofException error)
        {
            failure = error;
        }
        catch (AggregateException error) when (error.Flatten().InnerExceptions.OfType<ProofException>().FirstOrDefault() is { } first)
        {
            failure = first;
        }
        catch (Exception error)
        {
            failure = new ProofException("", $"The campaign itself failed: {error.Message}", error);
        }

        double seconds = run.Elapsed.TotalSeconds;
        Console.WriteLine($"{campaign.Name,-12} {run.Points,12:N0} {(failure is null ? 0 : 1),9} {seconds,9:N1} {run.Points / seconds,10:N0}  {campaign.Points}");
        if (run.IsOver)
            Console.WriteLine("             ended by --minutes, not all was run");
        foreach (string note in run.Notes)
            Console.WriteLine($"             {note}");
        if (failure is null)
            return true;
        Console.WriteLine();
        Console.WriteLine($"FAILED  {campaign.Name}: {failure.Message}");
        if (failure.InnerException is { } cause)
            Console.WriteLine($"        {cause}");
        Console.WriteLine($"repeat  ./prove {campaign.Name} --seed {run.Seed}{(run.IsShort ? " --short" : "")}{(failure.Point.Length > 0 ? $" --point '{failure.Point}'" : "")}");
        return false;
    }

    private static int Refuse(Campaign[] campaigns)
    {
        Console.Error.WriteLine(Usage);
        foreach (Campaign campaign in campaigns)
            Console.Error.WriteLine($"  {campaign.Name,-12} {campaign.Points}");
        return 2;
    }
}
