using System.Diagnostics;
using System.Text;

namespace Strongroom.Prove.Leaks;

/// <summary>
/// Secrets that stand nowhere else go through the command and the library, with all that can go wrong, and are then searched for in everything that leaves the process: output where none was asked for, errors, files of the vault,
/// audit log, strays, arguments and environment; and in the memory of a process that has let go of them.
/// </summary>
internal sealed class LeakCampaign : Campaign
{
    public override string Name => "leaks";

    public override string Points => "scenarios with canaries, searched in twelve forms";

    public override async Task RunAsync(CampaignRun run)
    {
        if (run.Only?.StartsWith(MemoryLeaks.Points, StringComparison.Ordinal) != true)
        {
            await new CommandLeaks(run).RunAsync();
            await new LibraryLeaks(run).RunAsync();
        }

        if (run.WantsAnyOf(MemoryLeaks.Points))
            await new MemoryLeaks(run).RunAsync();
    }
}

/// <summary>The command's part.</summary>
internal sealed class CommandLeaks(CampaignRun run)
{
    private readonly Canary _value = new("value"), _field = new("field"), _next = new("next value"), _passphrase = new("passphrase");

    private enum Trouble
    {
        None,
        Json,
        OtherKey,
        Damaged,
        Missing,
        FullDisk,
        Corrupted,
    }

    // Verbs that write the value to standard output because that is what they are asked for.
    private static readonly string[][] Revealing = [["get", "a"], ["get", "f#password"], ["show", "a", "--reveal"], ["export", "--format", "json", "--clear", "--yes"], ["inject", "-i", "{}/template"], ["run", "--env", "A=a", "--no-masking", "--", "env"]];

    private static readonly string[][] Silent =
    [
        ["set", "a"], ["set", "new"], ["set", "f", "password=-"], ["set", "bad name!"], ["set", "a", "--if-version", "99"], ["rotate", "a"], ["rotate", "missing"], ["generate", "made"], ["list", "--long"], ["show", "a"], ["show", "f"],
        ["history", "a"], ["meta", "a", "--description", "x"], ["remove", "a", "--yes"], ["restore", "gone", "--yes"], ["purge", "a", "--yes"], ["rollback", "a", "--to", "1"], ["rollback", "a", "--to", "77"], ["verify"], ["log"], ["log", "--verify"],
        ["log", "restart", "--yes"], ["status"], ["key", "list"], ["key", "add", "--new-passphrase-file", "{}/passphrase"], ["rekey", "--yes"], ["backup", "{}/copy.json"], ["restore-vault", "{}/vault/v.json", "--yes"], ["lint"],
        ["check", "{}/template"], ["import", "dotenv", "-", "--yes"], ["import", "json", "{}/vault/v.json", "--yes"], ["get", "missing"], ["get", "a#nofield"], ["scan", "{}/vault"],
    ];

    public async Task RunAsync()
    {
        using var start = new RealVault();
        await PrepareAsync(start);
        var scenarios = new List<(string[] Arguments, Trouble Trouble, bool Reveals)>();
        foreach (Trouble trouble in Enum.GetValues<Trouble>())
        {
            scenarios.AddRange(Silent.Select(arguments => (arguments, trouble, false)));
            scenarios.AddRange(Revealing.Select(arguments => (arguments, trouble, true)));
        }

        if (run.IsShort && !run.IsSingle)
        {
            Random random = run.Random("leaks");
            scenarios = [.. scenarios.OrderBy(_ => random.Next()).Take(40)];
        }

        await Parallel.ForEachAsync(scenarios, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, async (scenario, _) => await CheckAsync(start, scenario.Arguments, scenario.Trouble, scenario.Reveals));
        run.Note($"{scenarios.Count} scenarios of the command");
        await CheckWaitingAsync(start);
    }

    private async Task PrepareAsync(RealVault vault)
    {
        await using SecretsManager manager = await vault.CreateAsync();
        using SecretValue value = SecretValue.DangerousFromString(_value.Text);
        using SecretValue fields = SecretValue.FromFields([new("username", SecretValue.DangerousFromString("user")), new("password", SecretValue.DangerousFromString(_field.Text))]);
        await manager.SetAsync("a", value);
        await manager.SetAsync("a", value);
        await manager.SetAsync("f", fields);
        await manager.SetAsync("gone", value);
        await manager.DeleteAsync("gone");
        await File.WriteAllTextAsync(Path.Combine(vault.Folder, "template"), "value: strongroom://a\n");
        await File.WriteAllTextAsync(Path.Combine(vault.Folder, "passphrase"), _passphrase.Text);
    }

    private async Task CheckAsync(RealVault start, string[] arguments, Trouble trouble, bool reveals)
    {
        string point = $"command/{string.Join(' ', arguments)} {trouble}";
        if (!run.Wants(() => point))
            return;
        using RealVault vault = start.Copy();
        MakeTrouble(vault, trouble);
        string[] given = [.. arguments.Select(argument => argument.Replace("{}", vault.Folder, StringComparison.Ordinal)), .. trouble == Trouble.Json ? ["--json"] : Array.Empty<string>()];
        int separator = Array.IndexOf(given, "--");
        if (separator >= 0 && trouble == Trouble.Json)
            given = [.. given[..separator], "--json", .. given[separator..^1]];
        string input = arguments is ["import", "dotenv", ..] ? $"A={_next.Text}\nbroken line {_next.Text}\n" : _next.Text;
        ProcessStartInfo process = trouble == Trouble.FullDisk
            ? Command.Of("prlimit", ["--fsize=700", Command.Binary, .. given], vault.Variables, vault.Folder)
            : Command.Of(Command.Binary, given, vault.Variables, vault.Folder);
        CommandResult result = await Command.RunAsync(process, input, TimeSpan.FromSeconds(120));
        foreach (Canary canary in (Canary[])[_value, _field, _next, _passphrase])
        {
            Search(canary, Encoding.UTF8.GetBytes(result.Error), point, "standard error");
            if (!reveals)
                Search(canary, Encoding.UTF8.GetBytes(result.Output), point, "standard output");
            foreach (string file in Directory.GetFiles(vault.Folder, "*", SearchOption.AllDirectories).Where(static file => Path.GetFileName(file) is not ("passphrase" or "key")))
                Search(canary, await File.ReadAllBytesAsync(file), point, file);
        }

        CampaignRun.Require(!reveals || trouble != Trouble.None || result.Code != 0 || _value.FindIn(Encoding.UTF8.GetBytes(result.Output)) is not null || _field.FindIn(Encoding.UTF8.GetBytes(result.Output)) is not null, point, "What was asked for is not found: the search itself does not work.");
        run.Count();
    }

    // While it waits for its input, whoever lists processes sees arguments and, as the same user, the environment.
    private async Task CheckWaitingAsync(RealVault start)
    {
        foreach (string[] arguments in (string[][])[["set", "a"], ["rotate", "a"], ["import", "dotenv", "-", "--yes"], ["set", "f", "password=-"]])
        {
            string point = $"command/waiting {string.Join(' ', arguments)}";
            using RealVault vault = start.Copy();
            using Process process = Process.Start(Command.Of(Command.Binary, arguments, vault.Variables, vault.Folder))!;
            await process.StandardInput.WriteAsync(_next.Text);
            await process.StandardInput.FlushAsync();
            await Task.Delay(150);
            foreach (string name in (string[])["cmdline", "environ"])
                Search(_next, await File.ReadAllBytesAsync($"/proc/{process.Id}/{name}"), point, name);
            process.Kill();
            await process.WaitForExitAsync();
            run.Count();
        }
    }

    private static void MakeTrouble(RealVault vault, Trouble trouble)
    {
        switch (trouble)
        {
            case Trouble.OtherKey:
                File.WriteAllBytes(vault.KeyPath, Keys.NewBytes());
                break;
            case Trouble.Damaged:
                byte[] bytes = File.ReadAllBytes(vault.VaultPath);
                bytes[^60] ^= 1;
                File.WriteAllBytes(vault.VaultPath, bytes);
                break;
            case Trouble.Corrupted:
                Directory.Delete(vault.VaultPath + ".audit", recursive: true);
                break;
            case Trouble.Missing:
                File.Delete(vault.VaultPath);
                break;
        }
    }

    private static void Search(Canary canary, byte[] bytes, string point, string where)
    {
        string? form = canary.FindIn(bytes);
        CampaignRun.Require(form is null, point, $"The {canary.Name} stands in {where}, as {form}.");
    }
}
