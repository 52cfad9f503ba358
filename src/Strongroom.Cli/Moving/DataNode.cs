using Strongroom.Cryptography;

namespace Strongroom.Cli.Moving;

internal enum DataKind
{
    Null,
    Text,
    Number,
    Flag,
    List,
    Map,
}

/// <summary>A value of a JSON or YAML document, and the line it stands on. Scalars lie in wiped memory; the names of members are ordinary strings.</summary>
internal sealed class DataNode(DataKind kind, int line) : IDisposable
{
    private SecretBuffer? _text;

    public DataKind Kind => kind;

    public int Line => line;

    public List<KeyValuePair<string, DataNode>> Members { get; } = [];

    public List<DataNode> Items { get; } = [];

    public bool IsScalar => kind is DataKind.Text or DataKind.Number or DataKind.Flag;

    /// <summary>A scalar's UTF-8.</summary>
    public ReadOnlySpan<byte> Text => _text is { } text ? text.Span : [];

    public DataNode? this[string name] => Members.Find(member => member.Key == name).Value;

    /// <summary>A scalar. The buffer becomes its own.</summary>
    public static DataNode Scalar(DataKind kind, int line, SecretBuffer text) => new(kind, line) { _text = text };

    /// <summary>A member's text as a string; for what is no secret, such as names.</summary>
    public string? String(string name) => this[name] is { Kind: DataKind.Text or DataKind.Number or DataKind.Flag } node ? Utf8.Strict.GetString(node.Text) : null;

    public void Dispose()
    {
        _text?.Dispose();
        foreach (var (_, node) in Members)
            node.Dispose();
        foreach (var node in Items)
            node.Dispose();
    }
}
