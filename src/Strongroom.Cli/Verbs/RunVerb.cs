using System.CommandLine;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Input;
using Strongroom.Cli.References;
using Strongroom.Cli.Running;

namespace Strongroom.Cli.Verbs;

/// <summary><c>run -- CMD</c>: runs a command with secrets that were declared for it. What happens with it is in <see cref="CommandRun"/>.</summary>
internal sealed class RunVerb : VaultVerb
{
    private readonly Argument<string[]> _command;
    private readonly Option<string[]> _env;
    private readonly Option<string[]> _envFile;
    private readonly Option<bool> _mask;
    private readonly Option<bool> _noMask;
    private readonly Option<bool> _files;
    private readonly Option<string?> _stdin;
    private readonly Option<string?> _mount;
    private readonly Option<string?> _mountFormat;
    private readonly Option<string?> _mountTemplate;
    private readonly Option<bool> _cleanEnv;
    private readonly Option<bool> _watch;
    private readonly Option<string?> _watchInterval;
    private readonly Option<string?> _onChange;

    public RunVerb()
        : base(
            "run",
            "Run a command with secrets in its environment: only those that are declared, and only if all of them resolve.",
            new Example("strongroom run --env TOKEN=ci/token -- sh -c 'test -n \"$TOKEN\"'", "One secret as a variable"),
            new Example("DB_PASSWORD=strongroom://db/main#password strongroom run -- sh -c 'test \"$DB_PASSWORD\" != \"\"'", "A variable whose value is a reference"),
            new Example("strongroom run --mask --env TOKEN=ci/token -- sh -c 'echo token=$TOKEN'", "What the command prints is masked: token=***"),
            new Example("strongroom run --files --env KEY=tls/site -- sh -c 'test -s \"$KEY_FILE\"'", "As a file in memory"))
    {
        Aliases.Add("exec");
        _command = Takes(Make.Many("COMMAND", "The command and its arguments, after --."));
        _env = With(Make.Texts("--env", "NAME=PATH", "Set a variable to a secret: NAME=db/main#password, or a whole reference.", "-e"));
        _envFile = With(Make.Texts("--env-file", "FILE", "Set the variables of a file of NAME=value lines; values that are references are resolved."));
        _mask = With(Make.Flag("--mask", "Mask the secrets in all that the command prints. Without it, only in what goes to a terminal."));
        _noMask = With(Make.Flag("--no-mask", "Mask nothing: the command takes this process's place."));
        _files = With(Make.Flag("--files", "Each secret goes into a file in memory, and NAME_FILE is set to its path instead of NAME."));
        _stdin = With(Make.Text("--stdin", "PATH", "The command reads this secret from its standard input."));
        _mount = With(Make.Text("--mount", "FILE", "Make a named pipe that gives the secrets to whoever reads it, instead of setting variables."));
        _mountFormat = With(Make.Text("--mount-format", "FORMAT", "dotenv (the default) or json."));
        _mountTemplate = With(Make.Text("--mount-template", "TEMPLATE", "The pipe gives this template with its references filled in."));
        _cleanEnv = With(Make.Flag("--clean-env", "Hand on nothing of the environment but HOME, PATH, TERM and the like, and what is declared."));
        _watch = With(Make.Flag("--watch", "Look whether a secret has changed, and act on it."));
        _watchInterval = With(Make.Text("--watch-interval", "TIME", "How often. Default: 2s."));
        _onChange = With(Make.Text("--on-change", "ACTION", "restart (the default), HUP (files and pipe are renewed, then the signal is sent) or exit."));
    }

    public override string Details =>
        """
        Declared are: [run] of the project's .strongroom.toml once you have said 'strongroom config trust', variables of the environment whose value is a reference (strongroom://path#field), --env-file, --env; the later wins. Nothing else of the vault is read.
        Without masking the command takes this process's place (same process id). The command's exit code is handed on; 125: strongroom itself failed, 126: not executable, 127: not found.
        A process's environment can be read by its user's other processes (/proc/PID/environ) and is inherited by all that it starts; --files, --stdin and --mount avoid that.
        """;

    /// <summary>Whatever fails before the command runs ends with 125, so that it is told from the command's own codes.</summary>
    public override int FailureCode(int code) => code is ExitCodes.CommandNotExecutable or ExitCodes.CommandNotFound or ExitCodes.Interrupted or 143 ? code : ExitCodes.RunFailed;

    public override async ValueTask<int> RunAsync(CommandContext context)
    {
        var options = Options(context);
        using var environment = new ChildEnvironment(options.CleanEnvironment);
        var items = await RunItem.DeclaredAsync(context, environment, context.Get(_envFile) ?? [], context.Get(_env) ?? []);
        using var program = Executable.Find(context.Get(_command)!, environment["PATH"]);
        using var run = new CommandRun(context, options, program, items);
        if (!run.NeedsVault)
            return await run.StartAsync(null, environment);
        CloseForCommand(context);
        using var vault = await OpenAsync(context);
        return await run.StartAsync(vault, environment);
    }

    private new RunOptions Options(CommandContext context)
    {
        if (context.Get(_command) is not { Length: > 0 })
            throw CliException.Usage("strongroom run needs a command.", "Put it after --, as in: strongroom run --env TOKEN=ci/token -- make deploy.");
        // Everything before it is ours: without it a mistyped option would be run as a command, and an option of the command taken for ours.
        if (!context.HasSeparator || context.Get(_command)![0].StartsWith('-'))
            throw CliException.Usage("There is something before the command that strongroom run does not know.", "Put -- before the command, and see 'strongroom run --help' for the options.");
        if (OperatingSystem.IsWindows() || OperatingSystem.IsMacOS())
            throw new CliException(ExitCodes.Configuration, "SR2047", "run is built for Linux and was not made to work on this system yet.", "Use strongroom get or inject.");
        if (context.Get(_mask) && context.Get(_noMask))
            throw CliException.Together(_mask.Name, _noMask.Name);
        if (context.Get(_files) && context.Has(_mount))
            throw CliException.Together(_files.Name, _mount.Name);
        if (context.Has(_mountFormat) && context.Has(_mountTemplate))
            throw CliException.Together(_mountFormat.Name, _mountTemplate.Name);
        if (!context.Has(_mount) && (context.Has(_mountFormat) || context.Has(_mountTemplate)))
            throw CliException.Usage("--mount-format and --mount-template say what --mount gives.", "Add --mount FILE.");
        if (!context.Get(_watch) && (context.Has(_onChange) || context.Has(_watchInterval)))
            throw CliException.Usage("--on-change and --watch-interval belong to --watch.", "Add --watch.");
        return new RunOptions
        {
            Mask = context.Get(_noMask) ? MaskMode.None : context.Get(_mask) ? MaskMode.All : MaskMode.Terminals,
            Files = context.Get(_files),
            Stdin = context.Get(_stdin) is { } stdin ? SecretReference.Parse(SecretReference.IsReference(stdin) ? stdin : SecretReference.Scheme + stdin) : null,
            Mount = context.Get(_mount),
            MountTemplate = context.Get(_mountTemplate),
            MountAsJson = context.Get(_mountFormat) is { } format && Values.OneOf(_mountFormat.Name, format, "dotenv", "json") == "json",
            CleanEnvironment = context.Get(_cleanEnv),
            Watch = context.Get(_watch) ? context.Duration(_watchInterval) ?? TimeSpan.FromSeconds(2) : null,
            OnChange = Values.OneOf(_onChange.Name, context.Get(_onChange) ?? "restart", "restart", "HUP", "exit"),
        };
    }

    // A descriptor that a passphrase is read from is ours; the command could read it again.
    private void CloseForCommand(CommandContext context)
    {
        if (context.Number(Unlock.PassphraseFd, 0, int.MaxValue) is { } fd && fd > 2)
            _ = Native.Control((int)fd, Native.SetDescriptorFlags, 1);
    }
}
