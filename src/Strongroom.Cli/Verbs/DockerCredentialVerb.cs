using System.CommandLine;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Credentials;
using Strongroom.Cli.Input;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Verbs;

/// <summary><c>docker-credential get|store|erase|list</c>: the helper protocol of docker, podman and their relatives.</summary>
internal sealed class DockerCredentialVerb : VaultVerb
{
    private readonly Argument<string> _operation;
    private readonly Option<string?> _prefix;

    public DockerCredentialVerb()
        : base(
            "docker-credential",
            "Keep the logins of container registries in the vault: docker calls this as its credential helper.",
            new Example("echo '{\"ServerURL\":\"registry.example\",\"Username\":\"me\",\"Secret\":\"pw\"}' | strongroom docker-credential store", "What docker login says"),
            new Example("strongroom docker-credential list", "Servers and users, without passwords"))
    {
        _operation = Takes(Make.Required("OPERATION", "get, store, erase or list."));
        _prefix = With(Make.Text("--prefix", "PREFIX", "Where the secrets are. Default: docker."));
    }

    public override string Details =>
        """
        docker calls a program named docker-credential-strongroom: put a script of that name into PATH,
          #!/bin/sh
          exec strongroom docker-credential "$@"
        and "credsStore": "strongroom" into ~/.docker/config.json.
        """;

    public override async ValueTask<int> RunAsync(CommandContext context)
    {
        var operation = Values.OneOf("OPERATION", context.Get(_operation)!, "get", "store", "erase", "list");
        using var input = operation == "list" ? new WipedBuffer() : await StandardInput.ReadAsync(context);
        using var vault = await OpenAsync(context);
        var credentials = new DockerCredentials(vault, context.Get(_prefix) ?? "docker", context.Cancellation);
        switch (operation)
        {
            case "store":
                await credentials.StoreAsync(input.Span.ToArray());
                return ExitCodes.Ok;
            case "erase":
                await credentials.EraseAsync(Server(input));
                return ExitCodes.Ok;
            case "list":
                await ListAsync(context, credentials);
                return ExitCodes.Ok;
            default:
                return await GetAsync(context, credentials, Server(input));
        }
    }

    private static async ValueTask<int> GetAsync(CommandContext context, DockerCredentials credentials, string server)
    {
        using var secret = await credentials.FindAsync(server);
        if (secret is null)
        {
            // The protocol wants the message on standard output.
            context.Output.Line(DockerCredentials.NotFound);
            return ExitCodes.Unexpected;
        }

        using var answer = DockerCredentials.Answer(server, secret);
        context.Output.Bytes(answer.Span);
        return ExitCodes.Ok;
    }

    private static async ValueTask ListAsync(CommandContext context, DockerCredentials credentials)
    {
        using var list = new WipedBuffer();
        using var json = new System.Text.Json.Utf8JsonWriter(list);
        json.WriteStartObject();
        foreach (var (server, user) in await credentials.ListAsync())
            json.WriteString(server, user);
        json.WriteEndObject();
        json.Flush();
        context.Output.Bytes(list.Span);
    }

    private static string Server(WipedBuffer input)
    {
        input.DropFinalNewline();
        return input.Length > 0 && System.Text.Unicode.Utf8.IsValid(input.Span)
            ? Utf8.Strict.GetString(input.Span)
            : throw new CliException(ExitCodes.Usage, "SR2051", "Standard input is not the address of a server.", "For example: echo registry.example | strongroom docker-credential get.");
    }
}
