using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Strongroom.Tests.House;
using Strongroom.Tests.Vault;

namespace Strongroom.Hosting.Tests;

/// <summary>A test's vault as an application names it.</summary>
internal static class TestVaultExtensions
{
    public static void Configure(this TestVault vault, StrongroomOptions options)
    {
        options.Vault = vault.VaultPath;
        options.KeyFile = vault.KeyPath;
        options.ConfigureVault = given => vault.Options with { Path = given.Path };
    }
}

internal static class Support
{
    public static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static IHost Application(Action<HostApplicationBuilder> configure)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        configure(builder);
        return builder.Build();
    }

    public static IHost Application(Action<IServiceCollection> configure) => Application(builder => configure(builder.Services));

    /// <summary>Waits for what other threads and processes do; long, because the machine may be busy.</summary>
    public static async Task Until(Func<bool> holds, string what = "It")
    {
        for (int i = 0; i < 6000; i++)
        {
            if (holds())
                return;
            await Task.Delay(10, Ct);
        }

        Assert.Fail($"{what} did not happen within 60 seconds.");
    }

    /// <summary>The command, as another process that writes.</summary>
    public static async Task Command(TestVault vault, string input, params string[] arguments)
    {
        using Process process = Programs.Start(Programs.Built("src/Strongroom.Cli"), arguments,
            ("STRONGROOM_VAULT", vault.VaultPath), ("STRONGROOM_KEY_FILE", vault.KeyPath), ("STRONGROOM_STATE_DIR", Path.Combine(vault.Folder, "state")));
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(Ct);
        string errors = await process.StandardError.ReadToEndAsync(Ct);
        await process.WaitForExitAsync(Ct);
        Assert.True(process.ExitCode == 0, $"{process.ExitCode} {await output} {errors}");
    }
}

/// <summary>Marks against rollback of vaults that a test opens as an application does, without naming a folder for them.</summary>
internal static class StateOfTests
{
    [System.Runtime.CompilerServices.ModuleInitializer]
    public static void Apart()
    {
        if (Environment.GetEnvironmentVariable("STRONGROOM_STATE_DIR") is not null)
            return;
        string folder = Directory.CreateTempSubdirectory("strongroom-state-").FullName;
        Environment.SetEnvironmentVariable("STRONGROOM_STATE_DIR", folder);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
    }
}
