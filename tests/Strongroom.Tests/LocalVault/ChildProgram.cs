using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Strongroom.Storage;

namespace Strongroom.Tests.LocalVaults;

/// <summary>
/// What the test program does instead of testing when a test has started it as another process (see <see cref="Child"/>). Runs before the entry point, so that the test framework
/// need not know.
/// </summary>
internal static partial class ChildProgram
{
    public const string Variable = "STRONGROOM_TEST_CHILD";

    [ModuleInitializer]
    internal static void Run()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } text)
            return;
        string[] words = text.Split('|');
        try
        {
            Do(words);
            Environment.Exit(0);
        }
        catch (StrongroomException error)
        {
            Console.WriteLine($"{error.GetType().Name} {error.Code} {error.Message}");
            Environment.Exit(3);
        }
    }

    private static void Do(string[] words)
    {
        // Before anything is measured: making the console takes longer than a commit.
        Console.Out.Write("");
        Console.Out.Flush();
        IImageBackend vault = new LocalVault(words[1], lockTimeout: TimeSpan.FromSeconds(30));
        switch (words[0])
        {
            case "hold":
                using (vault.Lock(TimeSpan.FromSeconds(30)))
                {
                    Say("locked");
                    Console.In.ReadToEnd();
                }

                break;
            case "create":
                Say("ready");
                Console.In.ReadLine();
                Say(vault.TryCommit(null, Rows.Head(1, words[2]), VaultImage.Empty, out _).ToString());
                break;
            case "default":
                using (ApiKey key = SecretsHelper.Default.GetApiKeyAsync(words[2]).AsTask().GetAwaiter().GetResult())
                    Say(key.Key.DangerousRevealString());
                break;
            case "commit":
                Commit(vault, int.Parse(words[2], CultureInfo.InvariantCulture));
                break;
            case "count":
                Count(vault, int.Parse(words[2], CultureInfo.InvariantCulture));
                break;
            case "umask":
                _ = Umask(Convert.ToUInt32(words[2], 8));
                Commit(vault, 1);
                break;
            case "read":
                Say(vault.Load() is { } loaded ? Revision(loaded).ToString(CultureInfo.InvariantCulture) : "none");
                foreach (string warning in vault.Warnings)
                    Say(warning);
                break;
            case "memory":
                Say(Retained(vault, new FileInfo(words[1]).Length).ToString("0.000", CultureInfo.InvariantCulture));
                break;
            case "marks":
                Marks(words[1], int.Parse(words[2], CultureInfo.InvariantCulture));
                break;
            default:
                throw new ArgumentException(words[0], nameof(words));
        }
    }

    // Says each revision after it has been acknowledged.
    private static void Commit(IImageBackend vault, int count)
    {
        LoadedVault? loaded = vault.Load();
        for (int i = 0; i < count; i++)
        {
            long next = loaded is null ? 1 : Revision(loaded) + 1;
            CommitOutcome outcome = vault.TryCommit(loaded, Rows.Head(next), (loaded?.Image ?? VaultImage.Empty).Apply([Rows.Record("a", next.ToString(CultureInfo.InvariantCulture))], []), out loaded);
            Say(outcome == CommitOutcome.Committed ? next.ToString(CultureInfo.InvariantCulture) : outcome.ToString());
        }
    }

    // Read, add one, write, under the lock: what is lost when the lock is no lock.
    private static void Count(IImageBackend vault, int times)
    {
        for (int i = 0; i < times; i++)
        {
            using IDisposable hold = vault.Lock(TimeSpan.FromSeconds(30));
            LoadedVault loaded = vault.Load()!;
            CommitOutcome outcome = vault.TryCommit(loaded, Rows.Head(Revision(loaded) + 1), loaded.Image, out _);
            if (outcome != CommitOutcome.Committed)
                Say($"{outcome} under the lock");
        }

        Say("done");
    }

    // What stays in memory, as a multiple of the file.
    private static double Retained(IImageBackend vault, long fileBytes)
    {
        long before = GC.GetTotalMemory(forceFullCollection: true);
        VaultImage image = vault.Load()!.Image;
        long after = GC.GetTotalMemory(forceFullCollection: true);
        GC.KeepAlive(image);
        return (double)(after - before) / fileBytes;
    }

    private static void Marks(string state, int times)
    {
        var marks = new MarkStore(FileSystems.Default, state);
        for (int i = 1; i <= times; i++)
            marks.Raise(MarkStoreTests.Seen(revision: i));
        Say(string.Join(' ', marks.Warnings));
    }

    private static long Revision(LoadedVault loaded) => HeadPeek.Read(loaded.Head.Span).Revision;

    private static void Say(string text)
    {
        Console.WriteLine(text);
        Console.Out.Flush();
    }

    [LibraryImport("libc", EntryPoint = "umask")]
    private static partial uint Umask(uint mask);
}
