using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;

namespace Strongroom.Cryptography;

/// <summary>Writes canonical JSON directly; the caller names members in canonical order (asserted in debug builds). One value each.</summary>
public sealed class CanonicalJsonWriter
{
    private const int Chunk = 4096;
    private const int ShortLength = 128;

    private readonly IBufferWriter<byte> _destination;
    private Stack<string?>? _names;
    private int _depth;
    private bool _needsComma;

    /// <summary>Writes into <paramref name="destination"/>.</summary>
    public CanonicalJsonWriter(IBufferWriter<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        _destination = destination;
    }

    /// <summary>Begins an object.</summary>
    /// <exception cref="VaultLimitException">Nested deeper than <see cref="CanonicalJson.MaxDepth"/>.</exception>
    public void BeginObject() => Begin((byte)'{');

    /// <summary>Ends an object.</summary>
    public void EndObject() => End((byte)'}');

    /// <summary>Begins an array.</summary>
    /// <exception cref="VaultLimitException">Nested deeper than <see cref="CanonicalJson.MaxDepth"/>.</exception>
    public void BeginArray() => Begin((byte)'[');

    /// <summary>Ends an array.</summary>
    public void EndArray() => End((byte)']');

    /// <summary>A member's name.</summary>
    /// <exception cref="VaultConfigurationException">It holds a lone surrogate.</exception>
    public void Name(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        AssertOrder(name);
        if (!TryShort(name, isName: true))
        {
            Comma();
            Quoted(name);
            Byte((byte)':');
        }
        _needsComma = false;
    }

    /// <summary>A member's name in ASCII with nothing to escape, as those of the format have it (asserted in debug builds): no work but a copy.</summary>
    public void Name(ReadOnlySpan<byte> name)
    {
        AssertPlain(name);
        var span = _destination.GetSpan(name.Length + 4);
        var length = 0;
        if (_needsComma)
            span[length++] = (byte)',';
        span[length++] = (byte)'"';
        name.CopyTo(span[length..]);
        length += name.Length;
        span[length++] = (byte)'"';
        span[length++] = (byte)':';
        _destination.Advance(length);
        _needsComma = false;
    }

    /// <summary>A string.</summary>
    /// <exception cref="VaultConfigurationException">It holds a lone surrogate.</exception>
    public void Value(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (!TryShort(value, isName: false))
        {
            Comma();
            Quoted(value);
        }
        _needsComma = true;
    }

    /// <summary>A number, 0 to 2⁵³−1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative, or above 2⁵³−1.</exception>
    public void Value(long value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, CanonicalJson.MaxNumber);
        Comma();
        Utf8Formatter.TryFormat(value, _destination.GetSpan(20), out var written);
        _destination.Advance(written);
        _needsComma = true;
    }

    /// <summary>A boolean.</summary>
    public void Value(bool value) => Token(value ? "true"u8 : "false"u8);

    /// <summary>Null.</summary>
    public void NullValue() => Token("null"u8);

    /// <summary>Bytes as base64.</summary>
    public void Base64(ReadOnlySpan<byte> bytes)
    {
        Comma();
        var length = System.Buffers.Text.Base64.GetMaxEncodedToUtf8Length(bytes.Length);
        var span = _destination.GetSpan(length + 2);
        span[0] = (byte)'"';
        System.Buffers.Text.Base64.EncodeToUtf8(bytes, span[1..], out _, out _);
        span[length + 1] = (byte)'"';
        _destination.Advance(length + 2);
        _needsComma = true;
    }

    /// <summary>A time.</summary>
    public void Value(DateTimeOffset time)
    {
        Comma();
        var span = _destination.GetSpan(CanonicalTime.Length + 2);
        span[0] = (byte)'"';
        CanonicalTime.Format(time, span[1..]);
        span[CanonicalTime.Length + 1] = (byte)'"';
        _destination.Advance(CanonicalTime.Length + 2);
        _needsComma = true;
    }

    /// <summary>An id.</summary>
    public void Value(RandomId id)
    {
        Span<byte> bytes = stackalloc byte[RandomId.Size];
        id.CopyTo(bytes);
        Comma();
        var span = _destination.GetSpan(2 * RandomId.Size + 2);
        span[0] = (byte)'"';
        Convert.TryToHexStringLower(bytes, span[1..], out _);
        span[2 * RandomId.Size + 1] = (byte)'"';
        _destination.Advance(2 * RandomId.Size + 2);
        _needsComma = true;
    }

    /// <summary>A parsed value.</summary>
    /// <exception cref="VaultLimitException">Nested deeper than <see cref="CanonicalJson.MaxDepth"/>.</exception>
    public void Value(JsonValue value)
    {
        ArgumentNullException.ThrowIfNull(value);
        switch (value.Kind)
        {
            case JsonKind.Object:
                BeginObject();
                foreach (var (name, member) in value.MemberArray)
                {
                    Name(name);
                    Value(member);
                }
                EndObject();
                break;
            case JsonKind.Array:
                BeginArray();
                foreach (var item in value.ItemArray)
                    Value(item);
                EndArray();
                break;
            case JsonKind.String:
                Comma();
                Byte((byte)'"');
                Escaped(value.Text);
                Byte((byte)'"');
                _needsComma = true;
                break;
            case JsonKind.Number:
                Value(value.Number);
                break;
            case JsonKind.Boolean:
                Value(value.Boolean);
                break;
            default:
                NullValue();
                break;
        }
    }

    private void Begin(byte token)
    {
        if (++_depth > CanonicalJson.MaxDepth)
            throw JsonErrors.TooDeep();
        PushScope();
        Comma();
        Byte(token);
        _needsComma = false;
    }

    private void End(byte token)
    {
        _depth--;
        PopScope();
        Byte(token);
        _needsComma = true;
    }

    private void Token(ReadOnlySpan<byte> token)
    {
        Comma();
        _destination.Write(token);
        _needsComma = true;
    }

    private void Comma()
    {
        if (_needsComma)
            Byte((byte)',');
    }

    private void Byte(byte value)
    {
        _destination.GetSpan(1)[0] = value;
        _destination.Advance(1);
    }

    // Nearly every string is short, ASCII and has nothing to escape: it is written with what stands around it in one go.
    private bool TryShort(string text, bool isName)
    {
        if (text.Length > ShortLength)
            return false;
        var span = _destination.GetSpan(ShortLength + 4);
        var length = 0;
        if (_needsComma)
            span[length++] = (byte)',';
        span[length++] = (byte)'"';
        if (Ascii.FromUtf16(text, span[length..], out var written) != OperationStatus.Done || span.Slice(length, written).ContainsAny(JsonText.Special))
            return false;
        length += written;
        span[length++] = (byte)'"';
        if (isName)
            span[length++] = (byte)':';
        _destination.Advance(length);
        return true;
    }

    private void Quoted(ReadOnlySpan<char> text)
    {
        Byte((byte)'"');
        while (!text.IsEmpty)
        {
            // In place first: most have nothing to escape.
            var part = text[..Math.Min(Chunk, text.Length)];
            var span = _destination.GetSpan(3 * part.Length);
            var status = System.Text.Unicode.Utf8.FromUtf16(part, span, out var read, out var written, replaceInvalidSequences: false, isFinalBlock: part.Length == text.Length);
            if (status == OperationStatus.InvalidData)
                throw JsonErrors.LoneSurrogate();
            text = text[read..];
            if (span[..written].ContainsAny(JsonText.Special))
                Escaped(span[..written].ToArray());
            else
                _destination.Advance(written);
        }
        Byte((byte)'"');
    }

    private void Escaped(ReadOnlySpan<byte> utf8)
    {
        while (!utf8.IsEmpty)
        {
            // Byte by byte: text with JSON in it has something to escape every few bytes, and a search for the next costs more than they do.
            var part = utf8[..Math.Min(Chunk, utf8.Length)];
            utf8 = utf8[part.Length..];
            var span = _destination.GetSpan(JsonText.MaxEscape * part.Length);
            var written = 0;
            foreach (var one in part)
            {
                if (JsonText.IsSpecial(one))
                    written += JsonText.WriteEscape(one, span[written..]);
                else
                    span[written++] = one;
            }
            _destination.Advance(written);
        }
    }

    [Conditional("DEBUG")]
    private void PushScope() => (_names ??= new()).Push(null);

    [Conditional("DEBUG")]
    private void PopScope() => _names!.Pop();

    [Conditional("DEBUG")]
    [ExcludeFromCodeCoverage(Justification = "What it asserts is never false.")]
    private void AssertPlain(ReadOnlySpan<byte> name)
    {
        Debug.Assert(Ascii.IsValid(name) && !name.ContainsAny(JsonText.Special), "A name of the format is plain ASCII.");
        AssertOrder(Encoding.ASCII.GetString(name));
    }

    [Conditional("DEBUG")]
    private void AssertOrder(string name)
    {
        Debug.Assert(string.CompareOrdinal(name, _names!.Pop()) > 0, "Members are written in canonical order, each once.");
        _names.Push(name);
    }
}
