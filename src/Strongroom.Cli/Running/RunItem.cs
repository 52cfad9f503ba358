using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Input;
using Strongroom.Cli.References;

namespace Strongroom.Cli.Running;

/// <summary>A variable that a command is to have: a reference, or plain text from an environment file.</summary>
/// <param name="Name">The variable.</param>
/// <param name="Reference">What it stands for, or null.</param>
/// <param name="Text">Plain text, or null.</param>
internal sealed record RunItem(string Name, PlacedReference? Reference, string? Text)
{
    /// <summary>All that is declared, by name; what is nearer to the command wins: the project's file, the environment, environment files, options.</summary>
    /// <param name="context">Reads files.</param>
    /// <param name="environment">The environment.</param>
    /// <param name="files">Environment files.</param>
    /// <param name="options"><c>NAME=PATH</c>.</param>
    public static async ValueTask<IReadOnlyList<RunItem>> DeclaredAsync(CommandContext context, ChildEnvironment environment, IReadOnlyList<string> files, IReadOnlyList<string> options)
    {
        var items = new Dictionary<string, RunItem>(StringComparer.Ordinal);
        foreach (var (name, reference) in context.Settings.TrustedRun())
            items[name] = new RunItem(name, reference, null);
        foreach (var (name, value) in environment.References())
            items[name] = new RunItem(name, new PlacedReference(Parse(value, name), name), null);
        foreach (var path in files)
        {
            using var content = await StandardInput.ReadFileAsync(path, context.Cancellation);
            foreach (var line in EnvFile.Parse(path, content.Span))
                items[line.Name] = OfLine(path, line);
        }

        foreach (var option in options)
        {
            var equals = option.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || !EnvFile.IsName(option[..equals]))
                throw CliException.OptionValue("--env", "give NAME=PATH[#FIELD], for example DB_PASSWORD=db/main#password");
            var (name, text) = (option[..equals], option[(equals + 1)..]);
            items[name] = new RunItem(name, new PlacedReference(Parse(SecretReference.IsReference(text) ? text : SecretReference.Scheme + text, $"--env {name}"), name), null);
        }

        return [.. items.Values.OrderBy(item => item.Name, StringComparer.Ordinal)];
    }

    private static RunItem OfLine(string path, EnvLine line) => SecretReference.IsReference(line.Value)
        ? new RunItem(line.Name, new PlacedReference(Parse(line.Value, $"{path}:{line.Line}"), $"{path}:{line.Line}"), null)
        : new RunItem(line.Name, null, line.Value);

    private static SecretReference Parse(string text, string place)
    {
        try
        {
            return SecretReference.Parse(text);
        }
        catch (VaultConfigurationException error)
        {
            throw new CliException(ExitCodes.Configuration, error.Code, $"{place}: {error.Message}", error.Hint, error);
        }
    }
}
