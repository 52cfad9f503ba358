using System.CommandLine;
using System.Text.Json;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Tests.Support;

namespace Strongroom.Cli.Tests.Essential;

/// <summary>What holds for every verb there is, found in the program's own model of its commands.</summary>
public sealed class EveryVerbTests
{
    public static TheoryData<string> VerbsWithoutSource => [.. Verbs().Where(found => found.Verb is VaultVerb && found.Verb.Arguments.All(argument => argument.Arity.MinimumNumberOfValues == 0)).Select(found => found.Words)];

    /// <summary>All verbs that do something, with the words that call them.</summary>
    internal static IEnumerable<(string Words, Verb Verb)> Verbs()
    {
        return Below(new StrongroomRoot(new GlobalOptions()), "");

        static IEnumerable<(string, Verb)> Below(Command command, string words)
        {
            foreach (var child in command.Subcommands)
            {
                var path = words.Length == 0 ? child.Name : $"{words} {child.Name}";
                if (child is Verb { IsGroup: false } verb)
                    yield return (path, verb);
                foreach (var found in Below(child, path))
                    yield return found;
            }
        }
    }

    [Theory]
    [MemberData(nameof(VerbsWithoutSource))]
    public void Without_input_nothing_is_asked_and_nothing_waits(string words)
    {
        using var shell = SharedVault.Shell();
        shell.Variables.Remove("STRONGROOM_KEY_FILE");
        // An input that stays open and silent: who waits for it never ends.
        var result = shell.Run([.. words.Split(' '), "--no-input"], null);

        // Wrong usage (something is missing), locked, or done because nothing had to be asked.
        Assert.True(result.Exit is 0 or 2 or 4 or 125, result.Errors);
        if (result.Exit is 4)
            result.Says("hint:");
    }

    [Fact]
    public void Every_verb_explains_itself_and_has_two_examples()
    {
        foreach (var (words, verb) in Verbs())
        {
            Assert.False(string.IsNullOrWhiteSpace(verb.Description), words);
            Assert.True(verb.Examples.Count >= 2, $"{words} has {verb.Examples.Count} examples");
            Assert.All(verb.Options, option => Assert.False(string.IsNullOrWhiteSpace(option.Description), $"{words} {option.Name}"));
            Assert.All(verb.Arguments, argument => Assert.False(string.IsNullOrWhiteSpace(argument.Description), $"{words} {argument.Name}"));
        }
    }

    [Fact]
    public void Every_verb_that_changes_something_has_a_dry_run()
    {
        foreach (var (words, verb) in Verbs().Where(found => found.Verb is ChangingVerb))
            Assert.True(verb.Options.Any(option => option.Name == "--dry-run"), words);
    }

    [Fact]
    public void Every_verb_shows_help_on_standard_output()
    {
        foreach (var words in (string[])["--help", "help get", "key add --help", "help log checkpoint"])
            Assert.Contains("Usage: strongroom", new Shell().Run(words).Ok().Output, StringComparison.Ordinal);
        Assert.Contains("Exit codes", new Shell().Run("").Ok().Output, StringComparison.Ordinal);
        new Shell().Run("gte").Fails(2, "SR2001", "'strongroom get'");
        new Shell().Run("gte --help").Fails(2, "SR2001");
        new Shell().Run("list --expring 3d").Fails(2, "does not know '--expring'", "--expiring");
        new Shell().Run("list --expring").Fails(2, "--expiring");
        new Shell().Run("get a --jsno").Fails(2, "--json");
    }

    [Theory]
    [InlineData("get ci/token", "name,version,field,value")]
    [InlineData("get db/main", "name,version,fields")]
    [InlineData("get db/main#username", "name,version,field,value")]
    [InlineData("list", "secrets,next,verified")]
    [InlineData("show db/main", "name,version,state,type,description,tags,created_at,updated_at,expires_at,last_accessed,rotation_count,revealed,fields,versions")]
    [InlineData("meta ci/token", "name,version,state,type,description,tags,created_at,updated_at,expires_at,last_accessed,rotation_count")]
    [InlineData("history ci/token", "name,versions")]
    [InlineData("log", "verified,total,entries")]
    [InlineData("log --verify", "audit")]
    [InlineData("log checkpoint", "vault_id,chain,size,root,checkpoint")]
    [InlineData("status", "verified,location,vault_id,format,revision,secrets,created_at,updated_at,root_generation,rekey_running,slots,warnings")]
    [InlineData("verify", "intact,revision,secrets,versions,findings,audit")]
    [InlineData("key list", "slots")]
    [InlineData("version", "version,commit,format,platform,runtime,native")]
    [InlineData("set json/one --value x", "verb,dry_run,revision,name,version,state,type,description,tags,created_at,updated_at,expires_at,last_accessed,rotation_count")]
    [InlineData("generate json/two --print", "verb,dry_run,revision,name,version,state,type,description,tags,created_at,updated_at,expires_at,last_accessed,rotation_count,entropy_bits,value")]
    [InlineData("set json/three --value x --dry-run", "verb,dry_run,name,would")]
    [InlineData("key add --new-key-file json.key", "verb,dry_run,revision,slot,key_file")]
    [InlineData("backup json-copy.json", "verb,dry_run,revision,file")]
    public void Json_is_one_document_of_a_known_shape(string line, string members)
    {
        using var shell = SharedVault.Shell();

        var json = shell.Run($"{line} --json").Ok().Json;

        Assert.Equal(1, json.GetProperty("schema").GetInt32());
        var names = json.EnumerateObject().Select(member => member.Name).ToArray();
        // Members may be added, none may go.
        Assert.Empty(members.Split(',').Except(names));
        Assert.All(Strings(json), text => Assert.DoesNotContain('\e', text));
    }

    [Fact]
    public void Values_in_json_say_how_they_are_encoded()
    {
        using var shell = SharedVault.Shell();
        shell.Run(["set", "json/bytes"], [0xff, 0x00]).Ok();

        var text = shell.Run("get ci/token --json").Ok().Json.GetProperty("value");
        Assert.Equal(("utf-8", "value-of-token"), (text.GetProperty("encoding").GetString(), text.GetProperty("data").GetString()));
        var bytes = shell.Run("get json/bytes --json").Ok().Json.GetProperty("value");
        Assert.Equal(("base64", "/wA="), (bytes.GetProperty("encoding").GetString(), bytes.GetProperty("data").GetString()));
        var fields = shell.Run("get db/main --json").Ok().Json.GetProperty("fields");
        Assert.Equal("value-of-password", fields.GetProperty("password").GetProperty("data").GetString());
    }

    [Fact]
    public void Quiet_keeps_warnings_and_errors_only()
    {
        using var shell = SharedVault.Shell();

        Assert.Equal("", shell.Run("set quiet/one --quiet", input: "x").Ok().Errors);
        shell.Run("set quiet/one --quiet --value x").Ok().Says("warning:");
        shell.Run("get quiet/none --quiet").Fails(3, "SR1417");
    }

    private static IEnumerable<string> Strings(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => [element.GetString()!],
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Strings),
        JsonValueKind.Object => element.EnumerateObject().SelectMany(member => Strings(member.Value)),
        _ => [],
    };
}
