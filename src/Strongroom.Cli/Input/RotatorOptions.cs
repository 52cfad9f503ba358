using System.CommandLine;
using Strongroom.Backends.PostgreSql;
using Strongroom.Cli.CommandLine;
using Strongroom.Rotation;

namespace Strongroom.Cli.Input;

/// <summary>The rotators of the command: those of the libraries, and programs in a folder that the host names. A vault never says which program is run.</summary>
internal sealed class RotatorOptions
{
    private readonly Option<string?> _folder = Make.Text("--rotators", "DIR", "A folder of programs; a policy names one by its file name. Default: STRONGROOM_ROTATORS.");

    public void AddTo(Command command) => command.Options.Add(_folder);

    /// <summary>An engine on a vault. The caller disposes of it.</summary>
    public RotationEngine Engine(CommandContext context, SecretsManager vault) =>
        new(vault, new RotationOptions { Rotators = [new PostgreSqlRotator(), new RedisRotator(), .. Programs(context.Get(_folder) ?? CommandContext.Variable("STRONGROOM_ROTATORS"))] });

    private static IEnumerable<CommandRotator> Programs(string? folder)
    {
        if (folder is null)
            return [];
        if (!Directory.Exists(folder))
            throw new CliException(ExitCodes.Configuration, "SR2090", $"There is no folder of rotators at {folder}.", "Correct --rotators or STRONGROOM_ROTATORS.");
        return Directory.EnumerateFiles(folder).Where(static path => IsKind(Path.GetFileNameWithoutExtension(path)) && IsExecutable(path)).Order(StringComparer.Ordinal).Select(static path => new CommandRotator(Path.GetFileNameWithoutExtension(path), path));
    }

    // Other files of the folder are left alone.
    private static bool IsKind(string name) => name.Length is > 0 and <= 64 && char.IsAsciiLetterLower(name[0]) && name.All(static letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '-');

    private static bool IsExecutable(string path) =>
        OperatingSystem.IsWindows() ? Path.GetExtension(path) is ".exe" or ".cmd" : (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != UnixFileMode.None;
}
