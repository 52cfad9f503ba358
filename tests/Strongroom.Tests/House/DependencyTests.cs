using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Strongroom.Tests.House;

/// <summary>Every package has a reason that a reader finds, and lock files pin what is used.</summary>
public sealed partial class DependencyTests
{
    [Fact]
    public void Every_package_stands_in_the_table_with_its_version()
    {
        var packages = XDocument.Parse(Repository.Read("Directory.Packages.props")).Descendants("PackageVersion")
            .Select(element => $"{element.Attribute("Include")!.Value} {element.Attribute("Version")!.Value}").Order(StringComparer.Ordinal);
        var table = Row().Matches(Repository.Read("docs/dependencies.md")).Select(match => $"{match.Groups[1].Value} {match.Groups[2].Value}").Order(StringComparer.Ordinal);

        Assert.Equal(packages, table);
    }

    [Fact]
    public void Every_project_has_a_lock_file()
    {
        var without = Repository.Files(".", ".csproj").Where(path => !Repository.Exists(Path.Combine(Path.GetDirectoryName(path)!, "packages.lock.json")));

        Offenders.None(without);
    }

    [Fact]
    public void What_ships_depends_on_nothing_but_the_packages_of_the_table()
    {
        string table = Repository.Read("docs/dependencies.md");
        var packages = from path in Repository.Files("src", ".json").Where(path => path.EndsWith("packages.lock.json", StringComparison.Ordinal))
                       let file = JsonDocument.Parse(Repository.Read(path))
                       from target in file.RootElement.GetProperty("dependencies").EnumerateObject()
                       from package in target.Value.EnumerateObject()
                       where package.Value.GetProperty("type").GetString() != "Project"
                       select package.Name;

        Offenders.None(packages.Distinct(StringComparer.Ordinal).Where(name => !table.Contains($"`{name}`", StringComparison.Ordinal)));
    }

    [GeneratedRegex(@"^\| `([A-Za-z0-9._]+)` \| ([0-9][0-9.]*) \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
