using Strongroom.Cli.CommandLine;

namespace Strongroom.Cli.Verbs;

/// <summary><c>config</c>: what is configured, and where it comes from.</summary>
internal sealed class ConfigVerb : Verb
{
    public ConfigVerb()
        : base("config", "Show and change what is configured: vault, time limits, profiles.")
    {
        Subcommands.Add(new ConfigListVerb());
        Subcommands.Add(new ConfigGetVerb());
        Subcommands.Add(new ConfigSetVerb());
        Subcommands.Add(new ConfigUnsetVerb());
        Subcommands.Add(new ConfigPathVerb());
        Subcommands.Add(new ConfigTrustVerb());
    }

    public override bool IsGroup => true;

    public override ValueTask<int> RunAsync(CommandContext context) => throw CliException.Usage("'strongroom config' needs a verb.", "See 'strongroom config --help'.");
}
