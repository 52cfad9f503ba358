using System.Text.Json;

namespace Strongroom.Cryptography.Tests;

/// <summary>Files of the source tree, vectors made by others among them.</summary>
internal static class TestFiles
{
    public static string Root { get; } = FindRoot();

    public static byte[] Example(string name) => File.ReadAllBytes(Path.Combine(Root, "docs", "format", "example", name));

    /// <summary>Vectors made by others, <c>tests/vectors</c>.</summary>
    public static byte[] Vectors(string name) => File.ReadAllBytes(Path.Combine(Root, "tests", "vectors", name));

    public static JsonElement VectorJson(string name) => JsonDocument.Parse(Vectors(name)).RootElement;

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Strongroom.slnx")))
                return folder.FullName;
        }

        throw new InvalidOperationException("The tests run outside of their source tree.");
    }
}
