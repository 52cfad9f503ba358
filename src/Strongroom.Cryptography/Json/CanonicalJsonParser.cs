using System.Buffers;
using System.Runtime.InteropServices;

namespace Strongroom.Cryptography;

/// <summary>One pass over valid UTF-8 that accepts the canonical form and nothing else. Recursion is bounded by the depth cap.</summary>
internal ref struct CanonicalJsonParser
{
    private const int ValuesPerMember = 8;

    private readonly ReadOnlySpan<byte> _input;
    private readonly int _maxMembers;
    private readonly long _maxValues;
    private KeyValuePair<string, JsonValue>[] _stack;
    private byte[]? _copy;
    private int _top;
    private int _position;
    private int _depth;
    private long _values;

    public CanonicalJsonParser(ReadOnlySpan<byte> input, int maxMembers)
    {
        _input = input;
        _maxMembers = maxMembers;
        _maxValues = (long)maxMembers * ValuesPerMember;
        _stack = ArrayPool<KeyValuePair<string, JsonValue>>.Shared.Rent(64);
    }

    public JsonValue ParseAll()
    {
        var value = ParseValue();
        if (_position != _input.Length)
            throw JsonErrors.Malformed("something follows the value", _position);
        return value;
    }

    public readonly void Return() => ArrayPool<KeyValuePair<string, JsonValue>>.Shared.Return(_stack, clearArray: true);

    private JsonValue ParseValue()
    {
        if (++_values > _maxValues)
            throw JsonErrors.Cap($"more than {_maxValues} values");
        switch (Peek())
        {
            case (byte)'"':
                return ParseString();
            case (byte)'{':
                return ParseObject();
            case (byte)'[':
                return ParseArray();
            case (byte)'n':
                Expect("null"u8);
                return JsonValue.Null;
            case (byte)'t':
                Expect("true"u8);
                return JsonValue.True;
            case (byte)'f':
                Expect("false"u8);
                return JsonValue.False;
            default:
                return ParseNumber();
        }
    }

    private JsonValue ParseObject()
    {
        Enter();
        var bottom = _top;
        string? previous = null;
        if (Peek() != (byte)'}')
        {
            do
            {
                var at = _position;
                var name = JsonText.Name(Text(out var escaped), escaped, at);
                // The order of UTF-16 code units; a repeated name is not above itself.
                if (string.CompareOrdinal(name, previous) <= 0)
                    throw JsonErrors.Malformed("a member is repeated or out of order", at);
                Expect(":"u8);
                Push(new(name, ParseValue()), bottom);
                previous = name;
            }
            while (Next((byte)'}'));
        }
        _position++;
        _depth--;
        var members = _stack.AsSpan(bottom, _top - bottom).ToArray();
        _top = bottom;
        return JsonValue.OfSorted(members);
    }

    private JsonValue ParseArray()
    {
        Enter();
        var bottom = _top;
        if (Peek() != (byte)']')
        {
            do
                Push(new(string.Empty, ParseValue()), bottom);
            while (Next((byte)']'));
        }
        _position++;
        _depth--;
        var items = new JsonValue[_top - bottom];
        for (var i = 0; i < items.Length; i++)
            items[i] = _stack[bottom + i].Value;
        _top = bottom;
        return JsonValue.OfOwned(items);
    }

    private JsonValue ParseString()
    {
        var at = _position;
        var text = Text(out var escaped);
        if (escaped)
            return JsonValue.OfChecked(JsonText.Unescape(text, at));
        // One copy of the input serves all its strings: most are decoded as base64, ids or times and never become a string.
        _copy ??= _input.ToArray();
        return JsonValue.OfSlice(_copy, at + 1, text.Length);
    }

    private JsonValue ParseNumber()
    {
        var start = _position;
        long number = 0;
        while (_position < _input.Length && (uint)(_input[_position] - '0') <= 9)
        {
            number = number * 10 + (_input[_position++] - '0');
            if (number > CanonicalJson.MaxNumber)
                throw JsonErrors.Malformed("a number is above 2^53-1", start);
        }
        var digits = _position - start;
        if (digits == 0 || (digits > 1 && _input[start] == (byte)'0'))
            throw JsonErrors.Malformed("no value", start);
        return JsonValue.OfChecked(number);
    }

    /// <summary>The text between two quotes, still escaped.</summary>
    private ReadOnlySpan<byte> Text(out bool escaped)
    {
        Expect("\""u8);
        var start = _position;
        escaped = false;
        while (true)
        {
            var stop = _input[_position..].IndexOfAny(JsonText.Special);
            if (stop < 0)
                throw JsonErrors.Malformed("a string does not end", start);
            _position += stop;
            if (_input[_position] == (byte)'"')
                return _input[start.._position++];
            // A raw control character is refused where the text is unescaped. A backslash takes the next byte with it, so that \" does not end the string.
            escaped = true;
            _position = Math.Min(_position + 2, _input.Length);
        }
    }

    private void Push(KeyValuePair<string, JsonValue> member, int bottom)
    {
        if (_top - bottom == _maxMembers)
            throw JsonErrors.Cap($"more than {_maxMembers} members in one object or items in one array");
        if (_top == _stack.Length)
        {
            var larger = ArrayPool<KeyValuePair<string, JsonValue>>.Shared.Rent(_top * 2);
            _stack.CopyTo(larger.AsSpan());
            Return();
            _stack = larger;
        }
        _stack[_top++] = member;
    }

    private void Enter()
    {
        if (++_depth > CanonicalJson.MaxDepth)
            throw JsonErrors.Cap($"nested deeper than {CanonicalJson.MaxDepth} levels");
        _position++;
    }

    /// <summary>Passes a comma; false at the end of the object or array.</summary>
    private bool Next(byte end)
    {
        if (Peek() == end)
            return false;
        Expect(","u8);
        return true;
    }

    private readonly byte Peek() => _position < _input.Length ? _input[_position] : (byte)0;

    private void Expect(ReadOnlySpan<byte> token)
    {
        if (!_input[_position..].StartsWith(token))
            throw JsonErrors.Malformed("another token was expected", _position);
        _position += token.Length;
    }
}
