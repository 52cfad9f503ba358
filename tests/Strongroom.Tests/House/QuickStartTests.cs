using System.Diagnostics;
using System.Text;

namespace Strongroom.Tests.House;

/// <summary>The twelve lines that the README shows are a program that is compiled and runs.</summary>
public sealed class QuickStartTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("strongroom-quickstart-").FullName;

    private static string[] Program => [.. Repository.Read("samples/QuickStart/Program.cs").Split('\n').Where(line => line.Length > 0)];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void It_has_twelve_lines_and_the_readme_shows_them()
    {
        Assert.Equal(12, Program.Length);
        Assert.Contains("```csharp\n" + string.Join('\n', Program), Repository.Read("README.md").Replace("\n\n", "\n", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_creates_a_vault_and_finds_its_secrets_there_the_next_time()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "passphrase"), "correct horse battery staple\n", TestContext.Current.CancellationToken);

        string first = await RunAsync(), second = await RunAsync();

        Assert.Equal("oms@db.internal, broker key version 2, vault and audit log intact: True\n", first);
        Assert.Equal("oms@db.internal, broker key version 4, vault and audit log intact: True\n", second);
        string vault = await File.ReadAllTextAsync(Path.Combine(_folder, "vault.json"), TestContext.Current.CancellationToken);
        Assert.Contains("\"broker/binance\":", vault, StringComparison.Ordinal);
        foreach (string secret in (string[])["the broker's key", "the next one", "a password"])
        {
            Assert.DoesNotContain(secret, vault, StringComparison.Ordinal);
            Assert.DoesNotContain(Convert.ToBase64String(Encoding.UTF8.GetBytes(secret)), vault, StringComparison.Ordinal);
        }
    }

    private async Task<string> RunAsync()
    {
        using Process process = Programs.Start(Programs.Built("samples/QuickStart"), [Path.Combine(_folder, "vault.json"), Path.Combine(_folder, "passphrase")], ("STRONGROOM_STATE_DIR", Path.Combine(_folder, "state")));
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        string error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, error);
        return output;
    }
}
