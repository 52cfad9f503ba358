using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Configuration;
using Strongroom.Storage;

namespace Strongroom.Cli.Verbs;

/// <summary><c>config list</c>: every setting, its value, and where that comes from.</summary>
internal sealed class ConfigListVerb : Verb
{
    public ConfigListVerb()
        : base(
            "list",
            "List every setting, its value, and where that comes from.",
            new Example("strongroom config list", "As commands in this folder see it"),
            new Example("strongroom config list --json", "The same for programs")) => Aliases.Add("ls");

    public override ValueTask<int> RunAsync(CommandContext context)
    {
        var found = Setting.All.Select(setting => (setting, value: Shown(context, setting))).ToArray();
        var untrusted = context.Settings.Project is { } project && !ProjectTrust.IsGiven(context.Settings, project);
        if (untrusted)
            context.Output.Warning($"What {context.Settings.Project!.Path} sets for run is not used until you say 'strongroom config trust'.");
        var run = context.Settings.Run.ToArray();
        if (context.Output.IsJson)
        {
            context.Output.Json(json =>
            {
                json.WriteStartArray("settings");
                foreach (var (setting, value) in found)
                {
                    json.WriteStartObject();
                    json.WriteString("name", setting.Name);
                    json.WriteString("value", value?.Value);
                    json.WriteString("source", value?.Source);
                    json.WriteString("variable", setting.Variable);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                json.WriteStartArray("run");
                foreach (var (name, reference) in run)
                {
                    json.WriteStartObject();
                    json.WriteString("name", name);
                    json.WriteString("reference", reference.Reference.ToString());
                    json.WriteString("source", reference.Place);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            });
            return new(ExitCodes.Ok);
        }

        context.Output.Table(
            ["Setting", "Value", "From"],
            [.. found.Select(entry => new[] { entry.setting.Name, entry.value?.Value ?? "-", entry.value?.Source ?? "-" }), .. run.Select(entry => new[] { $"run.{entry.Name}", entry.Reference.Reference.ToString(), entry.Reference.Place })]);
        return new(ExitCodes.Ok);
    }

    /// <summary>A setting without a password that may be in it.</summary>
    public static Configured? Shown(CommandContext context, Setting setting) =>
        context.Configured(setting) is { } value ? value with { Value = setting == Setting.Vault ? VaultAddress.Describe(value.Value) : value.Value } : null;
}
