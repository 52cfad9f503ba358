namespace Strongroom.Cli.CommandLine;

/// <summary>What each shell needs to ask the command for candidates: the command's own model answers, so a script is never out of step with it.</summary>
internal static class CompletionScripts
{
    /// <summary>The shells.</summary>
    public static IReadOnlyList<string> Shells { get; } = ["bash", "zsh", "fish", "pwsh"];

    /// <summary>The script of a shell.</summary>
    public static string Of(string shell) => shell switch
    {
        "bash" => """
            # strongroom: completion for bash.  source <(strongroom completion bash)
            _strongroom() {
              local IFS=$'\n'
              COMPREPLY=($(strongroom completion words -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null </dev/null))
            }
            complete -o default -F _strongroom strongroom

            """,
        "zsh" => """
            #compdef strongroom
            # strongroom: completion for zsh.  source <(strongroom completion zsh), after compinit
            _strongroom() {
              local -a candidates
              candidates=("${(@f)$(strongroom completion words -- "${(@)words[2,CURRENT]}" 2>/dev/null </dev/null)}")
              if [[ -n "${candidates[1]}" ]]; then compadd -- "${candidates[@]}"; else _files; fi
            }
            compdef _strongroom strongroom

            """,
        "fish" => """
            # strongroom: completion for fish.  strongroom completion fish | source
            complete -c strongroom -a '(strongroom completion words -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null </dev/null)'

            """,
        _ => """
            # strongroom: completion for PowerShell.  strongroom completion pwsh | Out-String | Invoke-Expression
            Register-ArgumentCompleter -Native -CommandName strongroom -ScriptBlock {
              param($wordToComplete, $commandAst, $cursorPosition)
              $words = @($commandAst.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
              if ($wordToComplete -eq '') { $words += '' }
              & strongroom completion words -- @words 2>$null | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
            }

            """,
    };
}
