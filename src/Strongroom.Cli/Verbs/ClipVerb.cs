using System.CommandLine;
using Strongroom.Cli.Clipboard;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Input;
using Strongroom.Cli.Output;

namespace Strongroom.Cli.Verbs;

/// <summary><c>clip NAME[#FIELD]</c>: to the clipboard, for a while.</summary>
internal sealed class ClipVerb : VaultVerb
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(45);

    private readonly Argument<string> _reference;
    private readonly Option<string?> _version;
    private readonly Option<string?> _timeout;
    private readonly Option<bool> _once;
    private readonly Option<bool> _osc52;

    public ClipVerb()
        : base(
            "clip",
            "Copy a value to the clipboard; it is cleared after 45 seconds unless something else was copied meanwhile.",
            new Example("strongroom clip github/login#password", "For pasting into a form"),
            new Example("strongroom clip wifi/home --timeout 10s --once", "One paste, within ten seconds"))
    {
        _reference = Takes(Make.Required("NAME[#FIELD]", "The secret, and which of its fields."));
        _version = With(Make.Text("--version", "N", "A version that is kept. Default: the current one."));
        _timeout = With(Make.Text("--timeout", "TIME", "When it is cleared; 0s for never. Default: 45s."));
        _once = With(Make.Flag("--once", "It can be pasted once (wl-copy and xclip)."));
        _osc52 = With(Make.Flag("--osc52", "Ask the terminal to copy it (OSC 52): works over SSH, but is not cleared."));
    }

    public override string Details => "Uses wl-copy, xclip, xsel, pbcopy or clip.exe. Managers of the clipboard may keep a history of their own, and every program of the desktop can read the clipboard.";

    public override async ValueTask<int> RunAsync(CommandContext context)
    {
        var (name, field) = Values.Reference(context.Get(_reference)!);
        var version = context.Number(_version, 1, long.MaxValue);
        var timeout = context.Duration(_timeout) ?? DefaultTimeout;
        if (timeout > TimeSpan.FromDays(1))
            throw CliException.OptionValue(_timeout.Name, "give at most 1d");
        if (context.Get(_osc52) && (context.Has(_timeout) || context.Get(_once)))
            throw CliException.Together(_osc52.Name, context.Get(_once) ? _once.Name : _timeout.Name);
        using var vault = await OpenAsync(context);
        using var secret = await vault.GetAsync(name, version, context.Cancellation);
        if (secret.Metadata.ExpiresAt is { } expires && expires <= context.Now)
            context.Output.Warning($"{name} expired {HumanText.Relative(expires, context.Now)}.");
        var value = SecretFields.Select(secret, field);
        var what = field is null ? $"{name}" : $"{name}#{field}";
        var copy = new ClipboardCopy(context);
        return context.Get(_osc52) ? copy.CopyByTerminal(value, what) : copy.Copy(value, timeout, context.Get(_once), what);
    }
}
