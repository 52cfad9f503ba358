using System.Text;
using Strongroom.Cryptography;

namespace Strongroom.Cli.References;

/// <summary>
/// Reads files of <c>NAME=value</c> lines: comments, <c>export</c>, single quotes (as it is), double quotes (<c>\n \r \t \" \\ \$</c>, and over several lines), no expansion of variables. What does not fit is an error with its
/// line, never a guess.
/// </summary>
internal static class EnvFile
{
    /// <summary>Reads a file's text.</summary>
    /// <param name="path">For messages.</param>
    /// <param name="bytes">The content.</param>
    public static IReadOnlyList<EnvLine> Parse(string path, ReadOnlySpan<byte> bytes)
    {
        if (!System.Text.Unicode.Utf8.IsValid(bytes) || bytes.Contains((byte)0))
            throw Bad(path, 1, "it is not UTF-8 text");
        var reader = new Reader(path, Utf8.Strict.GetString(bytes.StartsWith("\uFEFF"u8) ? bytes[3..] : bytes));
        var lines = new List<EnvLine>();
        while (reader.Next() is { } line)
            lines.Add(line);
        return lines;
    }

    /// <summary>Whether a text can be the name of an environment variable.</summary>
    public static bool IsName(string name) => name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(character => char.IsAsciiLetterOrDigit(character) || character == '_');

    private static CliException Bad(string path, int line, string reason) =>
        new(ExitCodes.Configuration, "SR2042", $"{path}:{line}: {reason}.", "Each line is NAME=value, NAME='value', NAME=\"value\", a comment (#) or empty.");

    private sealed class Reader(string path, string text)
    {
        private int _at;
        private int _line = 1;

        public EnvLine? Next()
        {
            while (_at < text.Length)
            {
                SkipBlanks();
                if (_at < text.Length && text[_at] is not ('#' or '\n' or '\r'))
                    return Assignment();
                SkipLine();
            }

            return null;
        }

        private EnvLine Assignment()
        {
            var line = _line;
            var end = text.AsSpan(_at).IndexOfAny('=', '\n');
            if (end < 0 || text[_at + end] == '\n')
                throw Bad(path, line, "there is no '='");
            var name = text.Substring(_at, end).Trim();
            if (name.StartsWith("export ", StringComparison.Ordinal))
                name = name[7..].Trim();
            if (!IsName(name))
                throw Bad(path, line, "the name before '=' is not letters, digits and '_'");
            _at += end + 1;
            SkipBlanks();
            var value = (_at < text.Length ? text[_at] : '\n') switch
            {
                '\'' => Single(),
                '"' => Double(),
                _ => Bare(),
            };
            return new EnvLine(name, value, line);
        }

        private string Bare()
        {
            var end = text.IndexOf('\n', _at);
            var value = text[_at..(end < 0 ? text.Length : end)];
            // A '#' inside a word belongs to it: references have one.
            for (var i = 0; i < value.Length; i++)
            {
                if (value[i] == '#' && (i == 0 || value[i - 1] is ' ' or '\t'))
                {
                    value = value[..i];
                    break;
                }
            }

            SkipLine();
            return value.Trim();
        }

        private string Single()
        {
            var end = text.IndexOf('\'', _at + 1);
            if (end < 0)
                throw Bad(path, _line, "the quote is not closed");
            var value = text[(_at + 1)..end];
            EndQuoted(value, end);
            return value;
        }

        private string Double()
        {
            var value = new StringBuilder();
            var i = _at + 1;
            for (; i < text.Length && text[i] != '"'; i++)
            {
                if (text[i] == '\\' && i + 1 < text.Length && "nrt\"\\$`".IndexOf(text[i + 1], StringComparison.Ordinal) is >= 0 and var escape)
                {
                    value.Append("\n\r\t\"\\$`"[escape]);
                    i++;
                }
                else
                {
                    value.Append(text[i]);
                }
            }

            if (i >= text.Length)
                throw Bad(path, _line, "the quote is not closed");
            EndQuoted(text[_at..i], i);
            return value.ToString();
        }

        private void EndQuoted(string raw, int end)
        {
            var start = _line;
            _line += raw.Count(character => character == '\n');
            _at = end + 1;
            SkipBlanks();
            if (_at < text.Length && text[_at] is not ('#' or '\n' or '\r'))
                throw Bad(path, start, "something follows the closing quote");
            SkipLine();
        }

        private void SkipBlanks()
        {
            while (_at < text.Length && text[_at] is ' ' or '\t')
                _at++;
        }

        private void SkipLine()
        {
            var end = text.IndexOf('\n', Math.Min(_at, text.Length));
            _at = end < 0 ? text.Length : end + 1;
            _line++;
        }
    }
}

/// <summary>One assignment of an environment file.</summary>
internal sealed record EnvLine(string Name, string Value, int Line);
