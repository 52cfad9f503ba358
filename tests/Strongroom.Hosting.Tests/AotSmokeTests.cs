using System.Diagnostics;
using Strongroom.Tests.House;
using Strongroom.Tests.LocalVaults;
using Strongroom.Tests.Vault;
using static Strongroom.Hosting.Tests.Support;

namespace Strongroom.Hosting.Tests;

/// <summary>All libraries in one native program: compiled ahead of time without a warning, and doing there what they do elsewhere.</summary>
public sealed class AotSmokeTests : IDisposable
{
    private readonly TestVault _vault = new();

    public void Dispose() => _vault.Dispose();

    [Fact]
    public async Task It_is_published_without_a_warning_and_runs()
    {
        Need.Tool("gcc");
        Need.That(File.Exists("/usr/include/zlib.h"), "zlib1g-dev is not installed");
        await using (SecretsManager vault = await _vault.CreateAsync())
        {
            using SecretValue key = SecretValue.FromFields([new("key", SecretValue.FromBytes("key-1"u8)), new("secret", SecretValue.FromBytes("0123456789abcdef"u8))]);
            await vault.SetAsync("broker/exchange", key, ct: Ct);
            using var login = new DatabaseCredentials("127.0.0.1", 5432, "oms", "oms_a", "password"u8);
            await new SecretsHelper(vault).StoreDatabaseCredentialsAsync("db/oms", login, ct: Ct);
        }

        // Files of its own, and no server left behind: a build of the checkout may run at the same time.
        string output = Path.Combine(_vault.Folder, "native"), state = Path.Combine(_vault.Folder, "state");
        string published = await RunAsync(["dotnet", "publish", Path.Combine(Repository.Root, "samples", "AotSmoke", "AotSmoke.csproj"), "-c", "Release", "--artifacts-path", Path.Combine(Repository.Root, "artifacts", "aot"), "-o", output,
            "-v", "quiet", "--nologo", "--disable-build-servers", "-p:UseSharedCompilation=false"]);
        Assert.DoesNotContain("warning", published, StringComparison.OrdinalIgnoreCase);
        Assert.False(File.Exists(Path.Combine(output, "AotSmoke.dll")));

        string[] lines = (await RunAsync([Path.Combine(output, "AotSmoke")], ("STRONGROOM_VAULT", _vault.VaultPath), ("STRONGROOM_KEY_FILE", _vault.KeyPath), ("STRONGROOM_STATE_DIR", state))).Trim().Split('\n');

        Assert.Equal(
        [
            "configuration key-1 = key-1",
            "options key-1, live secret of 16 bytes",
            "protected payload, database user oms_a",
            "request key-1 signed True, health Healthy",
        ], lines);
    }

    private static async Task<string> RunAsync(string[] command, params (string Name, string Value)[] environment)
    {
        using Process process = Programs.Start(command, environment);
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(Ct);
        string errors = await process.StandardError.ReadToEndAsync(Ct);
        await process.WaitForExitAsync(Ct);
        string text = await output;
        Assert.True(process.ExitCode == 0, $"{process.ExitCode}: {text} {errors}");
        return text;
    }
}
