using System.Xml;
using Strongroom.Cli.CommandLine;

namespace Strongroom.Cli.Moving;

/// <summary>Where <c>dotnet user-secrets</c> keeps the secrets of a project.</summary>
internal static class UserSecretsPlace
{
    /// <summary>The secrets.json of a project.</summary>
    /// <param name="project">A project file, or a folder with one.</param>
    public static string Of(string project) => OfId(IdOf(ProjectFile(project)));

    /// <summary>The secrets.json of an id, as .NET places it.</summary>
    public static string OfId(string id)
    {
        if (id.Length == 0 || id.AsSpan().ContainsAny(Path.GetInvalidFileNameChars()) || id is "." or "..")
            throw new CliException(ExitCodes.Configuration, "SR2033", "The UserSecretsId is no name of a folder.", "See the UserSecretsId in the project file.");
        if (CommandContext.Variable("APPDATA") is { } appData)
            return Path.Join(appData, "Microsoft", "UserSecrets", id, "secrets.json");
        var home = CommandContext.Variable("HOME") ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return Path.Join(home, ".microsoft", "usersecrets", id, "secrets.json");
    }

    private static string ProjectFile(string project)
    {
        if (!Directory.Exists(project))
            return project;
        var files = Directory.GetFiles(project, "*.*proj");
        return files.Length == 1
            ? files[0]
            : throw new CliException(ExitCodes.Usage, "SR2033", $"{project} has {files.Length} project files.", "Give the project file: --project PATH.");
    }

    private static string IdOf(string file)
    {
        try
        {
            using var reader = XmlReader.Create(file, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
            while (reader.Read())
            {
                if (reader is { NodeType: XmlNodeType.Element, LocalName: "UserSecretsId" } && reader.ReadElementContentAsString().Trim() is { Length: > 0 } id)
                    return id;
            }
        }
        catch (Exception error) when (error is XmlException or IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCodes.Usage, "SR2033", $"{file} can't be read as a project file.", "Give the project file: --project PATH.", error);
        }

        throw new CliException(ExitCodes.NotFound, "SR2033", $"{file} has no UserSecretsId.", "'dotnet user-secrets init' writes one; or give the file itself: strongroom import user-secrets FILE.");
    }
}
