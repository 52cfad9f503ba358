using System.Text;
using System.Text.Json;

namespace Strongroom.Prove.Tamper;

/// <summary>Changes to a JSON text at each leaf, member and place: other values of each type, members and elements left out, doubled, renamed, exchanged, and white space.</summary>
internal static class JsonMutations
{
    private static readonly string[] OtherValues = ["0", "1", "-1", "1.5", "1e1", "9007199254740993", "null", "true", "false", "\"\"", "\"x\"", "[]", "{}", "\"AAAA\""];

    /// <summary>The text with each change, and where it was made.</summary>
    public static IEnumerable<(string Where, byte[] Text)> Of(byte[] json)
    {
        foreach (Part part in Parts(json))
        {
            if (part.IsLeaf)
            {
                foreach ((string what, byte[] text) in Values(json, part))
                    yield return (what, text);
            }

            foreach ((string what, byte[] text) in Places(json, part))
                yield return (what, text);
        }
    }

    private static IEnumerable<(string Where, byte[] Text)> Values(byte[] json, Part part)
    {
        string genuine = Encoding.UTF8.GetString(json, part.ValueStart, part.End - part.ValueStart);
        var values = new List<string>(OtherValues);
        if (genuine.Length > 2 && genuine[0] == '"')
        {
            values.Add($"\"{(genuine[1] == 'A' ? 'B' : 'A')}{genuine[2..]}");
            values.Add($"{genuine[..^1]}A\"");
            values.Add($"\"\\u{(int)genuine[1]:x4}{genuine[2..]}");
            values.Add($"{genuine[..^2]}\"");
        }
        else if (long.TryParse(genuine, out long number))
        {
            values.AddRange([$"{number + 1}", $"{Math.Max(0, number - 1)}", $"0{number}", $"{number}.0", $"-{number}"]);
        }

        foreach (string value in values)
        {
            if (value != genuine)
                yield return ($"value at {part.ValueStart}: {Short(value)}", Splice(json, part.ValueStart, part.End, value));
        }
    }

    private static IEnumerable<(string Where, byte[] Text)> Places(byte[] json, Part part)
    {
        string whole = Encoding.UTF8.GetString(json, part.Start, part.End - part.Start);
        yield return ($"space before {part.Start}", Splice(json, part.Start, part.Start, " "));
        yield return ($"doubled at {part.Start}", Splice(json, part.End, part.End, "," + whole));
        if (part.ValueStart > part.Start)
        {
            yield return ($"renamed at {part.Start}", Splice(json, part.Start, part.Start + 1, "\"x"));
            yield return ($"member added before {part.Start}", Splice(json, part.Start, part.Start, "\"aa\":1,"));
        }

        if (json[part.End] == (byte)',')
            yield return ($"left out at {part.Start}", Splice(json, part.Start, part.End + 1, ""));
        if (part.Next is { } next)
        {
            string other = Encoding.UTF8.GetString(json, next.Start, next.End - next.Start), between = Encoding.UTF8.GetString(json, part.End, next.Start - part.End);
            if (other != whole)
                yield return ($"exchanged with its neighbour at {part.Start}", Splice(json, part.Start, next.End, other + between + whole));
        }
    }

    private static List<Part> Parts(byte[] json)
    {
        var parts = new List<Part>();
        var open = new Stack<(Part Part, Part? LastChild)>();
        var reader = new Utf8JsonReader(json);
        int nameStart = -1;
        while (reader.Read())
        {
            int start = (int)reader.TokenStartIndex;
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    nameStart = start;
                    continue;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    Part closed = open.Pop().Part;
                    closed.End = (int)reader.BytesConsumed;
                    continue;
            }

            bool isLeaf = reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray);
            var part = new Part { Start = nameStart >= 0 ? nameStart : start, ValueStart = start, End = (int)reader.BytesConsumed, IsLeaf = isLeaf };
            nameStart = -1;
            if (open.Count > 0)
            {
                (Part parent, Part? last) = open.Pop();
                if (last is not null)
                    last.Next = part;
                open.Push((parent, part));
                parts.Add(part);
            }

            if (!isLeaf)
                open.Push((part, null));
        }

        return parts;
    }

    private static byte[] Splice(byte[] json, int from, int to, string text) => [.. json.AsSpan(0, from), .. Encoding.UTF8.GetBytes(text), .. json.AsSpan(to)];

    private static string Short(string text) => text.Length <= 12 ? text : text[..12] + "…";

    private sealed class Part
    {
        public required int Start { get; init; }

        public required int ValueStart { get; init; }

        public required int End { get; set; }

        public required bool IsLeaf { get; init; }

        public Part? Next { get; set; }
    }
}
