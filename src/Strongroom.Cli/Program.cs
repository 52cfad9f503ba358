using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Platform;

// Only wires: what the command does is in Verbs/, its rules in CommandLine/StrongroomCommand.cs.
ProcessHardening.Apply();
return await StrongroomCommand.RunAsync(args);
