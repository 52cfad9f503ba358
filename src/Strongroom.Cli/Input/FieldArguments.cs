using Strongroom.Cli.CommandLine;

namespace Strongroom.Cli.Input;

/// <summary>Reads <c>field=value</c>, <c>field=@file</c> and <c>field=-</c>.</summary>
internal sealed class FieldArguments(CommandContext context, bool allowEmpty)
{
    // Where a server is and who logs in is on most command lines anyway; a warning for these would teach people to overlook warnings.
    private static readonly HashSet<string> Ordinary = new(StringComparer.OrdinalIgnoreCase)
    {
        "host", "hostname", "port", "server", "database", "dbname", "schema", "username", "user", "login", "endpoint", "url", "region", "account", "driver", "type",
    };

    /// <summary>Whether a field of this name mostly holds no secret: host, port, user.</summary>
    public static bool IsOrdinary(string field) => Ordinary.Contains(field);

    /// <summary>Reads all fields. The caller owns the value.</summary>
    public async ValueTask<SecretValue> ReadAsync(IReadOnlyList<string> arguments)
    {
        var fields = new List<KeyValuePair<string, SecretValue>>();
        try
        {
            var fromInput = false;
            for (var i = 0; i < arguments.Count; i++)
            {
                var equals = arguments[i].IndexOf('=', StringComparison.Ordinal);
                if (equals <= 0)
                    throw CliException.Usage($"Argument {i + 1} after the name is not of the form field=value.", "A plain value is never an argument: pipe it in, or use --file.");
                var (name, text) = (arguments[i][..equals], arguments[i][(equals + 1)..]);
                if (text == "-" && fromInput)
                    throw CliException.Usage("Standard input can be only one field.", "Use field=@file for the others.");
                fromInput |= text == "-";
                using var bytes = await ReadOneAsync(name, text);
                fields.Add(new(name, SecretValue.FromBytes(bytes.Span)));
            }

            return SecretValue.FromFields(fields);
        }
        finally
        {
            foreach (var (_, value) in fields)
                value.Dispose();
        }
    }

    private async ValueTask<WipedBuffer> ReadOneAsync(string name, string text)
    {
        var bytes = await FromSourceAsync(name, text);
        if (bytes.Length > 0 || allowEmpty)
            return bytes;
        bytes.Dispose();
        throw new CliException(ExitCodes.Usage, "SR2006", "The value of a field is empty.", "If that is meant, add --allow-empty.");
    }

    private async ValueTask<WipedBuffer> FromSourceAsync(string name, string text)
    {
        if (text.StartsWith('@'))
            return await StandardInput.ReadFileAsync(text[1..], context.Cancellation);
        if (text == "-")
        {
            // A person's pipe (echo, a here-string) ends in a newline that is no part of a field; exact bytes go through field=@file.
            var input = await StandardInput.ReadAsync(context);
            input.DropFinalNewline();
            return input;
        }

        if (!Ordinary.Contains(name))
            ArgumentText.Warn(context, name);
        return ArgumentText.Bytes(text);
    }
}
