using System.Buffers;
using Strongroom.Cli.Input;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Moving.Formats;

/// <summary>
/// <c>NAME=value</c> lines, as dotenv, dotenvx and their kin have them: optional <c>export</c>, comments, values bare, in single quotes or backticks (literal) or in double quotes (with escapes), quoted ones over several lines.
/// Nothing is expanded: <c>$OTHER</c> is text.
/// </summary>
internal sealed class DotenvFormat : MoveFormat
{
    private static readonly SearchValues<byte> KeyBytes = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"u8);

    // What double quotes would need an escape for.
    private static readonly SearchValues<byte> Escaped = SearchValues.Create("\"\\$`\r\n"u8);

    public override string Name => "dotenv";

    public override string Summary => ".env files of dotenv, dotenvx, Docker Compose; nothing is expanded";

    public override void Read(ReadOnlySpan<byte> content, ImportSink sink)
    {
        var keys = new Dictionary<string, int>(StringComparer.Ordinal);
        var scan = new Scan(content);
        while (scan.SkipToEntry())
        {
            var line = scan.Line;
            if (scan.Key() is not { } key)
            {
                sink.Problems.Add(line, "this is not NAME=value");
                scan.SkipLine();
                continue;
            }

            using var value = new WipedBuffer();
            if (scan.Value(value) is { } problem)
            {
                sink.Problems.Add(line, $"{key}: {problem}");
                scan.SkipLine();
                continue;
            }

            if (!keys.TryAdd(key, line))
                sink.Problems.Add(line, $"{key} occurs twice, the first time in line {keys[key]}");
            else if (value.Span.StartsWith("encrypted:"u8))
                sink.Problems.Add(line, $"{key} is encrypted by dotenvx: 'dotenvx decrypt' first");
            else
                sink.Begin(key, line).Set(value.Span);
            if (scan.HasReference)
                sink.Note($"line {line}: {key} refers to another variable; it was taken as text");
        }
    }

    public override void Write(IReadOnlyList<MovedSecret> secrets, WipedBuffer output, Problems problems)
    {
        var keys = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value, secret) in FlatSecrets.Of(secrets, "_"))
        {
            if (!IsVariable(key))
                problems.AddName(0, $"'{key}' is no name of a variable; --rename env makes it '{NameRules.Env(key)}'");
            else if (!keys.TryAdd(key, secret.Source))
                problems.AddName(0, $"{secret.Source} and {keys[key]} would both be '{key}'");
            else if (IsText(secret, value, problems))
                WriteLine(output, key, value.Span, problems);
        }
    }

    private static bool IsVariable(string key) => key.Length > 0 && !char.IsAsciiDigit(key[0]) && key.All(static character => char.IsAsciiLetterOrDigit(character) || character == '_');

    private static void WriteLine(WipedBuffer output, string key, ReadOnlySpan<byte> value, Problems problems)
    {
        if (value.Contains((byte)0))
        {
            problems.Add(0, $"{key} has a zero byte, which no variable can hold");
            return;
        }

        output.Write(Utf8.Strict.GetBytes(key));
        // Readers differ in the escapes that they know: quotes that need none where there are some. Backticks are known to dotenv and dotenvx.
        var quote = !value.ContainsAny("'\r"u8) ? "'"u8 : !value.ContainsAny(Escaped) ? "\""u8 : !value.ContainsAny("`\r"u8) ? "`"u8 : [];
        if (!quote.IsEmpty)
        {
            output.Write("="u8);
            output.Write(quote);
            output.Write(value);
            output.Write(quote);
            output.Write("\n"u8);
            return;
        }

        output.Write("=\""u8);
        foreach (var one in value)
        {
            switch (one)
            {
                case (byte)'\n': output.Write("\\n"u8); break;
                case (byte)'\r': output.Write("\\r"u8); break;
                case (byte)'"' or (byte)'\\' or (byte)'$' or (byte)'`': output.Write([(byte)'\\', one]); break;
                default: output.Write([one]); break;
            }
        }

        output.Write("\"\n"u8);
    }

    private ref struct Scan(ReadOnlySpan<byte> content)
    {
        private readonly ReadOnlySpan<byte> _content = content;
        private int _at;

        public int Line { get; private set; } = 1;

        /// <summary>Whether the last value has something that other readers would expand.</summary>
        public bool HasReference { get; private set; }

        public bool SkipToEntry()
        {
            while (_at < _content.Length)
            {
                SkipBlanks();
                if (_at == _content.Length)
                    return false;
                if (_content[_at] is (byte)'\n' or (byte)'\r' or (byte)'#')
                    SkipLine();
                else
                    return true;
            }

            return false;
        }

        public void SkipLine()
        {
            var end = _content[_at..].IndexOf((byte)'\n');
            _at = end < 0 ? _content.Length : _at + end + 1;
            if (end >= 0)
                Line++;
        }

        public string? Key()
        {
            if (_content[_at..].StartsWith("export "u8))
            {
                _at += "export ".Length;
                SkipBlanks();
            }

            var length = _content[_at..].IndexOfAnyExcept(KeyBytes);
            if (length <= 0 || char.IsAsciiDigit((char)_content[_at]) || _content[_at] is (byte)'.' or (byte)'-')
                return null;
            var key = Utf8.Strict.GetString(_content.Slice(_at, length));
            _at += length;
            SkipBlanks();
            if (_at == _content.Length || _content[_at] != (byte)'=')
                return null;
            _at++;
            SkipBlanks();
            return key;
        }

        public string? Value(WipedBuffer value)
        {
            HasReference = false;
            if (_at == _content.Length)
                return null;
            var quote = _content[_at];
            if (quote is not ((byte)'\'' or (byte)'"' or (byte)'`'))
            {
                Bare(value);
                return null;
            }

            var start = ++_at;
            while (_at < _content.Length && _content[_at] != quote)
                _at += _content[_at] == (byte)'\\' && quote == (byte)'"' ? 2 : 1;
            if (_at >= _content.Length)
            {
                _at = start;
                return "the closing quote is missing";
            }

            var inner = _content[start.._at++];
            Line += inner.Count((byte)'\n');
            if (quote == (byte)'"')
                Unescape(inner, value);
            else
                value.Write(inner);
            return AfterQuote();
        }

        private string? AfterQuote()
        {
            var end = _content[_at..].IndexOf((byte)'\n');
            var rest = (end < 0 ? _content[_at..] : _content.Slice(_at, end)).Trim(" \t\r"u8);
            if (!rest.IsEmpty && rest[0] != (byte)'#')
                return "something follows the closing quote";
            SkipLine();
            return null;
        }

        private void Bare(WipedBuffer value)
        {
            var end = _content[_at..].IndexOf((byte)'\n');
            var text = end < 0 ? _content[_at..] : _content.Slice(_at, end);
            // A comment begins at a '#' that follows white space, or is the first character.
            for (var i = 0; i < text.Length; i++)
            {
                if (text[i] == (byte)'#' && (i == 0 || text[i - 1] is (byte)' ' or (byte)'\t'))
                {
                    text = text[..i];
                    break;
                }
            }

            text = text.Trim(" \t\r"u8);
            HasReference = text.IndexOf("$"u8) >= 0;
            value.Write(text);
            SkipLine();
        }

        private void Unescape(ReadOnlySpan<byte> text, WipedBuffer value)
        {
            for (var i = 0; i < text.Length; i++)
            {
                if (text[i] == (byte)'$')
                    HasReference = true;
                if (text[i] != (byte)'\\' || i + 1 == text.Length)
                {
                    value.Write(text.Slice(i, 1));
                    continue;
                }

                i++;
                switch (text[i])
                {
                    case (byte)'n': value.Write("\n"u8); break;
                    case (byte)'r': value.Write("\r"u8); break;
                    case (byte)'t': value.Write("\t"u8); break;
                    case (byte)'"' or (byte)'\\' or (byte)'$' or (byte)'`': value.Write(text.Slice(i, 1)); break;
                    // Not an escape that is known: both characters, as dotenv has it.
                    default: value.Write(text.Slice(i - 1, 2)); break;
                }
            }
        }

        private void SkipBlanks()
        {
            while (_at < _content.Length && _content[_at] is (byte)' ' or (byte)'\t')
                _at++;
        }
    }
}
