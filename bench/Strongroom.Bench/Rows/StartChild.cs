using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Strongroom.Bench.Harness;

namespace Strongroom.Bench.Rows;

/// <summary>A service that starts, in a process of its own: with secrets in its configuration and required ones, or without and a vault that is only unlocked.</summary>
internal static class StartChild
{
    public static int Run(string folder, bool secrets)
    {
        long start = Stopwatch.GetTimestamp();
        (string vault, string key, string state) = (Path.Combine(folder, "vault.json"), Path.Combine(folder, "key"), Path.Combine(folder, "state"));
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        // Standard output is for the answer.
        builder.Logging.ClearProviders();
        if (secrets)
        {
            builder.Configuration.AddStrongroom(options =>
            {
                (options.Vault, options.KeyFile, options.Prefix) = (vault, key, "app/");
                options.ConfigureVault = given => Workspace.OptionsFor(given.Path!, state);
            });
            builder.Services.AddStrongroom().Require([.. Enumerable.Range(0, 40).Select(ConfigurationRow.Name)]);
        }

        using IHost host = builder.Build();
        host.Start();
        SecretsManager? unlocked = null;
        if (!secrets)
        {
            using Unlock unlock = Unlock.KeyFile(key);
            unlocked = SecretsManager.Open(Workspace.OptionsFor(vault, state), unlock);
        }

        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        unlocked?.Dispose();
        host.StopAsync().GetAwaiter().GetResult();
        Console.Write(seconds.ToString(CultureInfo.InvariantCulture));
        return 0;
    }
}
