using System.CommandLine;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Configuration;

namespace Strongroom.Cli.Verbs;

/// <summary><c>config get KEY</c>.</summary>
internal sealed class ConfigGetVerb : Verb
{
    private readonly Argument<string> _key;

    public ConfigGetVerb()
        : base(
            "get",
            "Print a setting as it is in force. Exit code 3 when it is not set.",
            new Example("strongroom config get lock_timeout", "How long is waited for other writers"),
            new Example("strongroom config get vault --json", "With where it comes from")) =>
        _key = Takes(Make.Required("KEY", $"One of {string.Join(", ", Setting.All.Select(setting => setting.Name))}."));

    public override ValueTask<int> RunAsync(CommandContext context)
    {
        var setting = ConfigSetVerb.Known(context.Get(_key)!);
        var value = ConfigListVerb.Shown(context, setting) ?? throw new CliException(ExitCodes.NotFound, "SR2095", $"{setting.Name} is not set.", $"Set it with 'strongroom config set {setting.Name} VALUE'.");
        if (context.Output.IsJson)
            context.Output.Json(json =>
            {
                json.WriteString("name", setting.Name);
                json.WriteString("value", value.Value);
                json.WriteString("source", value.Source);
            });
        else
            context.Output.Line(value.Value);
        return new(ExitCodes.Ok);
    }
}
