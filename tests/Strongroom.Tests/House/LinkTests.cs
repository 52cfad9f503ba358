using System.Text.RegularExpressions;

namespace Strongroom.Tests.House;

/// <summary>What the documents point at is there.</summary>
public sealed partial class LinkTests
{
    private static IEnumerable<string> Documents => Repository.Files("docs", ".md").Concat(Directory.EnumerateFiles(Repository.Root, "*.md").Select(path => Path.GetFileName(path)));

    [Fact]
    public void Links_between_files_resolve()
    {
        var broken = from path in Documents
                     from Match match in Link().Matches(WithoutCode(Repository.Read(path)))
                     let target = match.Groups[1].Value
                     where !target.Contains("://", StringComparison.Ordinal) && !target.StartsWith("mailto:", StringComparison.Ordinal)
                     let parts = target.Split('#', 2)
                     let file = parts[0].Length == 0 ? path : Path.GetRelativePath(Repository.Root, Path.GetFullPath(Path.Combine(Repository.Root, Path.GetDirectoryName(path)!, parts[0])))
                     where !Repository.Exists(file) || (parts.Length == 2 && file.EndsWith(".md", StringComparison.Ordinal) && !Anchors(file).Contains(parts[1]))
                     select $"{path}: {target}";

        Offenders.None(broken);
    }

    [Fact]
    public void Paths_that_documents_name_exist()
    {
        var missing = from path in Documents
                      from Match match in SourcePath().Matches(Repository.Read(path))
                      where !Repository.Exists(match.Groups[1].Value)
                      select $"{path}: {match.Groups[1].Value}";

        Offenders.None(missing);
    }

    [Fact]
    public void Every_document_is_reached_from_the_readme_or_an_index()
    {
        string[] indexes = ["README.md", "docs/architecture.md", "docs/decisions/README.md", "docs/threat-model.md", "docs/format/vault-v1.md"];
        string all = string.Concat(indexes.Select(Repository.Read));

        Offenders.None(Repository.Files("docs", ".md").Where(path => !all.Contains(Path.GetFileName(path), StringComparison.Ordinal)));
    }

    private static HashSet<string> Anchors(string path) =>
        [.. Heading().Matches(Repository.Read(path)).Select(match => NotInAnchor().Replace(match.Groups[1].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-'))];

    private static string WithoutCode(string text) => Fence().Replace(text, "");

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex("^#+ (.*)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInAnchor();

    [GeneratedRegex(@"`((?:src|tests|docs|bench|samples)/[A-Za-z0-9_./-]+)`")]
    private static partial Regex SourcePath();
}
