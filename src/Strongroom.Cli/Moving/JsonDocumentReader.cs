using System.Text.Json;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Moving;

/// <summary>Reads JSON into nodes: depth 64, equal names refused. Comments and trailing commas as .NET's configuration takes them, where a format says so.</summary>
internal ref struct JsonDocumentReader
{
    private const int MaxDepth = 64;
    private Utf8JsonReader _reader;
    private readonly ReadOnlySpan<byte> _content;
    private int _line;
    private long _counted;

    private JsonDocumentReader(ReadOnlySpan<byte> content, bool isConfiguration)
    {
        _content = content;
        _line = 1;
        _reader = new Utf8JsonReader(content, new JsonReaderOptions
        {
            MaxDepth = MaxDepth,
            AllowTrailingCommas = isConfiguration,
            CommentHandling = isConfiguration ? JsonCommentHandling.Skip : JsonCommentHandling.Disallow,
        });
    }

    /// <summary>Reads a document, or gives null after adding the problem. The caller owns the node.</summary>
    public static DataNode? Read(ReadOnlySpan<byte> content, Problems problems, bool isConfiguration = false)
    {
        var reader = new JsonDocumentReader(content, isConfiguration);
        DataNode? node = null;
        try
        {
            reader._reader.Read();
            node = reader.Node(problems);
            while (reader._reader.Read())
            {
                // Only to find what follows the document.
            }

            return node;
        }
        catch (JsonException error)
        {
            node?.Dispose();
            problems.Add((int)Math.Min(int.MaxValue - 1, error.LineNumber ?? 0) + 1, "this is not well-formed JSON");
            return null;
        }
        catch (InvalidOperationException)
        {
            node?.Dispose();
            problems.Add(reader.Line(), "a text here has half of a surrogate pair");
            return null;
        }
    }

    private DataNode Node(Problems problems)
    {
        switch (_reader.TokenType)
        {
            case JsonTokenType.StartObject:
                return Map(problems);
            case JsonTokenType.StartArray:
                return List(problems);
            case JsonTokenType.String:
                return DataNode.Scalar(DataKind.Text, Line(), Unescaped());
            case JsonTokenType.Number:
                return DataNode.Scalar(DataKind.Number, Line(), SecretBuffer.CopyOf(_reader.ValueSpan));
            case JsonTokenType.True or JsonTokenType.False:
                return DataNode.Scalar(DataKind.Flag, Line(), SecretBuffer.CopyOf(_reader.ValueSpan));
            default:
                return new DataNode(DataKind.Null, Line());
        }
    }

    private DataNode Map(Problems problems)
    {
        var map = new DataNode(DataKind.Map, Line());
        try
        {
            var names = new Dictionary<string, int>(StringComparer.Ordinal);
            while (_reader.Read() && _reader.TokenType != JsonTokenType.EndObject)
            {
                var (name, line) = (_reader.GetString()!, Line());
                if (!names.TryAdd(name, line))
                    problems.Add(line, $"'{name}' occurs twice, the first time in line {names[name]}");
                _reader.Read();
                map.Members.Add(new(name, Node(problems)));
            }

            return map;
        }
        catch
        {
            map.Dispose();
            throw;
        }
    }

    private DataNode List(Problems problems)
    {
        var list = new DataNode(DataKind.List, Line());
        try
        {
            while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
                list.Items.Add(Node(problems));
            return list;
        }
        catch
        {
            list.Dispose();
            throw;
        }
    }

    private SecretBuffer Unescaped()
    {
        var buffer = SecretBuffer.Allocate(_reader.ValueSpan.Length);
        try
        {
            buffer.Narrow(0, _reader.CopyString(buffer.Span));
            return buffer;
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
    }

    private int Line()
    {
        for (; _counted < _reader.TokenStartIndex; _counted++)
        {
            if (_content[(int)_counted] == (byte)'\n')
                _line++;
        }

        return _line;
    }
}
