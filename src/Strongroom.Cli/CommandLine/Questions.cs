using System.Security.Cryptography;
using Strongroom.Cli.Input;
using Strongroom.Cli.Platform;

namespace Strongroom.Cli.CommandLine;

/// <summary>
/// Everything that is asked of a person, on the terminal device. <c>--no-input</c> turns each question into exit code 4; a confirmation without a terminal and without <c>--yes</c> is wrong usage.
/// </summary>
internal sealed class Questions(CommandContext context, bool yes, bool noInput)
{
    /// <summary>Whether nothing may be asked.</summary>
    public bool NoInput => noInput;

    /// <summary>Whether every confirmation is answered already.</summary>
    public bool Yes => yes;

    /// <summary>Whether a person can be asked, and is not answered for by <c>--yes</c>.</summary>
    public bool CanAsk
    {
        get
        {
            if (noInput || yes)
                return false;
            using var terminal = Terminal.TryOpen();
            return terminal is not null;
        }
    }

    /// <summary>Asks for a passphrase that is in use. The caller owns it.</summary>
    public WipedBuffer Passphrase(string what)
    {
        using var terminal = Open($"The {what} is needed", "Use --passphrase-file, --passphrase-fd, --key-file or STRONGROOM_PASSPHRASE_FILE.");
        return Hidden(terminal, $"{Capital(what)}: ");
    }

    /// <summary>Asks twice for something new. The caller owns it.</summary>
    public WipedBuffer Twice(string what, string hint)
    {
        using var terminal = Open($"The {what} is needed", hint);
        var first = Hidden(terminal, $"{Capital(what)}: ");
        using var second = Hidden(terminal, $"{Capital(what)} again: ");
        if (CryptographicOperations.FixedTimeEquals(first.Span, second.Span))
            return first;
        first.Dispose();
        throw new CliException(ExitCodes.Usage, "SR2007", "The two entries differ. Nothing was done.", "Run it again.");
    }

    /// <summary>Asks a question to be answered with yes or no; no ends the command.</summary>
    /// <param name="question">Without the "(y/N)".</param>
    public void Confirm(string question) => Require(question, " (y/N) ", static answer => answer.ToLowerInvariant() is "y" or "yes");

    /// <summary>Asks for a word to be typed, for what can't be undone.</summary>
    public void ConfirmTyped(string question, string word) => Require(question, $" Type {word} to go on: ", answer => answer == word);

    private void Require(string question, string how, Func<string, bool> accepts)
    {
        if (yes)
            return;
        using var terminal = noInput ? null : Terminal.TryOpen();
        if (terminal is null)
            throw new CliException(noInput ? ExitCodes.Locked : ExitCodes.Usage, "SR2008", "This must be confirmed, and there is nobody to ask.", "Add --yes if it is meant.");
        if (!accepts(terminal.ReadLine(Output.TerminalText.Escape(question) + how, context.Cancellation)))
            throw new CliException(ExitCodes.Cancelled, "SR2009", "Cancelled. Nothing was done.");
    }

    private Terminal Open(string need, string hint)
    {
        if (noInput)
            throw new CliException(ExitCodes.Locked, "SR2004", $"{need}, and --no-input forbids asking.", hint);
        return Terminal.TryOpen() ?? throw new CliException(ExitCodes.Locked, "SR2004", $"{need}, and there is no terminal to ask on.", hint);
    }

    private WipedBuffer Hidden(Terminal terminal, string prompt) => terminal.ReadHidden(prompt, context.Cancellation)
        ?? throw new CliException(ExitCodes.Cancelled, "SR2009", "Cancelled at the prompt. Nothing was done.");

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
