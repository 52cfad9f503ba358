using System.Diagnostics;
using System.Globalization;
using Strongroom.Bench.Against;
using Strongroom.Bench.Harness;

namespace Strongroom.Bench.Rows;

/// <summary>
/// The command as whole processes, in pairs with what people would run instead, on a vault of 1,000 secrets that an agent and a passphrase file open. Needs gpg, keepassxc-cli and GNU time (Debian: gnupg, keepassxc, time).
/// </summary>
internal static class CommandRow
{
    private const int Secrets = 1000;
    private const double MaxMemory = 20 * 1024 * 1024;

    public static IEnumerable<Measured> Measure()
    {
        using NativeCommand command = new(Secrets);
        using Peers peers = new(command);
        string name = Samples.Name(500).ToString();
        string[] get = [command.Program, "get", name];

        string hello = peers.Hello();
        Pair version = Processes(100, () => command.Run(command.Program, "--version"), () => command.Run(hello));
        yield return Measured.Times("`--version` / a native hello world of .NET", version, 3, 0.010);

        string[] decrypt = peers.GpgDecrypt();
        using (peers.Unlocked())
        {
            yield return Measured.Times("`get`, agent running / `gpg -d` of one file, agent running", Processes(100, () => peers.WithAgent(get), () => peers.Run(decrypt)), 0.5);
            string[] ten = [command.Program, "run", .. Enumerable.Range(0, 10).SelectMany(i => new[] { "--env", $"S{i}={Samples.Name(i)}?as=base64" }), "--", "true"];
            Pair start = Processes(60, () => peers.WithAgent(ten), () => command.Run("env", "true"));
            double more = start.Ours - start.Against;
            yield return new Measured("`run -- true`, ten references, agent running / `env true`", Units.Time(start.Ours), Units.Time(start.Against), null, "at most +15 ms", more <= 0.015);
            double peak = peers.PeakMemory(get);
            yield return new Measured("`get`, agent running: peak memory", Units.Bytes(peak), "", null, $"at most {Units.Bytes(MaxMemory)}", peak <= MaxMemory);
        }

        Pair derive = Processes(21, () => peers.WithPassphrase(get), () => BareCryptography.Argon2id());
        double most = (1.15 * derive.Against) + 0.010;
        yield return new Measured("`get`, passphrase file, no agent / the bare Argon2id call", Units.Time(derive.Ours), Units.Time(derive.Against), derive.Ratio, "at most 1.15 × + 10 ms", derive.Ours <= most);
        string[] show = peers.KeePassShow("default", "");
        yield return Measured.Times("the same / `keepassxc-cli show`, KDBX 4 as its command line makes it (AES-KDF, 10⁶ rounds)", Processes(11, () => peers.WithPassphrase(get), () => peers.Run(show)), 0.25);
        show = peers.KeePassShow("second", "-t 1000");
        yield return Measured.Times("the same / `keepassxc-cli show`, KDBX 4 that takes a second, as its window makes it", Processes(11, () => peers.WithPassphrase(get), () => peers.Run(show)), 0.25);
        string[] list = peers.UserSecretsList();
        yield return Measured.Times("the same / `dotnet user-secrets list`", Processes(11, () => peers.WithPassphrase(get), () => peers.Run(list)), 0.40);
    }

    private static Pair Processes(int rounds, Action ours, Action against) => Interleaved.Run(Rounds.Of(rounds), 1, _ => ours(), _ => against());

    /// <summary>What the command is compared with, and the ways its vault is opened, each with an environment that nothing of the user's is in.</summary>
    private sealed class Peers(NativeCommand command) : IDisposable
    {
        private string Passphrase => Path.Combine(command.Folder, "passphrase");

        /// <summary>Holds the vault in an agent of its own until it is disposed of.</summary>
        public IDisposable Unlocked()
        {
            WithAgent(command.Program, "unlock", "--key-file", "key", "--quiet");
            return new Ending(() => WithAgent(command.Program, "agent", "stop", "--quiet"));
        }

        public void WithAgent(params string[] arguments) => Start(arguments);

        public void WithPassphrase(string[] arguments)
        {
            if (!File.Exists(Passphrase))
            {
                File.WriteAllText(Passphrase, "correct horse battery staple");
                command.Run(command.Program, "key", "add", "--new-passphrase-file", Passphrase, "--quiet");
            }

            Start(arguments, ("STRONGROOM_PASSPHRASE_FILE", Passphrase));
        }

        public void Run(string[] arguments) => Start(arguments);

        /// <summary>The most that a process had in memory, in bytes.</summary>
        public double PeakMemory(string[] arguments)
        {
            string told = Path.Combine(command.Folder, "peak");
            double[] all = [.. Enumerable.Range(0, 9).Select(_ =>
            {
                Start(["time", "-f", "%M", "-o", told, .. arguments]);
                return double.Parse(File.ReadAllText(told), CultureInfo.InvariantCulture) * 1024;
            })];
            return all.Max();
        }

        /// <summary>A program that says hello, compiled ahead of time like ours.</summary>
        public string Hello()
        {
            string folder = Directory.CreateDirectory(Path.Combine(command.Folder, "hello")).FullName;
            File.WriteAllText(Path.Combine(folder, "hello.csproj"), """
                <Project Sdk="Microsoft.NET.Sdk">
                  <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><PublishAot>true</PublishAot><InvariantGlobalization>true</InvariantGlobalization></PropertyGroup>
                </Project>
                """);
            File.WriteAllText(Path.Combine(folder, "Program.cs"), "System.Console.WriteLine(\"hello\");\n");
            command.Run("dotnet", "publish", folder, "-c", "Release", "-o", Path.Combine(folder, "out"), "-v", "quiet", "--nologo", "--disable-build-servers");
            return Path.Combine(folder, "out", "hello");
        }

        /// <summary>One value in a file for a key of its own, as the password store has it; no passphrase, so that the agent only decrypts.</summary>
        public string[] GpgDecrypt()
        {
            Directory.CreateDirectory(Path.Combine(command.Folder, "gnupg"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            string value = Path.Combine(command.Folder, "value");
            File.WriteAllBytes(value, Samples.Value(500));
            Run(["gpg", "-q", "--batch", "--passphrase", "", "--quick-generate-key", "bench", "default", "default", "never"]);
            Run(["gpg", "-q", "--batch", "--yes", "--trust-model", "always", "-r", "bench", "-e", "-o", value + ".gpg", value]);
            return ["gpg", "-q", "--batch", "-d", value + ".gpg"];
        }

        /// <summary>The same values in KDBX 4, as KeePassXC makes it.</summary>
        public string[] KeePassShow(string file, string options)
        {
            string xml = Path.Combine(command.Folder, "all.xml"), database = Path.Combine(command.Folder, file + ".kdbx");
            // Without something of version 4 in it, it would be version 3.
            const string Custom = "<CustomData><Item><Key>k</Key><Value>v</Value></Item></CustomData>";
            IEnumerable<string> entries = Enumerable.Range(0, Secrets).Select(i => $"<Entry><String><Key>Title</Key><Value>secret-{i}</Value></String><String><Key>Password</Key><Value>{Convert.ToBase64String(Samples.Value(i))}</Value></String>{(i == 0 ? Custom : "")}</Entry>");
            File.WriteAllText(xml, $"<KeePassFile><Root><Group><Name>All</Name>{string.Concat(entries)}</Group></Root></KeePassFile>");
            File.WriteAllText(Path.Combine(command.Folder, "twice"), "a passphrase\na passphrase\n");
            Run(["sh", "-c", $"keepassxc-cli import -q -p {options} {xml} {database} <twice 2>/dev/null"]);
            return ["sh", "-c", $"echo 'a passphrase' | keepassxc-cli show -q -s -a Password {database} secret-500"];
        }

        public string[] UserSecretsList()
        {
            string folder = Directory.CreateDirectory(Path.Combine(command.Folder, ".microsoft", "usersecrets", "bench")).FullName;
            File.WriteAllText(Path.Combine(folder, "secrets.json"), $"{{{string.Join(',', Enumerable.Range(0, Secrets).Select(i => $"\"{Samples.Name(i)}\":\"{Convert.ToBase64String(Samples.Value(i))}\""))}}}");
            return ["dotnet", "user-secrets", "list", "--id", "bench"];
        }

        public void Dispose()
        {
            if (Directory.Exists(Path.Combine(command.Folder, "gnupg")))
                Run(["gpgconf", "--kill", "all"]);
        }

        private void Start(string[] arguments, params (string Name, string Value)[] more)
        {
            ProcessStartInfo start = new(arguments[0], arguments[1..]) { RedirectStandardOutput = true, WorkingDirectory = command.Folder };
            start.Environment.Remove("STRONGROOM_KEY_FILE");
            start.Environment["STRONGROOM_VAULT"] = Path.Combine(command.Folder, "vault.json");
            start.Environment["STRONGROOM_STATE_DIR"] = Path.Combine(command.Folder, "state");
            start.Environment["XDG_RUNTIME_DIR"] = command.Folder;
            start.Environment["GNUPGHOME"] = Path.Combine(command.Folder, "gnupg");
            start.Environment["HOME"] = command.Folder;
            foreach ((string name, string value) in more)
                start.Environment[name] = value;
            using Process process = Process.Start(start)!;
            process.StandardOutput.BaseStream.CopyTo(Stream.Null);
            process.WaitForExit();
            if (process.ExitCode != 0)
                throw new InvalidOperationException($"{string.Join(' ', arguments)} ended with {process.ExitCode}.");
        }
    }

    private sealed class Ending(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
