using System.Buffers.Text;
using System.Text;
using System.Text.Encodings.Web;
using Strongroom.Cli.Input;

namespace Strongroom.Cli.Masking;

/// <summary>How a value is written.</summary>
internal enum SecretForm
{
    Plain,
    Line,
    Base64,
    Hex,
    Url,
    Json,
}

/// <summary>Takes one way to write a value. The bytes are gone when it returns.</summary>
/// <param name="form">Which way.</param>
/// <param name="bytes">What would stand in the text.</param>
/// <param name="openLeft">The character before also holds bits of the value (base64 that does not begin at a multiple of three bytes).</param>
/// <param name="openRight">The character after also holds bits of the value.</param>
internal delegate void FormSink(SecretForm form, ReadOnlySpan<byte> bytes, bool openLeft, bool openRight);

/// <summary>
/// The ways in which a value gets into text by accident: as it is, line by line, in base64 (inside a longer text it can begin at each of three alignments), hex, URL- and JSON-escaped. Each of these in the dialects that
/// common programs write. A form that equals one given before may be given again.
/// </summary>
internal static class SecretForms
{
    /// <summary>Shorter lines are words that stand anywhere.</summary>
    public const int LeastLine = 4;

    private const string Unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._";

    // What stays as it is in URLs: by RFC 3986, by encodeURIComponent, by encodeURI, by Python's quote; and by forms, where a space is '+'.
    private static readonly (string Safe, bool Plus)[] UrlDialects =
        [(Unreserved + "~", false), (Unreserved + "~!'()*", false), (Unreserved + "~!'()*;/?:@&=+$,#", false), (Unreserved + "~/", false), (Unreserved + "*", true), (Unreserved + "~", true)];

    // base64 and xxd break their lines there, PEM at 64.
    private static readonly int[] Base64Columns = [64, 76];
    private static readonly int[] HexColumns = [60, 64];

    /// <summary>Gives every form of a value.</summary>
    /// <param name="value">The value.</param>
    /// <param name="lines">Whether each line of a value of several lines counts by itself.</param>
    /// <param name="sink">Takes them.</param>
    public static void Each(ReadOnlySpan<byte> value, bool lines, FormSink sink)
    {
        sink(SecretForm.Plain, value, false, false);
        if (lines && value.Contains((byte)'\n'))
            Lines(value, sink);
        Base64Forms(value, sink);
        HexForms(value, sink);
        foreach (var (safe, plus) in UrlDialects)
        {
            Url(value, safe, plus, upper: true, sink);
            Url(value, safe, plus, upper: false, sink);
        }

        if (System.Text.Unicode.Utf8.IsValid(value))
            JsonForms(value, sink);
    }

    private static void Lines(ReadOnlySpan<byte> value, FormSink sink)
    {
        foreach (var range in value.Split((byte)'\n'))
        {
            var line = value[range].TrimEnd((byte)'\r');
            if (line.Length >= LeastLine)
                sink(SecretForm.Line, line, false, false);
        }

        // As a terminal prints it.
        using var carriage = new WipedBuffer(value.Length + 64);
        foreach (var item in value)
        {
            if (item == '\n')
                Put(carriage, (byte)'\r');
            Put(carriage, item);
        }

        sink(SecretForm.Plain, carriage.Span, false, false);
    }

    private static void Base64Forms(ReadOnlySpan<byte> value, FormSink sink)
    {
        using var shifted = new WipedBuffer(value.Length + 2);
        using var encoded = new WipedBuffer(Base64.GetMaxEncodedToUtf8Length(value.Length + 2));
        using var url = new WipedBuffer(Base64.GetMaxEncodedToUtf8Length(value.Length + 2));
        for (var shift = 0; shift < 3; shift++)
        {
            shifted.Clear();
            for (var i = 0; i < shift; i++)
                Put(shifted, 0);
            shifted.Write(value);
            encoded.Clear();
            _ = Base64.EncodeToUtf8(shifted.Span, encoded.GetSpan(Base64.GetMaxEncodedToUtf8Length(shifted.Length)), out _, out var written);
            encoded.Advance(written);
            // Only characters whose six bits are all of the value.
            var (first, end) = (((shift * 8) + 5) / 6, shifted.Length * 8 / 6);
            if (end <= first)
                continue;
            var whole = encoded.Span[first..end];
            var open = shifted.Length * 8 % 6 != 0;
            sink(SecretForm.Base64, whole, shift != 0, open);
            if (shift == 0)
                Columns(SecretForm.Base64, whole, Base64Columns, sink);
            if (!whole.ContainsAny((byte)'+', (byte)'/'))
                continue;
            url.Clear();
            foreach (var item in whole)
                Put(url, item switch { (byte)'+' => (byte)'-', (byte)'/' => (byte)'_', _ => item });
            sink(SecretForm.Base64, url.Span, shift != 0, open);
        }
    }

    private static void HexForms(ReadOnlySpan<byte> value, FormSink sink)
    {
        using var hex = new WipedBuffer(value.Length * 2);
        foreach (var upper in (ReadOnlySpan<bool>)[false, true])
        {
            hex.Clear();
            foreach (var item in value)
                PutHex(hex, item, upper);
            sink(SecretForm.Hex, hex.Span, false, false);
            Columns(SecretForm.Hex, hex.Span, HexColumns, sink);
        }
    }

    private static void Columns(SecretForm form, ReadOnlySpan<byte> encoded, int[] columns, FormSink sink)
    {
        foreach (var width in columns)
        {
            for (var at = 0; encoded.Length > width && at < encoded.Length; at += width)
            {
                var line = encoded.Slice(at, Math.Min(width, encoded.Length - at));
                if (line.Length >= LeastLine)
                    sink(form, line, false, false);
            }
        }
    }

    private static void Url(ReadOnlySpan<byte> value, string safe, bool plus, bool upper, FormSink sink)
    {
        using var text = new WipedBuffer(value.Length * 3);
        foreach (var item in value)
        {
            if (safe.Contains((char)item, StringComparison.Ordinal))
            {
                Put(text, item);
            }
            else if (plus && item == ' ')
            {
                Put(text, (byte)'+');
            }
            else
            {
                Put(text, (byte)'%');
                PutHex(text, item, upper);
            }
        }

        if (text.Length != value.Length || plus)
            sink(SecretForm.Url, text.Span, false, false);
    }

    // As JavaScript writes it, as Python does (ASCII only), with escaped slashes, and as .NET does (what HTML could mistake is escaped too).
    private static void JsonForms(ReadOnlySpan<byte> value, FormSink sink)
    {
        Json(value, ascii: false, slash: false, sink);
        Json(value, ascii: true, slash: false, sink);
        Json(value, ascii: true, slash: true, sink);
        Json(value, ascii: false, slash: true, sink);
        using var text = new WipedBuffer(value.Length * 6);
        var rest = value;
        while (!rest.IsEmpty)
        {
            _ = JavaScriptEncoder.Default.EncodeUtf8(rest, text.GetSpan(Math.Min(rest.Length * 6, 4096)), out var consumed, out var written);
            text.Advance(written);
            rest = rest[consumed..];
        }

        sink(SecretForm.Json, text.Span, false, false);
    }

    private static void Json(ReadOnlySpan<byte> value, bool ascii, bool slash, FormSink sink)
    {
        using var text = new WipedBuffer(value.Length * 2);
        Span<char> units = stackalloc char[2];
        foreach (var rune in Runes(value))
        {
            if (rune.Value is '"' or '\\' || (slash && rune.Value == '/'))
            {
                Put(text, (byte)'\\');
                Put(text, (byte)rune.Value);
            }
            else if ("\b\t\n\f\r".Contains((char)rune.Value, StringComparison.Ordinal) && rune.Value < ' ')
            {
                Put(text, (byte)'\\');
                Put(text, (byte)"btnvfr"[rune.Value - '\b']);
            }
            else if (rune.Value < ' ' || (ascii && !rune.IsAscii))
            {
                foreach (var unit in units[..rune.EncodeToUtf16(units)])
                {
                    text.Write("\\u"u8);
                    PutHex(text, (byte)(unit >> 8), upper: false);
                    PutHex(text, (byte)unit, upper: false);
                }
            }
            else
            {
                text.Advance(rune.EncodeToUtf8(text.GetSpan(4)));
            }
        }

        sink(SecretForm.Json, text.Span, false, false);
    }

    private static RuneList Runes(ReadOnlySpan<byte> value) => new(value);

    private static void Put(WipedBuffer buffer, byte item)
    {
        buffer.GetSpan(1)[0] = item;
        buffer.Advance(1);
    }

    private static void PutHex(WipedBuffer buffer, byte item, bool upper)
    {
        var digits = upper ? "0123456789ABCDEF"u8 : "0123456789abcdef"u8;
        var span = buffer.GetSpan(2);
        (span[0], span[1]) = (digits[item >> 4], digits[item & 15]);
        buffer.Advance(2);
    }

    /// <summary>The scalars of valid UTF-8, without a string.</summary>
    private ref struct RuneList(ReadOnlySpan<byte> rest)
    {
        private ReadOnlySpan<byte> _rest = rest;

        public Rune Current { get; private set; }

        public readonly RuneList GetEnumerator() => this;

        public bool MoveNext()
        {
            if (_rest.IsEmpty)
                return false;
            _ = Rune.DecodeFromUtf8(_rest, out var rune, out var length);
            Current = rune;
            _rest = _rest[length..];
            return true;
        }
    }
}
