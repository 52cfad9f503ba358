using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Input;
using Strongroom.Cli.Output;

namespace Strongroom.Cli.Moving;

/// <summary>A folder of pass or gopass: a file encrypted with gpg for each secret, its path is the name.</summary>
internal static class PassFolder
{
    private const string Extension = ".gpg";
    private const int MaxDepth = 32;

    /// <summary>Where pass has its folder.</summary>
    public static string Default =>
        CommandContext.Variable("PASSWORD_STORE_DIR") ?? Path.Join(CommandContext.Variable("HOME") ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".password-store");

    public static async Task ReadAsync(CommandContext context, string folder, Func<string, bool> isWanted, ImportSink sink)
    {
        var root = new DirectoryInfo(folder);
        if (!root.Exists)
            throw new CliException(ExitCodes.Usage, "SR2012", $"{folder} can't be read: there is no such folder.", "Give the folder of the password store, such as ~/.password-store.");
        var files = new List<(string Name, string Path)>();
        Collect(root, "", 0, files, sink);
        files.RemoveAll(file => !isWanted(file.Name));
        files.Sort(static (left, right) => string.CompareOrdinal(left.Name, right.Name));
        using var progress = new ProgressLine(context.Output, "entries decrypted");
        for (var i = 0; i < files.Count; i++)
        {
            progress.Report((i, files.Count));
            using var text = await Gpg.DecryptAsync(files[i].Path, !context.Ask.NoInput, context.Cancellation);
            if (text is null)
                sink.Problems.Add(0, $"{files[i].Name}: gpg can't decrypt it");
            else
                PassEntry.Read(text.Span, sink.Begin(files[i].Name, 0), sink.Problems);
        }
    }

    /// <summary>Writes a folder, or into one that has a <c>.gpg-id</c>. Everything is encrypted into a folder beside it before the first file is put in place.</summary>
    public static async Task WriteAsync(CommandContext context, string folder, IReadOnlyList<MovedSecret> secrets, IReadOnlyList<string> recipients, bool replace)
    {
        var idFile = Path.Join(folder, ".gpg-id");
        if (recipients.Count == 0)
            recipients = File.Exists(idFile) ? [.. File.ReadAllLines(idFile).Select(static line => line.Split('#')[0].Trim()).Where(static line => line.Length > 0)] : throw CliException.Usage("A folder of pass needs --recipient, a key of gpg.", "Or give the folder of a store that is there, with its .gpg-id.");
        var targets = secrets.Select(secret => Path.Join(folder, secret.Name + Extension)).ToArray();
        if (!replace && Array.Find(targets, File.Exists) is { } there)
            throw new CliException(ExitCodes.Conflict, "SR2011", $"{there} is there already and is not overwritten.", "Add --force to replace it.");
        var parts = Directory.CreateDirectory(Path.Join(folder, $".strongroom-{Path.GetRandomFileName()}")).FullName;
        try
        {
            await EncryptAsync(context, secrets, recipients, parts);
            for (var i = 0; i < targets.Length; i++)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(targets[i])!);
                File.Move(Path.Join(parts, $"{i}"), targets[i], overwrite: replace);
            }

            if (!File.Exists(idFile))
                await File.WriteAllLinesAsync(idFile, recipients, context.Cancellation);
        }
        finally
        {
            Directory.Delete(parts, recursive: true);
        }
    }

    private static async Task EncryptAsync(CommandContext context, IReadOnlyList<MovedSecret> secrets, IReadOnlyList<string> recipients, string parts)
    {
        var problems = new Problems();
        using var progress = new ProgressLine(context.Output, "entries encrypted");
        for (var i = 0; i < secrets.Count; i++)
        {
            progress.Report((i, secrets.Count));
            using var text = new WipedBuffer();
            PassEntry.Write(secrets[i], text, problems);
            if (problems.Any)
                continue;
            using var content = new PinnedCopy(text.Span);
            await Gpg.EncryptAsync(content.Memory, Path.Join(parts, $"{i}"), recipients, context.Cancellation);
        }

        problems.ThrowIfAny("This can't be exported as entries of pass");
    }

    // Links are not followed: a store has none, and a file elsewhere is not meant.
    private static void Collect(DirectoryInfo folder, string path, int depth, List<(string, string)> files, ImportSink sink)
    {
        if (depth > MaxDepth)
            throw new CliException(ExitCodes.Configuration, "SR2032", $"{folder.FullName} is nested deeper than {MaxDepth} folders.", "Give the folder of the password store itself.");
        foreach (var entry in folder.EnumerateFileSystemInfos())
        {
            if (entry.Name.StartsWith('.') || entry.LinkTarget is not null)
                continue;
            if (entry is DirectoryInfo child)
                Collect(child, $"{path}{entry.Name}/", depth + 1, files, sink);
            else if (entry.Name.EndsWith(Extension, StringComparison.Ordinal))
                files.Add((path + entry.Name[..^Extension.Length], entry.FullName));
            else if (entry.Name.EndsWith(".age", StringComparison.Ordinal))
                sink.Problems.Add(0, $"{path}{entry.Name} is encrypted with age; only stores of gpg are read");
        }
    }
}
