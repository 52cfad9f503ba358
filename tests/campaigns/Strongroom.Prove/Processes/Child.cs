using System.Diagnostics;
using System.Globalization;
using Strongroom.Prove.Fuzzing;
using Strongroom.Storage;

namespace Strongroom.Prove.Processes;

/// <summary>What this program does when a campaign starts it as a process of its own.</summary>
internal static class Child
{
    /// <summary>The first argument of a process that a campaign starts.</summary>
    public const string Mark = "--child";

    public const string Counter = "counter";

    /// <summary>Whether these are the arguments of a child.</summary>
    public static bool Is(string[] args) => args.Length >= 3 && args[0] == Mark;

    /// <summary>Starts one.</summary>
    public static Process Start(string role, RealVault vault, string argument = "", IReadOnlyDictionary<string, string>? more = null)
    {
        string self = Path.Combine(AppContext.BaseDirectory, "Strongroom.Prove.dll");
        // Compiling harder pays for no child: most are killed soon.
        var variables = new Dictionary<string, string>(vault.Variables) { ["DOTNET_TieredPGO"] = "0", ["DOTNET_gcServer"] = "0" };
        foreach ((string name, string value) in more ?? new Dictionary<string, string>())
            variables[name] = value;
        return Process.Start(Command.Of(Environment.ProcessPath!, [self, Mark, role, vault.Folder, argument], variables, vault.Folder))!;
    }

    public static async Task<int> RunAsync(string[] args)
    {
        if (args is [_, FuzzCampaign.Role, var target, var inputs, var seed])
            return await FuzzLoop.RunAsync(target, long.Parse(inputs, CultureInfo.InvariantCulture), int.Parse(seed, CultureInfo.InvariantCulture));
        VaultOptions options = VaultOptions.FromEnvironment() with { LockTimeout = TimeSpan.FromSeconds(60) };
        using Unlock unlock = Unlock.FromEnvironment()!;
        switch (args[1])
        {
            case "count":
                await CountAsync(options, unlock, args[3]);
                return 0;
            case "hold":
                Hold(options);
                return 0;
            case "write":
                return await WriteAsync(options with { LockTimeout = TimeSpan.FromMilliseconds(300) }, unlock);
            case "secrets":
                await SecretHolder.RunAsync(options);
                return 0;
            default:
                return 2;
        }
    }

    // Adds one until so many were acknowledged; each is noted in a file, after it was.
    private static async Task CountAsync(VaultOptions options, Unlock unlock, string argument)
    {
        string[] parts = argument.Split('|');
        int until = int.Parse(parts[1], CultureInfo.InvariantCulture);
        using var noted = new FileStream(parts[0], FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite);
        noted.Seek(0, SeekOrigin.End);
        await using SecretsManager manager = await SecretsManager.OpenAsync(options with { Audit = new Audit.AuditOptions { Reads = Audit.AuditReads.Off } }, unlock);
        while (noted.Length < until)
        {
            using SecretData data = await manager.GetAsync(Counter);
            long next = long.Parse(data.Value.DangerousRevealString(), CultureInfo.InvariantCulture) + 1;
            using SecretValue value = SecretValue.DangerousFromString(next.ToString(CultureInfo.InvariantCulture));
            try
            {
                await manager.SetAsync(Counter, value, new SetOptions { Condition = WriteCondition.Version(data.Metadata.Version) });
            }
            catch (SecretConflictException)
            {
                continue;
            }

            noted.WriteByte((byte)'+');
            noted.Flush();
        }
    }

    private static void Hold(VaultOptions options)
    {
        var vault = new LocalVault(options.Path!);
        vault.Lock(TimeSpan.FromSeconds(10));
        Console.WriteLine("held");
        Thread.Sleep(Timeout.Infinite);
    }

    private static async Task<int> WriteAsync(VaultOptions options, Unlock unlock)
    {
        try
        {
            await using SecretsManager manager = await SecretsManager.OpenAsync(options, unlock);
            using SecretValue value = SecretValue.DangerousFromString("written");
            await manager.SetAsync("written", value);
            Console.WriteLine("written");
            return 0;
        }
        catch (StrongroomException error)
        {
            Console.WriteLine(error.Code);
            return 1;
        }
    }
}
