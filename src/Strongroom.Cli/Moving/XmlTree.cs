using System.Xml;

namespace Strongroom.Cli.Moving;

/// <summary>An element of XML with its line: name, attributes, text, children. Depth 64.</summary>
internal sealed class XmlTree(string name, int line)
{
    private const int MaxDepth = 64;
    private readonly Dictionary<string, string> _attributes = new(StringComparer.Ordinal);
    private readonly List<XmlTree> _children = [];

    public string Name => name;

    public int Line => line;

    public string Content { get; private set; } = "";

    public XmlTree? this[string child] => _children.Find(element => element.Name == child);

    public IEnumerable<XmlTree> All(string child) => _children.Where(element => element.Name == child);

    public string? Attribute(string attribute) => _attributes.GetValueOrDefault(attribute);

    /// <summary>The text of a child; empty when there is none.</summary>
    public string Text(string child) => this[child]?.Content ?? "";

    /// <summary>Reads a document.</summary>
    /// <exception cref="XmlException">It is not well-formed, or too deep.</exception>
    public static XmlTree Read(XmlReader reader)
    {
        reader.MoveToContent();
        var root = Element(reader, 0);
        while (reader.Read())
        {
            // Only to find what follows the document.
        }

        return root;
    }

    private static XmlTree Element(XmlReader reader, int depth)
    {
        var position = (IXmlLineInfo)reader;
        if (depth > MaxDepth || reader.NodeType != XmlNodeType.Element)
            throw new XmlException("", null, position.LineNumber, position.LinePosition);
        var element = new XmlTree(reader.LocalName, position.LineNumber);
        var isEmpty = reader.IsEmptyElement;
        while (reader.MoveToNextAttribute())
            element._attributes[reader.LocalName] = reader.Value;
        if (isEmpty)
            return element;
        while (reader.Read() && reader.NodeType != XmlNodeType.EndElement)
        {
            if (reader.NodeType == XmlNodeType.Element)
                element._children.Add(Element(reader, depth + 1));
            else if (reader.NodeType is XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.SignificantWhitespace or XmlNodeType.Whitespace)
                element.Content += reader.Value;
        }

        return element;
    }
}
