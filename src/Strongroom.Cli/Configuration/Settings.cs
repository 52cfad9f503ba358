using Strongroom.Cli.CommandLine;
using Strongroom.Cli.References;

namespace Strongroom.Cli.Configuration;

/// <summary>
/// What is configured, by precedence: an option, a profile that an option names, the environment, the project's <c>.strongroom.toml</c>, the user's <c>config.toml</c>, the default. In each file the profile in use comes before
/// what stands at the top. Files are read when something is first asked for.
/// </summary>
internal sealed class Settings(string? profileOption)
{
    private readonly Lazy<ConfigurationFile?> _project = new(static () => ProjectFile.Find() is { } path ? ConfigurationFile.Read(path, isProject: true) : null);
    private readonly Lazy<ConfigurationFile?> _user = new(static () => File.Exists(UserPath) ? ConfigurationFile.Read(UserPath, isProject: false) : null);
    private string? _profile;

    /// <summary>The user's own file; it may not be there.</summary>
    public static string UserPath { get; } = Path.Join(Folder(), "strongroom", "config.toml");

    /// <summary>The project's file, or null.</summary>
    public ConfigurationFile? Project => _project.Value;

    /// <summary>The user's own file, or null.</summary>
    public ConfigurationFile? User => _user.Value;

    /// <summary>The variables that the files declare for <c>run</c>; the project's come before the user's.</summary>
    public IEnumerable<(string Name, PlacedReference Reference)> Run => [.. User?.Run ?? [], .. Project?.Run ?? []];

    /// <summary>The same, to be used.</summary>
    /// <exception cref="CliException">The project declares some, and the user has not said that it may.</exception>
    public IEnumerable<(string Name, PlacedReference Reference)> TrustedRun() => Project is null || ProjectTrust.IsGiven(this, Project) ? Run : throw ProjectTrust.Missing(Project);

    /// <summary>The profile in use; empty for none.</summary>
    public string Profile => _profile ??= ChooseProfile();

    private IEnumerable<ConfigurationFile> Files => new[] { Project, User }.OfType<ConfigurationFile>();

    /// <summary>A setting's value, without regard to options; null when there is none.</summary>
    public Configured? Find(Setting setting)
    {
        if (profileOption is not null && setting != Setting.Profile && InFiles(setting, Profile, false) is { } named)
            return named with { Source = $"--profile {Profile}, {named.Source}" };
        if (setting.Variable is { } variable && CommandContext.Variable(variable) is { } value)
            return new Configured(value, variable, IsFile: false);
        return InFiles(setting, setting == Setting.Profile ? "" : Profile, true) ?? (setting.Default is { } otherwise ? new Configured(otherwise, "default", IsFile: false) : null);
    }

    /// <summary>A setting's value from files only: what unlocks is asked for after the agent.</summary>
    public Configured? FindInFiles(Setting setting) => InFiles(setting, Profile, true);

    private Configured? InFiles(Setting setting, string profile, bool alsoTop)
    {
        foreach (var file in Files)
        {
            if (profile.Length > 0 && file.Find(setting, profile) is { } special)
                return new Configured(special, $"{file.Path} [profile.{profile}]", IsFile: true);
            if (alsoTop && file.Find(setting, "") is { } general)
                return new Configured(general, file.Path, IsFile: true);
        }

        return null;
    }

    private string ChooseProfile()
    {
        var wanted = profileOption ?? CommandContext.Variable("STRONGROOM_PROFILE") ?? Files.Select(file => file.Find(Setting.Profile, "")).FirstOrDefault(static name => name is not null);
        if (wanted is null)
            return "";
        var known = Files.SelectMany(file => file.Profiles).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        return known.Contains(wanted, StringComparer.Ordinal)
            ? wanted
            : throw new CliException(ExitCodes.Configuration, "SR2094", "There is no such profile.", known.Length == 0 ? $"Make it: [profile.NAME] in {UserPath}." : $"There are: {string.Join(", ", known)}.");
    }

    private static string Folder() => CommandContext.Variable("XDG_CONFIG_HOME") is ['/', ..] folder
        ? folder
        : OperatingSystem.IsWindows()
            ? Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData)
            : Path.Join(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".config");
}
