using System.Diagnostics;
using Strongroom.Backends.Sqlite;
using Strongroom.Bench.Against;
using Strongroom.Bench.Harness;

namespace Strongroom.Bench.Rows;

/// <summary>Vaults in SQLite against the bare database: one durable upsert, the same rows inserted by prepared statements; and how a vault behaves at a million secrets.</summary>
internal static class SqliteRow
{
    private const int Secrets = 10_000, Many = 1_000_000, Few = 1_000, Reads = 1_000;

    public static IEnumerable<Measured> Measure()
    {
        VaultBackends.Register(SqliteBackend.Provider);
        yield return Measured.Times("SQLite: durable set, 10,000 secrets / one upsert", Set(), 2.0);
        yield return Measured.Times("SQLite: batch of 10,000 / the same rows by prepared inserts", Batch(), 2.0);
        yield return Verify(100_000, "SQLite: verify 100,000 secrets");
    }

    public static IEnumerable<Measured> MeasureMillion()
    {
        VaultBackends.Register(SqliteBackend.Provider);
        using Workspace few = new(), many = new();
        using (Create(few, Few))
        {
        }

        using (Create(many, Many))
        {
        }

        Pair get = Interleaved.Run(Rounds.Of(9), () => Getting(many, Many), () => Getting(few, Few));
        yield return Measured.Times("SQLite: uncached get at 10⁶ secrets / at 10³", new Pair(get.Ours / Reads, get.Against / Reads), 2.0);
        yield return Verify(many, Many, "SQLite: verify 1,000,000 secrets");
        double memory = Workspace.MemoryOf("getting", many.Folder, $"{Many}");
        yield return new Measured("SQLite: peak memory of a process that opens 10⁶ secrets, sets one and reads 10,000", Units.Bytes(memory), "", null, "at most 200 MB", memory <= 200e6);
    }

    /// <summary>A new vault in a folder, and so many sets: a test counts the system calls.</summary>
    public static void Sets(string folder, int times)
    {
        VaultBackends.Register(SqliteBackend.Provider);
        using Workspace workspace = new(folder);
        using SecretsManager manager = Create(workspace, 1);
        for (int i = 0; i < times; i++)
        {
            using SecretValue value = SecretValue.FromBytes(Samples.Value(i));
            manager.Set(Samples.Name(0), value);
        }
    }

    /// <summary>What a process does whose memory is looked at.</summary>
    public static void Use(string folder, int secrets)
    {
        VaultBackends.Register(SqliteBackend.Provider);
        using Unlock unlock = Unlock.KeyFile(Path.Combine(folder, "key"));
        using SecretsManager manager = SecretsManager.Open(OptionsOf(folder), unlock);
        using SecretValue value = SecretValue.FromBytes(Samples.Value(1));
        manager.Set(Samples.Name(7), value);
        for (int i = 0; i < 10_000; i++)
            manager.Get(Samples.Name((int)(i * 7919L % secrets))).Dispose();
    }

    private static VaultOptions OptionsOf(string folder) => Workspace.OptionsFor("sqlite:" + Path.Combine(folder, "vault.db"), Path.Combine(folder, "state"));

    private static SecretsManager Open(Workspace workspace)
    {
        using Unlock unlock = Unlock.KeyFile(workspace.KeyFile);
        return SecretsManager.Open(OptionsOf(workspace.Folder), unlock);
    }

    private static SecretsManager Create(Workspace workspace, int secrets)
    {
        using Unlock unlock = Unlock.KeyFile(workspace.KeyFile);
        SecretsManager manager = SecretsManager.Create(OptionsOf(workspace.Folder), unlock);
        Samples.Fill(manager, secrets);
        return manager;
    }

    private static Pair Set()
    {
        using Workspace workspace = new();
        using SecretsManager manager = Create(workspace, Secrets);
        using BareSqlite bare = new(Path.Combine(workspace.Folder, "bare.db"));
        bare.Put(Enumerable.Range(0, Secrets).Select(static i => (Samples.Name(i).ToString(), new byte[800])));
        int ours = 0, theirs = 0;
        return Interleaved.Run(Rounds.Of(300), 1,
            _ =>
            {
                using SecretValue value = SecretValue.FromBytes(Samples.Value(-ours));
                manager.Set(Samples.Name(ours++ * 7 % Secrets), value);
            },
            _ =>
            {
                // Other bytes than before: SQLite leaves a page alone that would not change.
                byte[] row = new byte[800];
                Samples.Value(-theirs).CopyTo(row, 0);
                bare.Put(Samples.Name(theirs++ * 7 % Secrets).ToString(), row);
            },
            warmUp: 1000);
    }

    private static Pair Batch()
    {
        using Workspace workspace = new();
        SecretValue[] values = [.. Enumerable.Range(0, Secrets).Select(static i => SecretValue.FromBytes(Samples.Value(i)))];
        SecretsManager? manager = null;
        BareSqlite? bare = null;
        int round = 0;
        Pair pair = Interleaved.Run(Rounds.Of(15),
            () =>
            {
                string folder = Path.Combine(workspace.Folder, $"{round++}");
                Directory.CreateDirectory(folder);
                File.Copy(workspace.KeyFile, Path.Combine(folder, "key"));
                using Unlock unlock = Unlock.KeyFile(workspace.KeyFile);
                manager = SecretsManager.Create(OptionsOf(folder), unlock);
                return () => manager.CommitAsync(Samples.Batch(0, values)).AsTask().GetAwaiter().GetResult();
            },
            () =>
            {
                string folder = Path.Combine(workspace.Folder, $"{round - 1}");
                List<(string Key, byte[] Bytes)> rows = BareSqlite.RowsOf(Path.Combine(folder, "vault.db"));
                bare = new BareSqlite(Path.Combine(folder, "bare.db"));
                return () => bare.Put(rows);
            },
            () =>
            {
                manager!.Dispose();
                bare!.Dispose();
                Directory.Delete(Path.Combine(workspace.Folder, $"{round - 1}"), recursive: true);
            });
        Array.ForEach(values, static value => value.Dispose());
        return pair;
    }

    private static Measured Verify(int secrets, string what)
    {
        using Workspace workspace = new();
        Create(workspace, secrets).Dispose();
        return Verify(workspace, secrets, what);
    }

    private static Measured Verify(Workspace workspace, int secrets, string what)
    {
        List<double> rates = [];
        for (int round = 0; round < Rounds.Of(5); round++)
        {
            using SecretsManager manager = Open(workspace);
            long start = Stopwatch.GetTimestamp();
            if (!manager.VerifyAsync().AsTask().GetAwaiter().GetResult().IsIntact)
                throw new InvalidOperationException("The vault does not verify.");
            rates.Add(secrets / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        double rate = Units.Median(rates);
        return new Measured(what, $"{rate:n0} a second", "", null, "at least 100,000 a second", rate >= 100_000);
    }

    // A process of its own would have to be started for each read; a manager that has read nothing yet has nothing cached either.
    private static Action Getting(Workspace workspace, int secrets)
    {
        SecretsManager manager = Open(workspace);
        return () =>
        {
            int[] order = [.. Enumerable.Range(0, Reads)];
            new Random(secrets).Shuffle(order);
            foreach (int i in order)
                manager.Get(Samples.Name((int)(i * (long)(secrets / Reads)))).Dispose();
            manager.Dispose();
        };
    }
}
