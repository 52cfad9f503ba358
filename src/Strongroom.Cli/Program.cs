using Strongroom;
using Strongroom.Backends.PostgreSql;
using Strongroom.Backends.Redis;
using Strongroom.Backends.Sqlite;
using Strongroom.Cli.Agent;
using Strongroom.Cli.Clipboard;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Platform;
using Strongroom.Cli.Running;
using Strongroom.Cli;

// Only wires: what the command does is in Verbs/, its rules in CommandLine/StrongroomCommand.cs.
ProcessHardening.Apply();
if (args is [TerminalMonitor.Word, .. var monitored])
    return TerminalMonitor.Run(monitored);
if (args is [ClipboardKeeper.Word])
    return ClipboardKeeper.Run();
if (args is [ManPage.Word])
{
    Console.Out.Write(ManPage.Text());
    return ExitCodes.Ok;
}

if (QuickGet.TryRun(args) is { } done)
    return done;
VaultBackends.Register(SqliteBackend.Provider);
VaultBackends.Register(PostgreSqlBackend.Provider);
VaultBackends.Register(RedisBackend.Provider);
return await StrongroomCommand.RunAsync(args);
