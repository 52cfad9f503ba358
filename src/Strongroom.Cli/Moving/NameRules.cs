using System.Text;

namespace Strongroom.Cli.Moving;

/// <summary>
/// <c>--rename RULE</c>: how names are changed on purpose. Without a rule a name that does not fit is refused, never repaired. Rules are applied in the order given, to names and to the names of fields.
/// </summary>
internal sealed class NameRules
{
    /// <summary>For help.</summary>
    public const string Help =
        """
        slug           what a name can't have becomes '-', at the beginning and end of a segment it goes
        lower, upper   changes the case
        env            upper case, and everything but letters and digits becomes '_' (for dotenv)
        dns            lower case, and everything but letters, digits and '.' becomes '-' (for k8s)
        OLD=NEW        this name only
        OLD*=NEW*      names that begin with OLD
        #OLD=NEW       this field only, in every secret
        number         the second of two that would have the same name gets '-2' behind it, and so on
        """;

    private readonly List<Func<string, bool, string>> _rules = [];

    public NameRules(IReadOnlyCollection<string> rules)
    {
        Numbers = rules.Contains("number");
        foreach (var rule in rules.Where(static rule => rule != "number"))
            _rules.Add(Parse(rule));
    }

    /// <summary>Whether names that occur twice are numbered.</summary>
    public bool Numbers { get; }

    /// <summary>A name after all rules.</summary>
    public string Name(string name) => Apply(name, isField: false);

    /// <summary>A field's name after all rules.</summary>
    public string Field(string name) => Apply(name, isField: true);

    /// <summary>What does not fit in a segment becomes '-'.</summary>
    public static string Slug(string name, bool isField = false) =>
        isField ? Segment(name) : string.Join('/', name.Split('/').Select(Segment).Where(static segment => segment.Length > 0));

    /// <summary>A name that environment variables may have.</summary>
    public static string Env(string name)
    {
        var text = Map(name, static character => char.IsAsciiLetterOrDigit(character) ? char.ToUpperInvariant(character) : '_');
        return text.Length > 0 && char.IsAsciiDigit(text[0]) ? "_" + text : text;
    }

    /// <summary>A name that objects of Kubernetes may have.</summary>
    public static string Dns(string name) => Map(name, static character => char.IsAsciiLetterOrDigit(character) || character == '.' ? char.ToLowerInvariant(character) : '-').Trim('-', '.');

    private string Apply(string name, bool isField)
    {
        foreach (var rule in _rules)
            name = rule(name, isField);
        return name;
    }

    private static Func<string, bool, string> Parse(string rule)
    {
        switch (rule)
        {
            case "slug":
                return Slug;
            case "lower":
                return static (name, _) => name.ToLowerInvariant();
            case "upper":
                return static (name, _) => name.ToUpperInvariant();
            case "env":
                return static (name, _) => Env(name);
            case "dns":
                return static (name, isField) => isField ? name : Dns(name);
        }

        var equals = rule.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
            throw CliException.OptionValue("--rename", "give slug, lower, upper, env, dns, number, OLD=NEW, OLD*=NEW* or #OLD=NEW");
        return Replacement(rule[..equals], rule[(equals + 1)..]);
    }

    private static Func<string, bool, string> Replacement(string old, string now)
    {
        if (old.StartsWith('#'))
            return (name, isField) => isField && name == old[1..] ? now : name;
        if (!old.EndsWith('*'))
            return (name, isField) => !isField && name == old ? now : name;
        if (!now.EndsWith('*'))
            throw CliException.OptionValue("--rename", "both sides of OLD*=NEW* end in '*'");
        var (from, to) = (old[..^1], now[..^1]);
        return (name, isField) => !isField && name.StartsWith(from, StringComparison.Ordinal) ? string.Concat(to, name.AsSpan(from.Length)) : name;
    }

    private static string Segment(string segment)
    {
        var text = Map(segment, static character => char.IsAsciiLetterOrDigit(character) || character is '.' or '_' ? character : '-');
        return text.TrimEnd('-').TrimStart('-', '.', '_');
    }

    // A run of replaced characters becomes one.
    private static string Map(string text, Func<char, char> map)
    {
        var result = new StringBuilder(text.Length);
        foreach (var character in text)
        {
            var mapped = map(character);
            var isReplaced = mapped != character && char.ToLowerInvariant(mapped) != char.ToLowerInvariant(character);
            if (!isReplaced || result.Length == 0 || result[^1] != mapped)
                result.Append(mapped);
        }

        return result.ToString();
    }
}
