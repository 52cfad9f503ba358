using System.Text;
using System.Text.RegularExpressions;
using Strongroom.Cli.Tests.Support;

namespace Strongroom.Cli.Tests.Essential;

/// <summary>
/// The examples that help shows are run, as they stand, in a folder with a vault that has what they name. An example may end in a question to a person (SR2004, SR2008), in findings (9), or for want of a secret, tool or
/// machine that is not here (3, 8). Anything else that is not success means that it is wrong, or that the folder lacks a file: then <see cref="Prepare"/> is the place to make it.
/// </summary>
public sealed partial class ExampleTests
{
    // What examples rely on, each line the shell's.
    private const string Prepare = """
        set -e
        mkdir -p srv/app etc/app src
        for n in 1 2 3 4; do printf "$n" | strongroom set broker/binance key=app secret=- --type api_key --tag env=prod --tag draft=yes; done
        printf x | strongroom set broker/old; printf y | strongroom set broker/old; printf z | strongroom set broker/old
        printf token | strongroom set ci/token; printf token | strongroom set github/token
        printf old | strongroom set tls/site; printf new | strongroom set tls/site
        printf pw | strongroom set db/main username=app host=db.internal port=5432 password=-
        printf 2 | strongroom set dev/api_key
        printf key >key.txt; printf pem >site.pem
        printf 'another five random words here' >other.txt; printf 'brand new words for this slot' >new.txt
        strongroom key add --new-key-file ci.key
        strongroom key add --new-passphrase-file other.txt --memory-cost 12288
        strongroom log checkpoint >audit-2027-01-01.txt
        strongroom backup secrets-2027-01-01.json
        echo 'token: {{ strongroom://ci/token }}' >app.tpl
        echo TOKEN=strongroom://ci/token >app.env
        echo KEY=value >.env
        printf 'five more words of chance' >phrase
        echo '<Project><PropertyGroup><UserSecretsId>an-id</UserSecretsId></PropertyGroup></Project>' >app.csproj
        mkdir -p .microsoft/usersecrets/an-id; echo '{"Api:Key":"value"}' >.microsoft/usersecrets/an-id/secrets.json
        echo '<KeePassFile><Root><Group><Name>All</Name><Entry><String><Key>Title</Key><Value>Site</Value></String><String><Key>Password</Key><Value>pw</Value></String></Entry></Group></Root></KeePassFile>' >passwords.xml
        """;

    // What has to be away, or gone before, for what an example is about.
    private static readonly Dictionary<string, string> s_before = new(StringComparer.Ordinal)
    {
        ["set"] = "strongroom purge tls/site --yes",
        ["restore"] = "strongroom remove broker/old",
        ["edit"] = "mkdir bin; printf '#!/bin/sh\\n' >bin/code; chmod +x bin/code; export PATH=$PWD/bin:$PATH EDITOR=true",
        ["backup"] = "rm secrets-2027-01-01.json",
        ["key add"] = "rm ci.key",
        ["rotate abandon"] = """mkdir rotators; printf '#!/bin/sh\ncat >/dev/null\n[ "$1" = create ] && echo new\n[ "$1" != verify ]\n' >rotators/far.sh; chmod +x rotators/far.sh; printf old | strongroom set fix/cme --tag rotate.with=far; strongroom rotate fix/cme --now --rotators $PWD/rotators""",
        ["key new"] = "rm vault.key ci.key",
    };

    private static readonly Lazy<(Shell Shell, string Slot)> s_prepared = new(MakePrepared);

    // A row for each verb: together they would take a minute at their end, and separately they say which one is wrong.
    public static TheoryData<string> Words => [.. EveryVerbTests.Verbs().Where(found => !found.Verb.Hidden).Select(found => found.Words)];

    [Theory]
    [MemberData(nameof(Words))]
    public void Every_example_does_what_it_says(string words)
    {
        var (prepared, slot) = s_prepared.Value;
        foreach (var example in EveryVerbTests.Verbs().Single(found => found.Words == words).Verb.Examples)
        {
            // A copy for each, since some take the vault away from under the next.
            using var shell = new Shell();
            foreach (var (name, value) in prepared.Variables)
                shell.Variables[name] = value.Replace(prepared.Folder, shell.Folder, StringComparison.Ordinal);
            // An agent that an example starts is this folder's, and ends with it.
            shell.Variables["XDG_RUNTIME_DIR"] = Directory.CreateDirectory(shell.PathOf("run")).FullName;
            foreach (Match variable in Variable().Matches(example.Shell))
                shell.Variables.TryAdd(variable.Groups[1].Value, "a value");
            var line = Id().Replace(example.Shell, slot).Replace(" /srv/", " srv/", StringComparison.Ordinal).Replace(" /etc/", " etc/", StringComparison.Ordinal).Replace("sqlite:/srv/", "sqlite:srv/", StringComparison.Ordinal);
            // Bash, for the examples that are for it; a copied folder is another place, so it is a first use and nothing is refused.
            var result = shell.Sh($"cp -a {prepared.Folder}/. . && rm -rf state\nexec bash <<'THE_END'\nstrongroom() {{ {Shell.Quoted(shell.Command.Line)} \"$@\"; }}\n{s_before.GetValueOrDefault(words)}\n{line}\nTHE_END");

            var asks = result.Errors.Contains("SR2004", StringComparison.Ordinal) || result.Errors.Contains("SR2008", StringComparison.Ordinal);
            Assert.True(result.Exit is 0 or 3 or 8 or 9 || asks, $"{example.Shell}\nexit code {result.Exit}\n{Encoding.UTF8.GetString(result.Bytes)}{result.Errors}");
        }
    }

    private static (Shell Shell, string Slot) MakePrepared()
    {
        var shell = Shell.WithVault();
        shell.Sh(Prepare).Ok();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => shell.Dispose();
        var slots = shell.Run("key list --json").Ok().Json.GetProperty("slots").EnumerateArray();
        return (shell, slots.First(slot => slot.GetProperty("kind").GetString() == "passphrase").GetProperty("id").GetString()![..8]);
    }

    [GeneratedRegex(@"""\$([A-Z_]+)""")]
    private static partial Regex Variable();

    [GeneratedRegex(@"\b3f2a\b")]
    private static partial Regex Id();
}
