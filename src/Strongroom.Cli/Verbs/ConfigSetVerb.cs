using System.CommandLine;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Configuration;
using Strongroom.Cli.Platform;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Verbs;

/// <summary><c>config set KEY VALUE</c>: into the user's file, or the project's.</summary>
internal sealed class ConfigSetVerb : Verb
{
    private readonly Argument<string> _key;
    private readonly Argument<string> _value;
    private readonly Option<bool> _project;

    public ConfigSetVerb()
        : base(
            "set",
            "Write a setting into your own configuration, or into the project's .strongroom.toml; comments stay. With --profile into that profile.",
            new Example("strongroom config set unlock_idle 30m", "For all your vaults"),
            new Example("strongroom config set vault secrets.json --project", "For everybody who works in this folder"))
    {
        _key = Takes(Make.Required("KEY", $"One of {string.Join(", ", Setting.All.Select(setting => setting.Name))}."));
        _value = Takes(Make.Required("VALUE", "The value; a relative path is relative to the file it is written into."));
        _project = With(Make.Flag("--project", "Into .strongroom.toml of this folder, or of the nearest one above that has it."));
    }

    public override ValueTask<int> RunAsync(CommandContext context)
    {
        var (setting, value, project) = (Known(context.Get(_key)!), context.Get(_value)!, context.Get(_project));
        var path = PathOf(project);
        ConfigurationFile.Check(path, "the command line", project, setting.Name, value);
        if (setting == Setting.LockTimeout || setting == Setting.UnlockIdle || setting == Setting.UnlockTtl)
            _ = Values.Duration(setting.Name, value);
        var changed = TomlEdit.Set(path, File.Exists(path) ? File.ReadAllText(path) : "", TableOf(context), setting.Name, value);
        Write(context, path, changed, project);
        return new(Outcome.Done(context, "config set", null, $"{setting.Name} set in {path}", json => json.WriteString("file", path)));
    }

    /// <summary>The setting of a name.</summary>
    public static Setting Known(string name) => Setting.Named(name)
        ?? throw CliException.Usage("There is no such setting.", Suggestions.For(name, Setting.All.Select(setting => setting.Name)) is { } close ? $"Did you mean {close}?" : $"There are: {string.Join(", ", Setting.All.Select(setting => setting.Name))}.");

    /// <summary>The file that is changed.</summary>
    public static string PathOf(bool project) => project ? ProjectFile.Find() ?? Path.Join(Environment.CurrentDirectory, ProjectFile.Name) : Settings.UserPath;

    /// <summary>The table that is changed.</summary>
    public static string TableOf(CommandContext context) => context.ProfileOption is { } profile ? $"profile.{profile}" : "";

    /// <summary>Writes a file that can be read again.</summary>
    public static void Write(CommandContext context, string path, string text, bool project)
    {
        var now = ConfigurationFile.Parse(path, text, project);
        // The user's own change takes no trust away.
        var keepsTrust = project && context.Settings.Project is { } before && before.Path == path && ProjectTrust.IsGiven(context.Settings, before);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var bytes = Utf8.Strict.GetBytes(text);
        if (project)
            File.WriteAllBytes(path, bytes);
        else
            PrivateFile.Replace(path, bytes);
        if (keepsTrust && now.Run.Count > 0)
            ProjectTrust.Give(context.Settings, now);
    }
}
