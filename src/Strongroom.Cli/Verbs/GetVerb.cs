using System.CommandLine;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Input;
using Strongroom.Cli.Output;
using Strongroom.Cli.Platform;

namespace Strongroom.Cli.Verbs;

/// <summary><c>get NAME[#FIELD]</c>: the exact bytes of one value.</summary>
internal sealed class GetVerb : VaultVerb
{
    private readonly Argument<string> _reference;
    private readonly Option<string?> _version;
    private readonly Option<string?> _output;
    private readonly Option<bool> _force;
    private readonly Option<bool> _refuseExpired;

    public GetVerb()
        : base(
            "get",
            "Print one value: its exact bytes into a pipe, with a newline on a terminal.",
            new Example("strongroom get broker/binance#secret", "One field of a secret"),
            new Example("strongroom get ci/token | wc -c", "The exact bytes, without a newline, into a program"),
            new Example("strongroom get tls/site --version 1 -o old.pem", "An older version, into a new file that only you can read"))
    {
        Aliases.Add("read");
        _reference = Takes(Make.Required("NAME[#FIELD]", "The secret, and which of its fields."));
        _version = With(Make.Text("--version", "N", "A version that is kept. Default: the current one."));
        _output = With(Make.Text("--output", "FILE", "Write to a new file of mode 0600.", "-o"));
        _force = With(Make.Flag("--force", "With --output: replace a file that is there.", "-f"));
        _refuseExpired = With(Make.Flag("--refuse-expired", "An expired secret is an error (exit code 10) and not a warning."));
    }

    public override async ValueTask<int> RunAsync(CommandContext context)
    {
        var (name, field) = Values.Reference(context.Get(_reference)!);
        var version = context.Number(_version, 1, long.MaxValue);
        var expiry = context.Get(_refuseExpired) ? ExpiryPolicy.Refuse : ExpiryPolicy.Warn;
        using var vault = await OpenAsync(context, expiry);
        using var secret = await ReadAsync(context, vault, name, version);
        if (secret.Metadata.ExpiresAt is { } expires && expires <= context.Now)
            context.Output.Warning($"{name} expired {HumanText.Relative(expires, context.Now)}.");
        if (context.Output.IsJson)
            WriteJson(context, secret, field);
        else
            Write(context, SecretFields.Select(secret, field));
        return ExitCodes.Ok;
    }

    private static void WriteJson(CommandContext context, SecretData secret, string? field) => context.Output.Json(json =>
    {
        json.WriteString("name", secret.Name.ToString());
        json.WriteNumber("version", secret.Metadata.Version);
        if (field is null && secret.Value.HasFields)
        {
            json.WriteStartObject("fields");
            foreach (var name in secret.Value.FieldNames)
            {
                json.WriteStartObject(name);
                json.Value(SecretFields.Select(secret, name));
                json.WriteEndObject();
            }

            json.WriteEndObject();
            return;
        }

        json.WriteString("field", field);
        json.WriteStartObject("value");
        json.Value(SecretFields.Select(secret, field));
        json.WriteEndObject();
    });

    private void Write(CommandContext context, ReadOnlySpan<byte> value)
    {
        if (context.Get(_output) is { } path)
        {
            if (context.Get(_force))
                PrivateFile.Replace(path, value);
            else
                PrivateFile.Create(path, value);
            context.Output.Note($"{value.Length} bytes written to {path}.");
        }
        else if (context.Output.IsTerminal)
        {
            WriteToTerminal(context.Output, value);
        }
        else
        {
            context.Output.Bytes(value);
        }
    }

    private static void WriteToTerminal(OutputWriter output, ReadOnlySpan<byte> value)
    {
        if (TerminalText.IsPrintable(value))
        {
            output.Bytes(value);
        }
        else
        {
            // A value could hold an escape sequence that rewrites the screen or types into the shell.
            output.Warning("The value has bytes that do not print; they are shown escaped. Into a pipe or with -o it goes as it is.");
            output.Raw(TerminalText.EscapeBytes(value));
        }

        if (!value.EndsWith("\n"u8))
            output.Bytes("\n"u8);
    }
}
