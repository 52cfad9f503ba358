using System.Buffers;
using System.Globalization;
using System.Text;

namespace Strongroom.Cli.Output;

/// <summary>
/// Makes text safe to print. Descriptions, tags and slot labels come from whoever could write the vault: an escape sequence in them could
/// rewrite the screen, a bidirectional mark could show another name than the one that is meant.
/// </summary>
internal static class TerminalText
{
    /// <summary>The text with everything that does not print as itself written as <c>\x1b</c> or <c>\u{202e}</c>.</summary>
    public static string Escape(string text) => Escape(text, keepLines: false);

    /// <summary>The same, but line feeds and tabs stay.</summary>
    public static string EscapeLines(string text) => Escape(text, keepLines: true);

    /// <summary>Bytes as text: valid UTF-8 is escaped as text, every other byte is written as <c>\xNN</c>.</summary>
    public static string EscapeBytes(ReadOnlySpan<byte> bytes, bool keepLines = true)
    {
        var text = new StringBuilder(bytes.Length);
        while (!bytes.IsEmpty)
        {
            var status = Rune.DecodeFromUtf8(bytes, out var rune, out var length);
            if (status == OperationStatus.Done)
                Append(text, rune, keepLines);
            else
                foreach (var bad in bytes[..length])
                    text.Append(CultureInfo.InvariantCulture, $"\\x{bad:x2}");
            bytes = bytes[length..];
        }

        return text.ToString();
    }

    /// <summary>Whether bytes print as themselves on a terminal.</summary>
    public static bool IsPrintable(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out var rune, out var length) != OperationStatus.Done || !IsSafe(rune, keepLines: true))
                return false;
            bytes = bytes[length..];
        }

        return true;
    }

    private static string Escape(string text, bool keepLines)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            return text;
        var escaped = new StringBuilder(text.Length + 8);
        for (var i = 0; i < text.Length;)
        {
            if (Rune.TryGetRuneAt(text, i, out var rune))
            {
                Append(escaped, rune, keepLines);
                i += rune.Utf16SequenceLength;
            }
            else
            {
                escaped.Append(CultureInfo.InvariantCulture, $"\\u{{{(int)text[i++]:x4}}}");
            }
        }

        return escaped.ToString();
    }

    private static void Append(StringBuilder text, Rune rune, bool keepLines)
    {
        if (IsSafe(rune, keepLines))
            text.Append(rune.ToString());
        else if (rune.Value < 0x100)
            text.Append(CultureInfo.InvariantCulture, $"\\x{rune.Value:x2}");
        else
            text.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}");
    }

    private static bool IsSafe(Rune rune, bool keepLines)
    {
        if (rune.Value is >= ' ' and <= '~')
            return true;
        if (rune.Value is '\n' or '\t')
            return keepLines;
        return Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.Surrogate);
    }
}
