using Strongroom.Cli.Moving.Formats;

namespace Strongroom.Cli.Moving;

/// <summary>The formats of files. A folder of pass has verbs' code of its own, since gpg is between.</summary>
internal static class MoveFormats
{
    /// <summary>The word for a folder of pass or gopass.</summary>
    public const string Pass = "pass";

    public static IReadOnlyList<MoveFormat> All { get; } =
    [
        new BundleFormat(), new DotenvFormat(), new JsonFormat(), new YamlFormat(), new CsvFormat(), new UserSecretsFormat(), new AppSettingsFormat(),
        new KeePassFormat(), new BitwardenFormat(), new OnePasswordFormat(), new KubernetesFormat(),
    ];

    /// <summary>All words, for help and completion.</summary>
    public static IEnumerable<string> Words => All.Select(static format => format.Name).Append(Pass);

    /// <summary>The format of a word.</summary>
    public static MoveFormat Named(string word) => All.FirstOrDefault(format => format.Name == word) ?? throw Unknown(word);

    private static CliException Unknown(string word) =>
        CommandLine.Suggestions.For(word, Words) is { } close
            ? CliException.Usage($"There is no such format. Did you mean {close}?", $"The formats are {string.Join(", ", Words)}.")
            : CliException.Usage("There is no such format.", $"The formats are {string.Join(", ", Words)}.");
}
