using System.Diagnostics;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Running;

namespace Strongroom.Cli.Agent;

/// <summary>Starts the agent as a process of its own: in a session of its own, in the root folder, without a terminal, and without the variables that open vaults.</summary>
internal static unsafe class AgentProcess
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>What a started agent says once it listens.</summary>
    private static ReadOnlySpan<byte> Ready => "ready\n"u8;

    /// <summary>Connects to the agent, after starting one where there is none.</summary>
    /// <param name="context">Cancellation.</param>
    /// <param name="endsWhenLocked">Whether one that is started here ends with the last vault.</param>
    public static AgentConnection ConnectOrStart(CommandContext context, bool endsWhenLocked)
    {
        RequireSupport();
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            if (AgentConnection.TryConnect(context.Cancellation) is { } running)
                return running;
            // Another command may be starting one at this moment, or one may be about to end: neither is a failure.
            if (TryStart(endsWhenLocked) && AgentConnection.TryConnect(context.Cancellation) is { } started)
                return started;
            if (Stopwatch.GetElapsedTime(start) > Patience)
                throw new CliException(ExitCodes.Unavailable, "SR2083", "The agent does not start, or does not answer.", "Run 'strongroom agent start --foreground' to see why.");
            context.Cancellation.ThrowIfCancellationRequested();
            Thread.Sleep(50);
        }
    }

    /// <summary>Tells the process that has started this one that it listens, and lets go of its pipe.</summary>
    public static void Announce()
    {
        _ = Descriptor.WriteAll(1, Ready);
        var nothing = Native.Open("/dev/null", Native.WriteOnly);
        _ = Native.Duplicate(nothing, 1);
        _ = Native.Close(nothing);
    }

    /// <summary>Refuses systems that have no agent.</summary>
    public static void RequireSupport()
    {
        if (!AgentPlace.IsSupported)
            throw new CliException(ExitCodes.Configuration, "SR2084", "There is no agent for this system yet.", "Use --key-file or --passphrase-file.");
    }

    // False when it has ended without a word: most often there is one already.
    private static bool TryStart(bool endsWhenLocked)
    {
        AgentPlace.Prepare();
        var (read, write) = Descriptor.Pipe();
        using var _ = read;
        Spawn(write, endsWhenLocked);
        write.Dispose();
        // It writes one line once it listens; nothing when it can't.
        Span<byte> line = stackalloc byte[Ready.Length];
        var length = 0;
        for (int count; length < line.Length && (count = Descriptor.Read(read.Number, line[length..])) > 0;)
            length += count;
        return line[..length].SequenceEqual(Ready); // public
    }

    private static void Spawn(Descriptor ready, bool endsWhenLocked)
    {
        var self = Environment.ProcessPath ?? throw new IOException("This program does not know its own path.");
        List<string> words = [self];
        // A portable build is run by the dotnet host, which wants to know what.
        if (Path.GetFileNameWithoutExtension(self) == "dotnet")
            words.Add(Path.GetFullPath(Environment.GetCommandLineArgs()[0]));
        words.AddRange(["agent", "start", "--foreground", "--announce"]);
        if (endsWhenLocked)
            words.Add("--end-when-locked");
        using var program = Executable.Find(words, null);
        using var environment = new ChildEnvironment(clean: false);
        byte* actions = stackalloc byte[Native.OpaqueSize], attributes = stackalloc byte[Native.OpaqueSize];
        _ = Native.InitActions(actions);
        _ = Native.InitAttributes(attributes);
        _ = Native.AddOpen(actions, 0, "/dev/null", 0, 0);
        _ = Native.AddDuplicate(actions, ready.Number, 1);
        _ = Native.AddOpen(actions, 2, "/dev/null", Native.WriteOnly, 0);
        _ = Native.AddFolder(actions, "/");
        _ = Native.SetFlags(attributes, Native.SpawnSession);
        _ = program.Start(actions, attributes, environment.Build());
        _ = Native.DestroyActions(actions);
        _ = Native.DestroyAttributes(attributes);
    }
}
