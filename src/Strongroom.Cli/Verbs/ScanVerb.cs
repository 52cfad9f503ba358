using System.CommandLine;
using System.Globalization;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Platform;
using Strongroom.Cli.Scanning;

namespace Strongroom.Cli.Verbs;

/// <summary><c>scan [DIR]</c>: secrets that lie in the open.</summary>
internal sealed class ScanVerb : VaultVerb
{
    private readonly Argument<string?> _folder;
    private readonly Option<bool> _staged;
    private readonly Option<bool> _history;
    private readonly Option<bool> _versions;
    private readonly Option<bool> _noVault;
    private readonly Option<bool> _installHook;
    private readonly Option<bool> _force;

    public ScanVerb()
        : base(
            "scan",
            "Find values of this vault, and tokens of well-known services, in files, in what is staged, or in git's history.",
            new Example("mkdir -p src && strongroom scan src", "The files of a folder, without those that git ignores"),
            new Example("mkdir -p src && strongroom scan src --no-vault --json", "Only tokens of well-known services, without a vault"))
    {
        _folder = Takes(Make.Optional("DIR", "A folder or a file. Default: the current folder."));
        _staged = With(Make.Flag("--staged", "Look through what the next commit would hold."));
        _history = With(Make.Flag("--git-history", "Look through all contents and messages that a branch, tag or stash of the repository reaches."));
        _versions = With(Make.Flag("--versions", "Look also for older versions that are kept."));
        _noVault = With(Make.Flag("--no-vault", "Look for tokens of well-known services only."));
        _installHook = With(Make.Flag("--install-hook", "Make the repository's pre-commit hook, which runs 'strongroom scan --staged'."));
        _force = With(Make.Flag("--force", "With --install-hook: replace a hook that is there.", "-f"));
    }

    public override string Details =>
        """
        Values are looked for as they are, in base64 (at each alignment), hex and URL-encoded, from 8 bytes on; host names, users and the like are passed over. Every secret is opened once, one after the other, to make keyed
        fingerprints, and once for each match. What is printed is the secret's name and the place, never the value. Exit code 9 when something was found.
        A line with 'strongroom:allow' in it is passed over.
        """;

    public override async ValueTask<int> RunAsync(CommandContext context)
    {
        var folder = context.Get(_folder) ?? ".";
        if (!Directory.Exists(folder) && !File.Exists(folder))
            throw new CliException(ExitCodes.Usage, "SR2012", $"{folder} can't be read: there is no such file or folder.", "Check the path.");
        if (context.Get(_staged) && context.Get(_history))
            throw CliException.Together(_staged.Name, _history.Name);
        if (context.Get(_installHook))
            return InstallHook(context, folder);
        if (context.Get(_noVault))
            return Scan(context, folder, null);
        using var vault = await OpenAsync(context);
        var index = await SecretIndex.BuildAsync(context, vault, context.Get(_versions));
        if (index.TooShort > 0)
            context.Output.Detail($"{index.TooShort} values are shorter than {Fingerprints.LeastLength} bytes and are not looked for.");
        return Scan(context, folder, index);
    }

    private int Scan(CommandContext context, string folder, SecretIndex? index)
    {
        var run = new ScanRun(index);
        var started = context.Time.GetTimestamp();
        if (context.Get(_staged))
            run.Staged(folder);
        else if (context.Get(_history))
            run.History(folder);
        else
            run.Folder(folder);
        var seconds = context.Time.GetElapsedTime(started).TotalSeconds;
        foreach (var problem in run.Unreadable.Order(StringComparer.Ordinal))
            context.Output.Warning($"Not looked at: {problem}.");
        Print(context, run, index);
        context.Output.Note(string.Create(CultureInfo.InvariantCulture, $"{run.Files} files, {run.Bytes / 1e6:0.0} MB in {seconds:0.00} s; {(index is null ? "no vault" : $"{index.Count} values")}: {run.Findings.Count} findings."));
        return run.Findings.Count == 0 ? ExitCodes.Ok : ExitCodes.Findings;
    }

    private static void Print(CommandContext context, ScanRun run, SecretIndex? index)
    {
        if (!context.Output.IsJson)
        {
            foreach (var finding in run.Findings)
                context.Output.Line($"{finding.Where}: {finding.What}");
            return;
        }

        context.Output.Json(json =>
        {
            json.WriteNumber("files", run.Files);
            json.WriteNumber("bytes", run.Bytes);
            json.WriteNumber("values", index?.Count ?? 0);
            json.WriteStartArray("findings");
            foreach (var finding in run.Findings)
            {
                json.WriteStartObject();
                json.WriteString("place", finding.Place);
                if (finding.Line is { } line)
                    json.WriteNumber("line", line);
                else
                    json.WriteNull("line");
                if (finding.Column is { } column)
                    json.WriteNumber("column", column);
                else
                    json.WriteNull("column");
                json.WriteNumber("offset", finding.Offset);
                json.WriteString("what", finding.What);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }

    private int InstallHook(CommandContext context, string folder)
    {
        var git = new Git(folder);
        if (!git.IsRepository)
            throw new CliException(ExitCodes.Usage, "SR2061", $"{folder} is in no git repository.", "Name a folder of the repository.");
        var hooks = git.Hooks();
        var path = Path.Combine(hooks, "pre-commit");
        if (File.Exists(path) && !context.Get(_force))
            throw new CliException(ExitCodes.Conflict, "SR2011", $"{path} is there already and is not overwritten.", "Add the line 'strongroom scan --staged' to it, or use --force.");
        Directory.CreateDirectory(hooks);
        var vault = context.KnownVaultPath is { } known ? $" --vault '{Path.GetFullPath(known).Replace("'", "'\\''", StringComparison.Ordinal)}'" : "";
        PrivateFile.Replace(path, Cryptography.Utf8.Strict.GetBytes($"#!/bin/sh\n# Made by 'strongroom scan --install-hook'. 'git commit --no-verify' passes it over.\nexec strongroom scan --staged --quiet{vault}\n"));
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
        context.Output.Note($"{path} made: a commit with a secret in it is refused from now on.");
        return ExitCodes.Ok;
    }
}
