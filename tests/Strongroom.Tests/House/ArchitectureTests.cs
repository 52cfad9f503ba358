using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;

namespace Strongroom.Tests.House;

/// <summary>Who may reference whom (docs/architecture.md): never upward, never edge to edge, and each third-party package in one project.</summary>
public sealed class ArchitectureTests
{
    private static readonly Dictionary<string, (string[] Projects, string[] Packages)> Allowed = new(StringComparer.Ordinal)
    {
        ["Strongroom.Cryptography"] = ([], ["NSec.Cryptography"]),
        ["Strongroom.Argon2.Managed"] = (["Strongroom.Cryptography"], ["BouncyCastle.Cryptography"]),
        ["Strongroom.Backends.Sqlite"] = (["Strongroom"], ["SQLitePCLRaw.bundle_e_sqlite3"]),
        ["Strongroom.Backends.PostgreSql"] = (["Strongroom"], ["Npgsql"]),
        ["Strongroom.Backends.Redis"] = (["Strongroom"], ["StackExchange.Redis"]),
        ["Strongroom"] = (["Strongroom.Cryptography", "Strongroom.Analyzers"], []),
        ["Strongroom.Testing"] = (["Strongroom"], []),
        ["Strongroom.AspNetCore"] = (["Strongroom.Hosting"], []),
        ["Strongroom.Npgsql"] = (["Strongroom.Hosting"], ["Npgsql"]),
        ["Strongroom.Analyzers"] = ([], ["Microsoft.CodeAnalysis.CSharp"]),
        ["Strongroom.Hosting"] = (["Strongroom"], ["Microsoft.Extensions.Hosting.Abstractions", "Microsoft.Extensions.Configuration", "Microsoft.Extensions.Diagnostics.HealthChecks", "Microsoft.Extensions.Http", "Microsoft.Extensions.Compliance.Redaction"]),
        ["Strongroom.Cli"] = (["Strongroom", "Strongroom.Argon2.Managed", "Strongroom.Backends.Sqlite", "Strongroom.Backends.PostgreSql", "Strongroom.Backends.Redis"], ["System.CommandLine", "Spectre.Console", "Tomlyn", "YamlDotNet"]),
    };

    // What a project's code may name because a project that it references shows it.
    private static readonly Dictionary<string, string[]> SeenThrough = new(StringComparer.Ordinal)
    {
        ["Strongroom.Backends.Sqlite"] = ["Strongroom.Cryptography"],
        ["Strongroom.Backends.PostgreSql"] = ["Strongroom.Cryptography"],
        ["Strongroom.Backends.Redis"] = ["Strongroom.Cryptography"],
        ["Strongroom.Testing"] = ["Strongroom.Cryptography"],
        ["Strongroom.Hosting"] = ["Strongroom.Cryptography"],
        ["Strongroom.AspNetCore"] = ["Strongroom", "Strongroom.Cryptography", "Microsoft.AspNetCore", "Microsoft.Extensions"],
        ["Strongroom.Npgsql"] = ["Strongroom", "Strongroom.Cryptography", "Microsoft.Extensions"],
        ["Strongroom.Cli"] = ["Strongroom.Cryptography"],
    };

    // A driver that a backend and an application's connections both need, which know nothing of each other.
    private static readonly string[] Shared = ["Npgsql"];

    public static TheoryData<string> Projects => [.. Allowed.Keys];

    [Fact]
    public void Every_project_under_src_is_in_the_table()
    {
        Assert.Equal(Allowed.Keys.Order(StringComparer.Ordinal), Repository.Files("src", ".csproj").Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_references_only_what_the_table_allows(string project)
    {
        XDocument file = XDocument.Parse(Repository.Read($"src/{project}/{project}.csproj"));

        Assert.Equal(Allowed[project].Projects.Order(StringComparer.Ordinal), Includes(file, "ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal));
        Assert.Equal(Allowed[project].Packages.Order(StringComparer.Ordinal), Includes(file, "PackageReference").Order(StringComparer.Ordinal));
        Offenders.None(Includes(file, "Reference"));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void An_assembly_references_only_what_the_table_allows(string project)
    {
        string path = Path.Combine(AppContext.BaseDirectory, project + ".dll");
        if (!File.Exists(path))
            path = Programs.Built($"src/{project}");
        using var image = new PEReader(File.OpenRead(path));
        MetadataReader metadata = image.GetMetadataReader();
        var allowed = Allowed[project].Projects.Concat(Allowed[project].Packages).Concat(SeenThrough.GetValueOrDefault(project, [])).ToHashSet(StringComparer.Ordinal);

        var others = metadata.AssemblyReferences.Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name))
            .Where(name => !allowed.Contains(name) && !PackageAssemblies.Any(pair => pair.Assembly == name && allowed.Contains(pair.Package)) && !IsFramework(name) && !(IsHostAbstraction(name) && allowed.Any(IsHostAbstraction)) && !(name.StartsWith("Microsoft.AspNetCore.", StringComparison.Ordinal) && allowed.Contains("Microsoft.AspNetCore")));

        Offenders.None(others);
    }

    /// <summary>Cryptography has its own wall: what is inside is a function of its arguments and of the random generator.</summary>
    [Fact]
    public void Cryptography_has_no_files_clock_tasks_or_console()
    {
        using var image = new PEReader(File.OpenRead(Path.Combine(AppContext.BaseDirectory, "Strongroom.Cryptography.dll")));
        MetadataReader metadata = image.GetMetadataReader();
        string[] banned = ["System.IO", "System.Net", "System.Threading.Tasks", "System.Console", "System.TimeProvider", "System.Diagnostics.Process", "System.Diagnostics.Stopwatch"];

        var used = metadata.TypeReferences.Select(metadata.GetTypeReference).Select(type => $"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}")
            .Where(name => banned.Any(ban => name == ban || name.StartsWith(ban + ".", StringComparison.Ordinal)));

        Offenders.None(used);
    }

    [Fact]
    public void Third_party_packages_are_used_where_the_table_says_and_nowhere_else()
    {
        var owners = Allowed.SelectMany(project => project.Value.Packages.Except(Shared, StringComparer.Ordinal).Select(package => (package, project.Key))).GroupBy(pair => pair.package, StringComparer.Ordinal);

        Assert.All(owners, owner => Assert.Single(owner));
    }

    // What Microsoft.Extensions.Hosting.Abstractions and its neighbours stand on: abstractions that every .NET host has.
    private static bool IsHostAbstraction(string assembly) => assembly.StartsWith("Microsoft.Extensions", StringComparison.Ordinal);

    // An assembly that comes with a package and is named otherwise.
    private static readonly (string Assembly, string Package)[] PackageAssemblies = [("Spectre.Console.Ansi", "Spectre.Console"), ("Microsoft.CodeAnalysis", "Microsoft.CodeAnalysis.CSharp"), ("SQLitePCLRaw.core", "SQLitePCLRaw.bundle_e_sqlite3"), ("SQLitePCLRaw.batteries_v2", "SQLitePCLRaw.bundle_e_sqlite3"), ("SQLitePCLRaw.config.e_sqlite3", "SQLitePCLRaw.bundle_e_sqlite3")];

    private static bool IsFramework(string assembly) => assembly is "System.Private.CoreLib" or "netstandard" or "Microsoft.Win32.Primitives" || assembly.StartsWith("System.", StringComparison.Ordinal);

    private static IEnumerable<string> Includes(XDocument project, string item) => project.Descendants(item).Select(element => element.Attribute("Include")!.Value);
}
