using Strongroom;
using Strongroom.Backends.PostgreSql;
using Strongroom.Backends.Sqlite;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Platform;

// Only wires: what the command does is in Verbs/, its rules in CommandLine/StrongroomCommand.cs.
ProcessHardening.Apply();
VaultBackends.Register(SqliteBackend.Provider);
VaultBackends.Register(PostgreSqlBackend.Provider);
return await StrongroomCommand.RunAsync(args);
