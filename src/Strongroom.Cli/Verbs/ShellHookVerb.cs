using System.CommandLine;
using System.Text;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.References;

namespace Strongroom.Cli.Verbs;

/// <summary><c>shell-hook SHELL -- COMMAND…</c>: functions that give commands their secrets whenever they are called.</summary>
internal sealed class ShellHookVerb : Verb
{
    private readonly Argument<string> _shell;
    private readonly Argument<string[]> _commands;
    private readonly Option<string[]> _env;
    private readonly Option<string[]> _envFile;

    public ShellHookVerb()
        : base(
            "shell-hook",
            "Print shell functions, so that commands get their secrets whenever they are called; the shell itself never has them.",
            new Example("eval \"$(strongroom shell-hook bash --env GH_TOKEN=ci/token gh)\"", "From now on gh is: strongroom run --env GH_TOKEN=ci/token -- gh"),
            new Example("strongroom shell-hook fish --env-file app.env psql pg_dump", "For fish, with an environment file"))
    {
        _shell = Takes(Make.Required("SHELL", "bash, zsh, fish or pwsh."));
        _commands = Takes(Make.Many("COMMAND", "The commands."));
        _env = With(Make.Texts("--env", "NAME=PATH", "As for run.", "-e"));
        _envFile = With(Make.Texts("--env-file", "FILE", "As for run; its full path is written.", "-f"));
    }

    public override string Details =>
        """
        Put the line into ~/.bashrc, ~/.zshrc (eval "$(…)"), ~/.config/fish/config.fish (… | source) or $PROFILE (… | Out-String | Invoke-Expression). No vault is opened until a command is called.
        """;

    public override ValueTask<int> RunAsync(CommandContext context)
    {
        var shell = Values.OneOf("SHELL", context.Get(_shell)!, "bash", "zsh", "fish", "pwsh");
        var commands = context.Get(_commands) ?? [];
        if (commands.Length == 0)
            throw CliException.Usage("No command is named.", "For example: strongroom shell-hook bash --env GH_TOKEN=github/token gh.");
        foreach (var command in commands)
        {
            if (!IsName(command))
                throw CliException.Usage("A command's name has letters, digits, '.', '_', '+' and '-' only, and does not begin with '-'.", "Name it without a folder.");
        }

        var words = new List<string> { "run" };
        if (context.KnownVaultPath is { } vault)
            words.AddRange(["--vault", Path.GetFullPath(vault)]);
        foreach (var entry in context.Get(_env) ?? [])
        {
            var equals = entry.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || !EnvFile.IsName(entry[..equals]))
                throw CliException.OptionValue(_env.Name, "give NAME=PATH[#FIELD], for example GH_TOKEN=github/token");
            var text = entry[(equals + 1)..];
            _ = SecretReference.Parse(SecretReference.IsReference(text) ? text : SecretReference.Scheme + text);
            words.AddRange(["--env", entry]);
        }

        foreach (var file in context.Get(_envFile) ?? [])
            words.AddRange(["--env-file", Path.GetFullPath(file)]);
        foreach (var command in commands)
            context.Output.Raw(Function(shell, command, words));
        return ValueTask.FromResult(ExitCodes.Ok);
    }

    private static string Function(string shell, string command, List<string> words)
    {
        var line = string.Join(' ', words.Select(word => Quoted(shell, word)));
        return shell switch
        {
            "fish" => $"function {command} --wraps {command}\n    command strongroom {line} -- {command} $argv\nend\n",
            "pwsh" => $"function global:{command} {{ & (Get-Command -CommandType Application strongroom)[0] {line} '--' {Quoted(shell, command)} @args }}\n",
            _ => $"{command}() {{ command strongroom {line} -- {command} \"$@\"; }}\n",
        };
    }

    private static string Quoted(string shell, string word)
    {
        var text = new StringBuilder("'");
        foreach (var character in word)
        {
            text.Append((character, shell) switch
            {
                ('\'', "pwsh") => "''",
                ('\'', "fish") => "\\'",
                ('\\', "fish") => "\\\\",
                ('\'', _) => "'\\''",
                _ => character.ToString(),
            });
        }

        return text.Append('\'').ToString();
    }

    private static bool IsName(string command) => command.Length > 0 && command[0] != '-' && command.All(character => char.IsAsciiLetterOrDigit(character) || character is '.' or '_' or '-' or '+');
}
