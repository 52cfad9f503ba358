using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Configuration;

namespace Strongroom.Cli.Verbs;

/// <summary><c>config path</c>: where the files are.</summary>
internal sealed class ConfigPathVerb : Verb
{
    public ConfigPathVerb()
        : base(
            "path",
            "Print the paths of the configuration files: the project's, when there is one, and your own.",
            new Example("strongroom config path", "One a line, the first comes before the second"),
            new Example("strongroom config path --json", "And whether they are there"))
    {
    }

    public override ValueTask<int> RunAsync(CommandContext context)
    {
        var project = ProjectFile.Find();
        if (context.Output.IsJson)
        {
            context.Output.Json(json =>
            {
                json.WriteString("project", project);
                json.WriteString("user", Settings.UserPath);
                json.WriteBoolean("user_exists", File.Exists(Settings.UserPath));
            });
        }
        else
        {
            if (project is not null)
                context.Output.Line(project);
            context.Output.Line(Settings.UserPath);
        }

        return new(ExitCodes.Ok);
    }
}
