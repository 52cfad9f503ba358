using System.Diagnostics;
using System.Runtime.Versioning;
using Strongroom.Cli.Agent;
using Strongroom.Cli.Tests.Support;

namespace Strongroom.Cli.Tests.Agent;

/// <summary>Locking while something is under way: the keys go soon, and nothing that was read from a half-closed vault comes out.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class HeldVaultTests
{
    [Fact]
    public async Task What_does_not_end_keeps_nobody_from_locking()
    {
        using var shell = Shell.WithVault();
        var vault = await OpenAsync(shell);
        using var begun = new ManualResetEventSlim();
        var forever = new TaskCompletionSource();
        var acting = vault.ActAsync("one[1]", (_, _) =>
        {
            begun.Set();
            return forever.Task;
        });
        begun.Wait(TestContext.Current.CancellationToken);
        var waiting = vault.ActAsync("two[2]", static (_, _) => Task.CompletedTask);
        var start = Stopwatch.GetTimestamp();

        await Task.Run(vault.Dispose, TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);

        Assert.InRange(Stopwatch.GetElapsedTime(start), AgentProtocol.Grace / 2, TimeSpan.FromSeconds(15));
        Assert.Throws<ObjectDisposedException>(() => vault.Manager.List());
        Assert.Equal("SR2081", (await Assert.ThrowsAsync<CliException>(() => waiting)).Code);
        forever.SetResult();
        await acting;
    }

    [Fact]
    public async Task What_looks_for_long_is_ended_before_the_keys_go()
    {
        using var shell = Shell.WithVault();
        var vault = await OpenAsync(shell);
        using var begun = new ManualResetEventSlim();
        var wasOpen = false;
        var looking = vault.LookAsync(async (manager, ct) =>
        {
            begun.Set();
            try
            {
                await Task.Delay(Timeout.Infinite, ct);
            }
            finally
            {
                _ = manager.List();
                wasOpen = true;
            }
        });
        begun.Wait(TestContext.Current.CancellationToken);
        var start = Stopwatch.GetTimestamp();

        await Task.Run(vault.Dispose, TestContext.Current.CancellationToken);

        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, AgentProtocol.Grace);
        Assert.Equal("SR2081", (await Assert.ThrowsAsync<CliException>(() => looking)).Code);
        Assert.True(wasOpen);
    }

    private static async Task<HeldVault> OpenAsync(Shell shell)
    {
        using var material = new WireWriter();
        material.Text(shell.PathOf("vault.json"));
        material.Text(shell.PathOf("state"));
        foreach (var milliseconds in (long[])[1000, 60_000, 60_000])
            material.Number(milliseconds);
        material.Flag(false);
        material.Flag(true);
        material.Bytes(File.ReadAllBytes(shell.PathOf("vault.key")));
        material.Flag(false);
        using var request = Read(material.Frame()[sizeof(uint)..].Span, shell.PathOf("vault.json"));
        return await HeldVault.OpenAsync(request, TestContext.Current.CancellationToken);
    }

    private static UnlockRequest Read(ReadOnlySpan<byte> frame, string key)
    {
        var wire = new WireReader(frame);
        return UnlockRequest.Read(ref wire, key, "test[0]");
    }
}
