using System.CommandLine;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Credentials;
using Strongroom.Cli.Input;

namespace Strongroom.Cli.Verbs;

/// <summary><c>git-credential get|store|erase</c>: git's helper protocol.</summary>
internal sealed class GitCredentialVerb : VaultVerb
{
    private readonly Argument<string> _operation;
    private readonly Option<string?> _prefix;

    public GitCredentialVerb()
        : base(
            "git-credential",
            "Keep git's passwords in the vault: git calls this as its credential helper.",
            new Example("git config --file gitconfig credential.helper '!strongroom git-credential'", "Let git use it (--global for all repositories)"),
            new Example("printf 'protocol=https\\nhost=git.example\\nusername=me\\npassword=pw\\n' | strongroom git-credential store", "What git says when a password has worked"))
    {
        _operation = Takes(Make.Required("OPERATION", "get, store or erase."));
        _prefix = With(Make.Text("--prefix", "PREFIX", "Where the secrets are. Default: git."));
    }

    public override string Details =>
        """
        A credential is the secret git/HOST with the fields username and password; with useHttpPath git/HOST/PATH, for a second user of a host git/HOST/USER. erase deletes so that restore brings it back.
        """;

    public override async ValueTask<int> RunAsync(CommandContext context)
    {
        var operation = context.Get(_operation)!;
        // Git may add operations; a helper has to overlook those that it does not know.
        if (operation is not ("get" or "store" or "erase"))
            return ExitCodes.Ok;
        using var input = await StandardInput.ReadAsync(context);
        using var request = GitRequest.Parse(input.Span);
        if (request.Host is null)
            return ExitCodes.Ok;
        using var vault = await OpenAsync(context);
        var credentials = new GitCredentials(vault, context.Get(_prefix) ?? "git", context.Cancellation);
        switch (operation)
        {
            case "store":
                await credentials.StoreAsync(request);
                break;
            case "erase":
                await credentials.EraseAsync(request);
                break;
            default:
                await GetAsync(context, credentials, request);
                break;
        }

        return ExitCodes.Ok;
    }

    private static async ValueTask GetAsync(CommandContext context, GitCredentials credentials, GitRequest request)
    {
        using var secret = await credentials.FindAsync(request);
        if (secret is null)
            return;
        using var answer = GitCredentials.Answer(secret);
        context.Output.Bytes(answer.Span);
    }
}
