using System.CommandLine;
using System.Text.RegularExpressions;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Input;
using Strongroom.Cli.Vaults;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Verbs;

/// <summary><c>grep PATTERN</c>: looks into every value.</summary>
internal sealed class GrepVerb : VaultVerb
{
    // A pattern that goes astray on one value must not hang the command.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly Argument<string> _pattern;
    private readonly Argument<string?> _prefix;
    private readonly Option<bool> _regex;
    private readonly Option<bool> _ignoreCase;

    public GrepVerb()
        : base(
            "grep",
            "Name the secrets whose values hold a text. Opens every value, and each counts as a read in the audit log.",
            new Example("printf %s \"$LEAKED\" | strongroom grep -", "Who has this value? It comes from standard input"),
            new Example("strongroom grep --regex '^postgres://' db/", "Only below db/, by a regular expression"))
    {
        _pattern = Takes(Make.Required("PATTERN", "The text, as it is; '-' takes it from standard input, where nobody sees it."));
        _prefix = Takes(Make.Optional("PREFIX", "Only names that begin with this text."));
        _regex = With(Make.Flag("--regex", "PATTERN is a regular expression of .NET; '^' and '$' are the ends of a line.", "-E"));
        _ignoreCase = With(Make.Flag("--ignore-case", "Case does not count.", "-i"));
    }

    public override string Details => "Prints names and fields, never values. Exit code 3 when nothing is found. A pattern on the command line is seen by other users of the machine: give a secret one by standard input.";

    public override async ValueTask<int> RunAsync(CommandContext context)
    {
        using var pattern = await PatternAsync(context);
        var matches = Matcher(context, pattern);
        using var vault = await OpenAsync(context);
        var names = new List<SecretName>();
        await foreach (var entry in vault.ListAsync(new SecretQuery { Prefix = context.Get(_prefix) ?? "" }, context.Cancellation))
            names.Add(entry.Name);
        context.Output.Note($"Opens {names.Count} secrets; the audit log records each as read.");
        var found = await SearchAsync(context, vault, names, matches);
        Print(context, names.Count, found);
        return found.Count == 0 ? ExitCodes.NotFound : ExitCodes.Ok;
    }

    private static async ValueTask<List<(SecretName Name, string? Field)>> SearchAsync(CommandContext context, IOpenVault vault, List<SecretName> names, Match matches)
    {
        var found = new List<(SecretName, string?)>();
        foreach (var name in names)
        {
            using var secret = await vault.TryGetAsync(name, version: null, context.Cancellation);
            if (secret is null)
                continue;
            if (!secret.Value.HasFields && matches(secret.Value.Span))
                found.Add((name, null));
            foreach (var field in secret.Value.FieldNames)
            {
                if (secret.Value.TryGetField(field, out var value) && matches(value))
                    found.Add((name, field));
            }
        }

        return found;
    }

    private async ValueTask<WipedBuffer> PatternAsync(CommandContext context)
    {
        var text = context.Get(_pattern)!;
        var pattern = text == "-" ? await StandardInput.ReadAsync(context) : ArgumentText.Bytes(text);
        if (text == "-")
            pattern.DropFinalNewline();
        if (pattern.Length > 0)
            return pattern;
        pattern.Dispose();
        throw CliException.Usage("The pattern is empty: every value would match.");
    }

    private Match Matcher(CommandContext context, WipedBuffer pattern)
    {
        var ignoreCase = context.Get(_ignoreCase);
        if (!context.Get(_regex) && !ignoreCase)
            return value => value.IndexOf(pattern.Span) >= 0;
        try
        {
            var text = Utf8.Strict.GetString(pattern.Span);
            var options = RegexOptions.CultureInvariant | RegexOptions.Multiline | (ignoreCase ? RegexOptions.IgnoreCase : RegexOptions.None);
            var regex = new Regex(context.Get(_regex) ? text : Regex.Escape(text), options, Patience);
            return value => Matches(regex, value);
        }
        catch (ArgumentException error)
        {
            // Its message would repeat the pattern.
            throw new CliException(ExitCodes.Usage, "SR2070", "The pattern is not a regular expression, or not UTF-8 text.", "Leave --regex away to look for the text as it is.", error);
        }
    }

    // Decoded into memory that is zeroed, not into a string. What is not text has no characters to look for.
    private static bool Matches(Regex regex, ReadOnlySpan<byte> value)
    {
        if (!System.Text.Unicode.Utf8.IsValid(value))
            return false;
        var characters = GC.AllocateUninitializedArray<char>(value.Length, pinned: true);
        try
        {
            var count = Utf8.Strict.GetChars(value, characters);
            return regex.IsMatch(characters.AsSpan(0, count));
        }
        catch (RegexMatchTimeoutException error)
        {
            throw new CliException(ExitCodes.Usage, "SR2070", "The regular expression takes too long on a value.", "Use a simpler one.", error);
        }
        finally
        {
            Array.Clear(characters);
        }
    }

    private static void Print(CommandContext context, int count, List<(SecretName Name, string? Field)> found)
    {
        if (!context.Output.IsJson)
        {
            foreach (var (name, field) in found)
                context.Output.Line(field is null ? $"{name}" : $"{name}#{field}");
            context.Output.Note(found.Count == 0 ? "No value holds it." : $"{found.Count} of them hold it.");
            return;
        }

        context.Output.Json(json =>
        {
            json.WriteNumber("secrets", count);
            json.WriteStartArray("matches");
            foreach (var (name, field) in found)
            {
                json.WriteStartObject();
                json.WriteString("name", name.ToString());
                json.WriteString("field", field);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }

    private delegate bool Match(ReadOnlySpan<byte> value);
}
