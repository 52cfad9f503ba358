using System.Diagnostics;

namespace Strongroom.Bench.Harness;

/// <summary>The parts that run in processes of their own: this program again.</summary>
internal static class Children
{
    public static SecretName Counter { get; } = SecretName.Parse("bench/counter");

    public static Process Start(string role, params string[] arguments)
    {
        ProcessStartInfo start = new(Environment.ProcessPath!) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Add(typeof(Children).Assembly.Location);
        foreach (string argument in (string[])["child", role, .. arguments])
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    public static int Run(string[] args)
    {
        if (args[0] == "sets")
        {
            Set(args[1], int.Parse(args[2]));
            return 0;
        }

        if (args[0] == "sqlite-sets")
        {
            Rows.SqliteRow.Sets(args[1], int.Parse(args[2]));
            return 0;
        }

        if (args[0] == "getting")
        {
            Rows.SqliteRow.Use(args[1], int.Parse(args[2]));
            Console.WriteLine(Process.GetCurrentProcess().PeakWorkingSet64);
            return 0;
        }

        if (args[0] is "start-host" or "start-bare")
            return Rows.StartChild.Run(args[1], args[0] == "start-host");

        using Unlock unlock = Unlock.KeyFile(Path.Combine(args[1], "key"));
        using SecretsManager manager = SecretsManager.Open(Workspace.OptionsFor(Path.Combine(args[1], "vault.json"), Path.Combine(args[1], "state")), unlock);
        switch (args[0])
        {
            case "writer":
                Write(manager);
                return 0;
            case "texts":
                WriteTexts(manager);
                return 0;
            case "counter":
                Count(manager, int.Parse(args[2]));
                return 0;
            default:
                return 2;
        }
    }

    // A new vault in a folder, and so many sets: a test counts the system calls.
    private static void Set(string folder, int times)
    {
        using Workspace workspace = new(folder);
        using SecretsManager manager = workspace.CreateVault(1);
        for (int i = 0; i < times; i++)
        {
            using SecretValue value = SecretValue.FromBytes(Samples.Value(i));
            manager.Set(Samples.Name(0), value);
        }
    }

    private static void Write(SecretsManager manager)
    {
        while (Console.ReadLine() is { } line)
        {
            byte[] bytes = Samples.Value(0);
            BitConverter.TryWriteBytes(bytes, int.Parse(line));
            using SecretValue value = SecretValue.FromBytes(bytes);
            manager.Set(Samples.Name(7), value);
            Console.WriteLine("done");
        }
    }

    private static void WriteTexts(SecretsManager manager)
    {
        while (Console.ReadLine() is { } line)
        {
            using SecretValue value = SecretValue.DangerousFromString(line);
            manager.Set(Rows.ConfigurationRow.Name(0), value);
        }
    }

    private static void Count(SecretsManager manager, int times)
    {
        for (int done = 0; done < times;)
        {
            using SecretData secret = manager.Get(Counter);
            using SecretValue next = SecretValue.FromBytes(BitConverter.GetBytes(BitConverter.ToInt32(secret.Value.Span) + 1));
            try
            {
                manager.Set(Counter, next, new SetOptions { Condition = WriteCondition.Version(secret.Metadata.Version) });
                done++;
            }
            catch (SecretConflictException)
            {
                // Another process was faster: read again.
            }
        }
    }
}
