using System.CommandLine;
using Strongroom.Cli.CommandLine;

namespace Strongroom.Cli.Input;

/// <summary>Where a value comes from: <c>--file</c>, <c>--value</c>, standard input, a hidden prompt, or fields.</summary>
internal sealed class ValueOptions
{
    public Argument<string[]> Fields { get; } = Make.Many("FIELD=VALUE", "Named fields: field=value, field=@file, or field=- for standard input. They replace all fields of the secret.");

    public Option<string?> File { get; } = Make.Text("--file", "PATH", "The value is the exact content of a file.");

    public Option<bool> Stdin { get; } = Make.Flag("--stdin", "The value is standard input, even when that is a terminal.");

    public Option<string?> Value { get; } = Make.Text("--value", "TEXT", "The value itself. Other users can see it while the command runs, and shells keep it in their history.");

    public Option<bool> AllowEmpty { get; } = Make.Flag("--allow-empty", "An empty value is meant.");

    public void AddTo(Command command)
    {
        command.Arguments.Add(Fields);
        foreach (Option option in new Option[] { File, Stdin, Value, AllowEmpty })
            command.Options.Add(option);
    }

    /// <summary>Whether a source was named, so that nothing has to be guessed.</summary>
    public bool IsGiven(CommandContext context) => context.Get(Fields) is { Length: > 0 } || context.Has(File) || context.Has(Value) || context.Get(Stdin);

    /// <summary>Reads the value. The caller owns it.</summary>
    public async ValueTask<SecretValue> ReadAsync(CommandContext context)
    {
        if (context.Get(Fields) is { Length: > 0 } fields)
        {
            if (context.Has(File) || context.Has(Value) || context.Get(Stdin))
                throw CliException.Together("fields", "another source of the value");
            return await new FieldArguments(context, context.Get(AllowEmpty)).ReadAsync(fields);
        }

        using var bytes = await ReadPlainAsync(context);
        return SecretValue.FromBytes(bytes.Span);
    }

    /// <summary>Reads a plain value, not fields. The caller owns it.</summary>
    public async ValueTask<WipedBuffer> ReadPlainAsync(CommandContext context)
    {
        if ((context.Has(File) ? 1 : 0) + (context.Has(Value) ? 1 : 0) + (context.Get(Stdin) ? 1 : 0) > 1)
            throw CliException.Together("two sources of the value");
        var (bytes, source) = await FromSourceAsync(context);
        if (bytes.Length > 0 || context.Get(AllowEmpty))
            return bytes;
        bytes.Dispose();
        throw new CliException(ExitCodes.Usage, "SR2006", $"{source} is empty.", "If an empty value is meant, add --allow-empty.");
    }

    private async ValueTask<(WipedBuffer Bytes, string Source)> FromSourceAsync(CommandContext context)
    {
        if (context.Get(File) is { } path)
            return (await StandardInput.ReadFileAsync(path, context.Cancellation), "The file");
        if (context.Get(Value) is { } text)
        {
            ArgumentText.Warn(context, Value.Name);
            return (ArgumentText.Bytes(text), Value.Name);
        }

        if (context.Get(Stdin) || !StandardInput.IsTerminal)
            return (await StandardInput.ReadAsync(context), "Standard input");
        return (context.Ask.Twice("value", "Pipe the value in, or use --file."), "The value");
    }
}
