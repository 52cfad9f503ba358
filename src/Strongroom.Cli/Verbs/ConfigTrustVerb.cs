using System.CommandLine;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Configuration;

namespace Strongroom.Cli.Verbs;

/// <summary><c>config trust</c>: yes to what the project's file sets for <c>run</c>.</summary>
internal sealed class ConfigTrustVerb : Verb
{
    private readonly Option<bool> _revoke;

    public ConfigTrustVerb()
        : base(
            "trust",
            "Say that the project's .strongroom.toml may choose secrets for 'strongroom run' ([run]), as it stands. When it changes, you are asked to look again.",
            new Example("strongroom config list; strongroom config trust", "Look at what it chooses, then trust it"),
            new Example("strongroom config trust --revoke", "Take it back")) => _revoke = With(Make.Flag("--revoke", "Take it back."));

    public override ValueTask<int> RunAsync(CommandContext context)
    {
        var file = context.Settings.Project
            ?? throw new CliException(ExitCodes.NotFound, "SR2095", $"There is no {ProjectFile.Name} in this folder or above.", "'strongroom config path' shows which files are read.");
        var revoke = context.Get(_revoke);
        if (revoke)
            ProjectTrust.TakeBack(context.Settings, file);
        else
            ProjectTrust.Give(context.Settings, file);
        var names = string.Join(", ", file.Run.Select(static item => item.Name));
        return new(Outcome.Done(context, "config trust", null, revoke ? $"{file.Path} is no longer trusted" : $"{file.Path} is trusted as it stands; it sets {(names.Length > 0 ? names : "nothing")} for run", json =>
        {
            json.WriteString("file", file.Path);
            json.WriteBoolean("trusted", !revoke);
        }));
    }
}
