using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text;
using Strongroom.Cryptography;
using Strongroom.Prove.Processes;
using Strongroom.Vault;

namespace Strongroom.Prove.Leaks;

/// <summary>
/// The memory of a process that has a vault open, and of the same one after it has let go. All that it has mapped is read, also what it keeps out of core dumps, and then the core dump that gcore makes of it, in which keys and
/// values are not to be even while they are held.
/// </summary>
internal sealed class MemoryLeaks(CampaignRun run)
{
    /// <summary>What the names of its points begin with.</summary>
    public const string Points = "memory";

    public async Task RunAsync()
    {
        if (!OperatingSystem.IsLinux())
            return;
        for (int i = 0; i < (run.IsShort ? 1 : 10); i++)
            await CheckAsync(withDumps: i == 0);
        run.Note("process memory: the value is found while it is held (so the search works); after dispose there are 0 copies of passphrase, root key and value; core dumps by gcore have none before or after");
    }

    private async Task CheckAsync(bool withDumps)
    {
        Canary passphrase = new("passphrase"), value = new("value");
        using var vault = new RealVault();
        byte[] root;
        using (Unlock unlock = Unlock.DangerousPassphrase(passphrase.Text))
        {
            await using SecretsManager manager = await SecretsManager.CreateAsync(vault.Options, unlock);
            using SecretValue held = SecretValue.DangerousFromString(value.Text);
            await manager.SetAsync("held", held);
        }

        using (Unlock unlock = Unlock.DangerousPassphrase(passphrase.Text))
        {
            await using VaultCore core = await VaultOpener.OpenAsync(vault.Options, unlock, ignoreMarks: false, CancellationToken.None);
            root = RootOf(core.Session.Keys);
        }

        using Process holder = Child.Start("secrets", vault);
        await holder.StandardInput.WriteAsync(passphrase.Text + "\n");
        await holder.StandardInput.FlushAsync();
        await SaysAsync(holder, "open");
        CampaignRun.Require(Find(holder.Id, value.Text, root) > 0, "memory/open", "Neither value nor root key is found in a process that holds them: the search does not work.");
        (string What, byte[] Bytes)[] secrets = [("passphrase", Encoding.UTF8.GetBytes(passphrase.Text)), ("value", Encoding.UTF8.GetBytes(value.Text)), ("root key", root)];
        if (withDumps)
            await CheckDumpAsync(vault, holder.Id, secrets, "held");
        await holder.StandardInput.WriteAsync("\n");
        await holder.StandardInput.FlushAsync();
        await SaysAsync(holder, "closed");
        foreach ((string what, byte[] secret) in secrets)
        {
            int copies = Copies(holder.Id, secret);
            CampaignRun.Require(copies == 0, "memory/closed", $"{copies} copies of the {what} are in the memory of a process that has let go of them.");
            run.Count();
        }

        if (withDumps)
            await CheckDumpAsync(vault, holder.Id, secrets, "closed");

        await holder.StandardInput.WriteAsync("\n");
        await holder.StandardInput.FlushAsync();
        await holder.WaitForExitAsync();
    }

    private async Task CheckDumpAsync(RealVault vault, int process, (string What, byte[] Bytes)[] secrets, string moment)
    {
        string prefix = Path.Combine(vault.Folder, "core");
        using (Process gcore = Process.Start(new ProcessStartInfo("gcore", ["-o", prefix, $"{process}"]) { RedirectStandardOutput = true, RedirectStandardError = true })!)
        {
            Task<string> errors = gcore.StandardError.ReadToEndAsync();
            await gcore.StandardOutput.ReadToEndAsync();
            await gcore.WaitForExitAsync();
            CampaignRun.Require(gcore.ExitCode == 0, "memory/gcore", $"gcore ended with {gcore.ExitCode}: {await errors}");
        }

        string dump = $"{prefix}.{process}";
        byte[] bytes = await File.ReadAllBytesAsync(dump);
        File.Delete(dump);
        // The name of the secret is no secret: that it is found shows that the dump has the process's memory in it.
        CampaignRun.Require(Count(bytes, "held"u8) > 0, "memory/gcore", "Not even the secret's name is in the core dump: the search does not work.");
        foreach ((string what, byte[] secret) in secrets)
        {
            int copies = Count(bytes, secret);
            CampaignRun.Require(copies == 0, $"memory/gcore/{moment}", $"{copies} copies of the {what} are in the core dump of a process in which it is {moment}.");
            run.Count();
        }
    }

    private static int Find(int process, string value, byte[] root) => Math.Min(Copies(process, Encoding.UTF8.GetBytes(value)), Copies(process, root));

    private static async Task SaysAsync(Process process, string expected)
    {
        string? said = await process.StandardOutput.ReadLineAsync();
        CampaignRun.Require(said == expected, "memory", $"The process said '{said}': {(said is null ? await process.StandardError.ReadToEndAsync() : "")}");
    }

    private static byte[] RootOf(HardenedEncryption keys)
    {
        object current = Field(keys, "_current");
        return ((SecretBuffer)Field(current, "_root")).Span.ToArray();
    }

    private static object Field(object of, string name) => of.GetType().GetField(name, BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(of)!;

    // How often bytes stand in what a process can read.
    private static int Copies(int process, byte[] needle)
    {
        int found = 0;
        using FileStream memory = File.OpenRead($"/proc/{process}/mem");
        byte[] buffer = new byte[1 << 20];
        foreach (string line in File.ReadLines($"/proc/{process}/maps"))
        {
            string[] parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries), range = parts[0].Split('-');
            if (parts[1][0] != 'r' || line.EndsWith("[vvar]", StringComparison.Ordinal) || line.EndsWith("[vsyscall]", StringComparison.Ordinal))
                continue;
            ulong at = ulong.Parse(range[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture), end = ulong.Parse(range[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            while (at < end && at < long.MaxValue)
            {
                int read = Read(memory, (long)at, buffer.AsSpan(0, (int)Math.Min((ulong)buffer.Length, end - at)));
                if (read <= 0)
                    break;
                found += Count(buffer.AsSpan(0, read), needle);
                at += (ulong)(read < buffer.Length ? read : read - needle.Length + 1);
            }
        }

        return found;
    }

    private static int Read(FileStream memory, long at, Span<byte> buffer)
    {
        try
        {
            return RandomAccess.Read(memory.SafeFileHandle, buffer, at);
        }
        catch (IOException)
        {
            // Pages that can't be read by anybody.
            return 0;
        }
    }

    private static int Count(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> needle)
    {
        int count = 0;
        for (int at; (at = bytes.IndexOf(needle)) >= 0; bytes = bytes[(at + 1)..])
            count++;
        return count;
    }
}
