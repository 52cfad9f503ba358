using System.Security.Cryptography;
using Strongroom.Cli.Input;
using Strongroom.Cli.References;
using Strongroom.Cryptography;
using Strongroom.Storage;
using Tomlyn;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace Strongroom.Cli.Configuration;

/// <summary>
/// A file of settings in TOML: keys at the top, <c>[profile.NAME]</c> tables with the same keys, and <c>[run]</c> with the references that <c>run</c> sets as variables. What is not known is an error, and so is everything that
/// looks like a secret: such a file gets committed.
/// </summary>
internal sealed class ConfigurationFile
{
    private const int MostBytes = 256 * 1024;
    private readonly Dictionary<(string Profile, string Key), string> _values = [];
    private readonly List<(string Name, PlacedReference Reference)> _run = [];

    private ConfigurationFile(string path, string text, bool isProject) => (Path, Digest, IsProject) = (path, Convert.ToHexStringLower(SHA256.HashData(Utf8.Strict.GetBytes($"{path}\0{text}"))), isProject);

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>A digest of its place and content.</summary>
    public string Digest { get; }

    /// <summary>Whether it belongs to a project, and so may be written by others.</summary>
    public bool IsProject { get; }

    /// <summary>The names of its profiles.</summary>
    public IEnumerable<string> Profiles => _values.Keys.Select(key => key.Profile).Where(name => name.Length > 0).Distinct(StringComparer.Ordinal);

    /// <summary>The variables of <c>run</c>.</summary>
    public IReadOnlyList<(string Name, PlacedReference Reference)> Run => _run;

    /// <summary>Reads it.</summary>
    /// <exception cref="CliException">It is not of the form.</exception>
    public static ConfigurationFile Read(string path, bool isProject)
    {
        string text;
        try
        {
            var bytes = File.ReadAllBytes(path);
            text = bytes.Length <= MostBytes ? Utf8.Strict.GetString(bytes) : throw Bad(path, $"it has more than {MostBytes} bytes");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCodes.Configuration, "SR2091", $"{path} can't be read: {StandardInput.Reason(error)}.", "Check its permissions.", error);
        }
        catch (System.Text.DecoderFallbackException error)
        {
            throw Bad(path, "it is not UTF-8 text", error);
        }

        return Parse(path, text, isProject);
    }

    /// <summary>Reads its text.</summary>
    public static ConfigurationFile Parse(string path, string text, bool isProject)
    {
        var file = new ConfigurationFile(path, text, isProject);
        var document = Syntax(path, text);
        foreach (var item in document.KeyValues)
            file.Add("", item);
        foreach (var table in document.Tables)
            file.Add(table);
        return file;
    }

    /// <summary>The text as a tree.</summary>
    public static DocumentSyntax Syntax(string path, string text)
    {
        try
        {
            return SyntaxParser.ParseStrict(text, path, validate: true);
        }
        catch (TomlException error)
        {
            // Its own words would repeat the line, which may hold what should not be there.
            var at = error.Diagnostics.FirstOrDefault()?.Span.Start.Line + 1;
            throw Bad(path, at is { } line ? $"line {line} is not TOML" : "it is not TOML", error);
        }
    }

    /// <summary>A key's parts: <c>a.b</c> has two.</summary>
    public static string[] Parts(KeySyntax key) => [Part(key.Key), .. key.DotKeys.Select(static dotted => Part(dotted.Key))];

    /// <summary>A value of a profile (empty: of the top), as it is used; null when there is none.</summary>
    public string? Find(Setting setting, string profile)
    {
        if (!_values.TryGetValue((profile, setting.Name), out var value))
            return null;
        if (!setting.IsPath || VaultAddress.Of(value) is not null)
            return value;
        if (value.StartsWith("~/", StringComparison.Ordinal))
            return System.IO.Path.Join(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), value[2..]);
        return System.IO.Path.GetFullPath(value, System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!);
    }

    /// <summary>Refuses a key or value that the file may not have.</summary>
    public static void Check(string path, string place, bool isProject, string key, string value)
    {
        if (IsSecretName(key))
            throw new CliException(ExitCodes.Configuration, "SR2092", $"{path}: '{key}' looks like a secret, which must not stand in a configuration file.", "Take it out, change the secret if the file was shared, and keep it in the vault.");
        var setting = Setting.Named(key) ?? throw Bad(path, $"{place} has the key '{(key.Length <= 32 ? key : key[..32])}', which is not known", hint: $"Known are {string.Join(", ", Setting.All.Select(known => known.Name))}, and the tables [run] and [profile.NAME].");
        if (isProject && setting.UserOnly)
            throw new CliException(ExitCodes.Configuration, "SR2092", $"{path}: '{key}' can't be set by a project's file: what unlocks, for how long and with which profile is the user's own.", "Set it in your own configuration: strongroom config set, or the environment.");
        if (setting == Setting.Vault && VaultAddress.Of(value) is { HasPassword: true })
            throw new CliException(ExitCodes.Configuration, "SR2092", $"{path}: the vault's address has a password in it.", "Use a password file (PGPASSFILE), or set STRONGROOM_VAULT.");
    }

    /// <summary>The file is not of the form.</summary>
    public static CliException Bad(string path, string why, Exception? inner = null, string? hint = null) =>
        new(ExitCodes.Configuration, "SR2091", $"{path} can't be used: {why}.", hint ?? "See docs/configuration.md; 'strongroom config list' shows what is read from where.", inner);

    private void Add(TableSyntaxBase table)
    {
        var parts = Parts(table.Name!);
        switch (parts)
        {
            case ["run"]:
                foreach (var item in table.Items)
                    AddRun(item);
                break;
            case ["profile", var name] when IsProfileName(name):
                foreach (var item in table.Items)
                    Add(name, item);
                break;
            default:
                throw Bad(Path, $"line {table.Span.Start.Line + 1} begins a table that is not known");
        }
    }

    private void Add(string profile, KeyValueSyntax item)
    {
        var (key, value) = (string.Join('.', Parts(item.Key!)), Text(item));
        Check(Path, $"line {item.Span.Start.Line + 1}", IsProject, key, value);
        _values[(profile, key)] = value;
    }

    private void AddRun(KeyValueSyntax item)
    {
        var (name, value, line) = (string.Join('.', Parts(item.Key!)), Text(item), item.Span.Start.Line + 1);
        if (!EnvFile.IsName(name))
            throw Bad(Path, $"line {line} does not name a variable");
        if (!SecretReference.IsReference(value))
            throw new CliException(ExitCodes.Configuration, "SR2092", $"{Path}: line {line} of [run] is no reference, and plain values don't belong there.", "Write it as \"strongroom://path#field\".");
        try
        {
            _run.Add((name, new PlacedReference(SecretReference.Parse(value), $"{Path}:{line}")));
        }
        catch (VaultConfigurationException error)
        {
            throw new CliException(ExitCodes.Configuration, error.Code, $"{Path}:{line}: {error.Message}", error.Hint, error);
        }
    }

    private string Text(KeyValueSyntax item) => item.Value is StringValueSyntax { Value: { } text } ? text : throw Bad(Path, $"the value on line {item.Span.Start.Line + 1} is not a text in quotes");

    private static string Part(BareKeyOrStringValueSyntax? key) => key switch
    {
        BareKeySyntax bare => bare.Key?.Text ?? "",
        StringValueSyntax quoted => quoted.Value ?? "",
        _ => "",
    };

    private static bool IsProfileName(string name) => name.Length is > 0 and <= 64 && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    private static bool IsSecretName(string key) => key is not "passphrase_file"
        && (key.Contains("pass", StringComparison.OrdinalIgnoreCase) || key.Contains("secret", StringComparison.OrdinalIgnoreCase) || key.Contains("token", StringComparison.OrdinalIgnoreCase) || key is "key" or "recovery_key");
}
