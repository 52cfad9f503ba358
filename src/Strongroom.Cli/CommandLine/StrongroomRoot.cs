using System.CommandLine;
using Strongroom.Cli.Verbs;

namespace Strongroom.Cli.CommandLine;

/// <summary>All verbs, in the groups that help shows.</summary>
internal sealed class StrongroomRoot : RootCommand
{
    public StrongroomRoot(GlobalOptions globals)
        : base("Strongroom keeps secrets in one encrypted file that can't be edited, rolled back or exchanged unnoticed.")
    {
        // Help and version are our own: the same rules for every output.
        Options.Clear();
        foreach (var option in globals.All)
        {
            option.Recursive = true;
            Options.Add(option);
        }

        foreach (var (_, verbs) in Groups)
            foreach (var verb in verbs)
                Subcommands.Add(verb);
    }

    /// <summary>The verbs by group.</summary>
    public IReadOnlyList<(string Title, Verb[] Verbs)> Groups { get; } =
    [
        ("Start", [new InitVerb(), new StatusVerb(), new DemoVerb(), new VersionVerb()]),
        ("Secrets", [new GetVerb(), new ClipVerb(), new OtpVerb(), new SetVerb(), new EditVerb(), new PatchVerb(), new UnsetVerb(), new GenerateVerb(), new ListVerb(), new FindVerb(), new GrepVerb(), new ShowVerb(), new MetaVerb(), new CopyVerb(), new MoveVerb(), new RemoveVerb(), new RestoreVerb(), new PurgeVerb()]),
        ("Use", [new RunVerb(), new InjectVerb(), new CheckVerb(), new ShellHookVerb(), new GitCredentialVerb(), new DockerCredentialVerb()]),
        ("Versions", [new RotateVerb(), new HistoryVerb(), new DiffVerb(), new RollbackVerb(), new ExpireVerb()]),
        ("Moving", [new ImportVerb(), new ExportVerb()]),
        ("Keys", [new KeyVerb(), new RekeyVerb()]),
        ("Safety", [new VerifyVerb(), new ScanVerb(), new LintVerb(), new LogVerb(), new BackupVerb(), new RestoreVaultVerb(), new MigrateVerb(), new AcceptRollbackVerb()]),
        ("Agent and settings", [new UnlockVerb(), new LockVerb(), new AgentVerb(), new ConfigVerb(), new DoctorVerb(), new CompletionVerb(), new ExitCodesVerb()]),
    ];
}
