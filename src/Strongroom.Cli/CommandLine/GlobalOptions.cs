using System.CommandLine;
using Strongroom.Cli.Output;

namespace Strongroom.Cli.CommandLine;

/// <summary>Options that every verb takes.</summary>
internal sealed class GlobalOptions
{
    public Option<string?> Vault { get; } = Make.Text("--vault", "PATH", "The vault: a file, a folder, or an address (sqlite:PATH, postgres://HOST/DATABASE, redis://HOST/NAME). Default: STRONGROOM_VAULT, then the configuration.");

    public Option<string?> Profile { get; } = Make.Text("--profile", "NAME", "Use the settings of [profile.NAME] in the configuration (docs/configuration.md). Default: STRONGROOM_PROFILE.", "-P");

    public Option<bool> AsCopy { get; } = Make.Flag("--as-copy", "Open an older copy of the vault read-only, without regard to what this machine has seen.");

    public Option<string?> LockTimeout { get; } = Make.Text("--lock-timeout", "TIME", "How long to wait for other writers, such as 30s. Default: 10s.");

    public Option<bool> Json { get; } = Make.Flag("--json", "Print JSON (docs/cli.md has the shapes); errors and warnings are JSON lines on standard error.");

    public Option<bool> Yes { get; } = Make.Flag("--yes", "Answer every confirmation with yes.", "-y");

    public Option<bool> NoInput { get; } = Make.Flag("--no-input", "Never ask and never wait for input: end with exit code 4 instead.");

    public Option<bool> Quiet { get; } = Make.Flag("--quiet", "No acknowledgements on standard error; warnings and errors stay.", "-q");

    public Option<bool> Verbose { get; } = Make.Flag("--verbose", "More about what is done, on standard error.", "-v");

    public Option<string?> Color { get; } = Make.Text("--color", "WHEN", "auto, always or never. NO_COLOR, FORCE_COLOR and TERM=dumb are respected.");

    public Option<bool> Help { get; } = Make.Flag("--help", "Show help.", "-h");

    /// <summary>With <c>help</c>: the reference of all verbs, for <c>docs/cli.md</c>.</summary>
    public Option<bool> Markdown { get; } = new("--markdown") { Description = "With help: the reference of all verbs as Markdown.", Hidden = true };

    public IEnumerable<Option> All => [Vault, Profile, AsCopy, LockTimeout, Json, Yes, NoInput, Quiet, Verbose, Color, Help, Markdown];

    /// <summary>How to print.</summary>
    public OutputOptions OutputOptions(ParseResult parse) =>
        new(parse.GetValue(Json), parse.GetValue(Quiet), parse.GetValue(Verbose), parse.GetValue(Color));

    /// <summary>What is wrong with the global options, or null.</summary>
    public CliException? Problem(ParseResult parse) =>
        parse.GetValue(Color) is null or "auto" or "always" or "never" ? null : CliException.OptionValue(Color.Name, "give auto, always or never");
}
