using System.CommandLine;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Configuration;

namespace Strongroom.Cli.Verbs;

/// <summary><c>config unset KEY</c>.</summary>
internal sealed class ConfigUnsetVerb : Verb
{
    private readonly Argument<string> _key;
    private readonly Option<bool> _project;

    public ConfigUnsetVerb()
        : base(
            "unset",
            "Take a setting out of your own configuration, or out of the project's. Exit code 3 when it is not there.",
            new Example("strongroom config unset unlock_idle", "The default holds again"),
            new Example("strongroom config unset vault --project", "Out of the project's .strongroom.toml"))
    {
        _key = Takes(Make.Required("KEY", $"One of {string.Join(", ", Setting.All.Select(setting => setting.Name))}."));
        _project = With(Make.Flag("--project", "Out of .strongroom.toml."));
    }

    public override ValueTask<int> RunAsync(CommandContext context)
    {
        var (setting, project) = (ConfigSetVerb.Known(context.Get(_key)!), context.Get(_project));
        var path = ConfigSetVerb.PathOf(project);
        var changed = File.Exists(path) ? TomlEdit.Unset(path, File.ReadAllText(path), ConfigSetVerb.TableOf(context), setting.Name) : null;
        ConfigSetVerb.Write(context, path, changed ?? throw new CliException(ExitCodes.NotFound, "SR2095", $"{setting.Name} is not set in {path}.", "'strongroom config list' shows what is set where."), project);
        return new(Outcome.Done(context, "config unset", null, $"{setting.Name} taken out of {path}", json => json.WriteString("file", path)));
    }
}
