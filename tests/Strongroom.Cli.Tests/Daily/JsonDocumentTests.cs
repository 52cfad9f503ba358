using System.Text;
using System.Text.Json;
using Strongroom.Cli.Tests.Support;

namespace Strongroom.Cli.Tests.Daily;

/// <summary>docs/json.md names every member that verbs print with <c>--json</c>: it is compared with what they do print.</summary>
public sealed class JsonDocumentTests
{
    private const string Marker = "<!-- From here on: what the commands of JsonDocumentTests print. Written by: STRONGROOM_UPDATE=1 ./test JsonDocumentTests -->\n";

    // In this order, in one vault. A verb that has several forms is called in each.
    private static readonly (string Verb, string Line, string Input)[] Calls =
    [
        ("init", "init --new-key-file k --recovery-key", ""),
        ("set", "set a --type token --tag env=prod --expires 2099-01-01", "first"),
        ("set", "set a --dry-run", "second"),
        ("set", "set db user=u host=h password=-", "pw"),
        ("patch", "patch db user=v", ""),
        ("patch", "patch db user=v --dry-run", ""),
        ("unset", "unset db#user", ""),
        ("unset", "unset db#password --dry-run --if-version 3", ""),
        ("generate", "generate g --print", ""),
        ("generate", "generate pair --kind ed25519 --print", ""),
        ("generate", "generate g --dry-run", ""),
        ("rotate", "rotate a", "third"),
        ("rotate", "rotate a --dry-run", "third"),
        ("otp", "otp login --add -", "GEZDGNBVGY3TQOJQ"),
        ("otp", "otp login", ""),
        ("get", "get a", ""),
        ("get", "get pair", ""),
        ("get", "get pair#public_key", ""),
        ("show", "show a", ""),
        ("show", "show pair --reveal", ""),
        ("meta", "meta a", ""),
        ("meta", "meta a --tag x=y", ""),
        ("list", "list", ""),
        ("list", "list --page-size 1", ""),
        ("find", "find prod", ""),
        ("grep", "grep third", ""),
        ("grep", "grep GEZDGNBV", ""),
        ("history", "history a", ""),
        ("diff", "diff a", ""),
        ("diff", "diff a --reveal", ""),
        ("rollback", "rollback a --to 1", ""),
        ("rollback", "rollback a --to 1 --dry-run", ""),
        ("copy", "copy a c --history", ""),
        ("move", "move c d", ""),
        ("move", "move d e --dry-run", ""),
        ("remove", "remove d", ""),
        ("remove", "remove g --dry-run", ""),
        ("restore", "restore d", ""),
        ("purge", "purge d --yes", ""),
        ("check", "check refs", ""),
        ("scan", "scan found", ""),
        ("lint", "lint --min-entropy 1000", ""),
        ("status", "status", ""),
        ("verify", "verify", ""),
        ("log", "log", ""),
        ("key list", "key list", ""),
        ("version", "version", ""),
    ];

    [Fact]
    public void Every_member_is_documented()
    {
        using var shell = new Shell();
        shell.Variables["STRONGROOM_VAULT"] = shell.PathOf("vault.json");
        shell.Write("refs", "A=strongroom://a\nB=strongroom://nothing\n");
        Directory.CreateDirectory(shell.PathOf("found"));
        shell.Write("found/file", "a line with third-value-of-a\nGEZDGNBVGY3TQOJQ\n");
        var printed = new SortedDictionary<string, SortedDictionary<string, SortedSet<string>>>(StringComparer.Ordinal);
        foreach (var (verb, line, input) in Calls)
        {
            var result = shell.Run(line + " --json", input);
            Assert.True(result.Exit is 0 or 9, $"{line}: {result.Exit} {result.Errors}");
            if (verb == "init")
                shell.Variables["STRONGROOM_KEY_FILE"] = shell.PathOf("k");
            var members = printed.TryGetValue(verb, out var known) ? known : printed[verb] = new(StringComparer.Ordinal);
            Assert.Equal(1, result.Json.GetProperty("schema").GetInt32());
            var here = new SortedDictionary<string, SortedSet<string>>(StringComparer.Ordinal);
            Flatten(result.Json, "", here);
            foreach (var (path, types) in here)
                (members.TryGetValue(path, out var all) ? all : members[path] = new(StringComparer.Ordinal)).UnionWith(types);
        }

        var file = Path.Join(TestedCommand.Root, "docs/json.md");
        var page = File.ReadAllText(file);
        var should = page[..(page.IndexOf(Marker, StringComparison.Ordinal) + Marker.Length)] + Text(printed);
        if (Environment.GetEnvironmentVariable("STRONGROOM_UPDATE") == "1")
            File.WriteAllText(file, should);
        else
            Assert.Equal(should, page);
    }

    private static string Text(SortedDictionary<string, SortedDictionary<string, SortedSet<string>>> printed)
    {
        var text = new StringBuilder();
        foreach (var (verb, members) in printed)
        {
            text.Append($"\n## {verb}\n\n| member | type |\n| --- | --- |\n");
            foreach (var (path, types) in members)
                text.Append($"| `{path}` | {string.Join(" or ", types)} |\n");
        }

        return text.ToString();
    }

    // What stands in an array of objects is written once; tags have names of their own.
    private static void Flatten(JsonElement element, string path, SortedDictionary<string, SortedSet<string>> members)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object when path.EndsWith("tags", StringComparison.Ordinal):
                Add("object of strings");
                break;
            case JsonValueKind.Object when path == "fields":
                foreach (var field in element.EnumerateObject())
                    Flatten(field.Value, "fields.NAME", members);
                break;
            case JsonValueKind.Object:
                foreach (var member in element.EnumerateObject().Where(member => path.Length > 0 || member.Name != "schema"))
                    Flatten(member.Value, path.Length == 0 ? member.Name : $"{path}.{member.Name}", members);
                break;
            case JsonValueKind.Array when element.GetArrayLength() > 0:
                foreach (var item in element.EnumerateArray())
                    Flatten(item, path + "[]", members);
                break;
            case JsonValueKind.Array:
                Add("array");
                break;
            default:
                Add(element.ValueKind switch
                {
                    JsonValueKind.True or JsonValueKind.False => "boolean",
                    JsonValueKind.Null => "null",
                    JsonValueKind.Number => "number",
                    _ => "string",
                });
                break;
        }

        void Add(string type) => (members.TryGetValue(path, out var types) ? types : members[path] = new(StringComparer.Ordinal)).Add(type);
    }
}
