using System.Text;
using Strongroom.Cli;
using Strongroom.Cli.Input;
using Strongroom.Cli.Moving;

namespace Strongroom.Prove.Fuzzing;

/// <summary>The formats that secrets are imported from: whatever is in the file, there are secrets, problems with their lines, or an error of ours.</summary>
internal static class ImportTargets
{
    public static IEnumerable<FuzzTarget> All()
    {
        foreach (MoveFormat format in MoveFormats.All)
            yield return new FuzzTarget($"import-{format.Name}", [Written(format), .. Words(format.Name)], bytes => Read(format, bytes));
        yield return new FuzzTarget("import-pass", [.. Words(MoveFormats.Pass)], ReadPassEntry);
    }

    private static void Read(MoveFormat format, byte[] bytes)
    {
        using var sink = new ImportSink();
        try
        {
            ReadingSource.Read(bytes, format, sink);
        }
        catch (CliException)
        {
            // Refused, with a code and a hint.
        }
    }

    private static void ReadPassEntry(byte[] bytes)
    {
        using var secret = new MovedSecret("a", 0);
        PassEntry.Read(bytes, secret, new Problems());
    }

    // What the format itself writes of a few secrets with something of everything.
    private static byte[] Written(MoveFormat format)
    {
        using var sink = new ImportSink();
        MovedSecret login = sink.Begin("a/login", 1);
        login.Type = SecretType.Password;
        login.Description = "two \"quoted\" words";
        login.Add("username", "u"u8);
        login.Add("password", "p'#$=\\ä"u8);
        login.Add("url", "https://example.com/?a=b"u8);
        sink.Begin("plain", 2).Set("line one\nline two"u8);
        using var output = new WipedBuffer();
        var problems = new Problems();
        format.Write(sink.Secrets, output, problems);
        return problems.Any ? Simple(format) : output.Span.ToArray();
    }

    // For formats that hold less: one password.
    private static byte[] Simple(MoveFormat format)
    {
        using var sink = new ImportSink();
        sink.Begin("A", 1).Set("p"u8);
        using var output = new WipedBuffer();
        format.Write(sink.Secrets, output, new Problems());
        return output.Span.ToArray();
    }

    private static IEnumerable<byte[]> Words(string format) => ((string[])(format switch
    {
        "dotenv" => ["A=1\nexport B='two # words'\n# note\nC=\"x\\n$A ${A}\"\nD=`t`\n", "A=\"line\nline\"\nB=\n"],
        "yaml" => ["a: 1\nb:\n  c: 'x'\n  d: |\n    line\n    line\n  e: >-\n    folded\n", "- a\n- &x {b: [1, \"\\u00e4\"]}\n- *x\n--- \n!!binary aGk=\n"],
        "json" => ["{\"a\":{\"b\":\"c\",\"n\":1.5e3},\"l\":[true,null]}"],
        "csv" => ["name,value\r\na,\"x \"\"y\"\"\r\nz\"\r\n", "name;field;value\na;b;c\n"],
        "keepass-xml" => ["<?xml version=\"1.0\"?><KeePassFile><Root><Group><Name>g</Name><Entry><String><Key>Title</Key><Value>t</Value></String><String><Key>Password</Key><Value ProtectInMemory=\"True\">p&amp;</Value></String></Entry></Group></Root></KeePassFile>"],
        "1password-csv" => ["Title,Url,Username,Password,OTPAuth,Favorite,Archived,Tags,Notes\nt,https://a,u,p,otpauth://totp/x?secret=AA,false,false,a;b,n\n"],
        "bitwarden-json" => ["{\"encrypted\":false,\"folders\":[{\"id\":\"1\",\"name\":\"f\"}],\"items\":[{\"type\":1,\"name\":\"n\",\"folderId\":\"1\",\"login\":{\"username\":\"u\",\"password\":\"p\",\"uris\":[{\"uri\":\"x\"}]},\"fields\":[{\"name\":\"k\",\"value\":\"v\",\"type\":0}]}]}"],
        "k8s" => ["apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\n  namespace: b\ntype: Opaque\ndata:\n  k: aGk=\nstringData:\n  s: text\n---\nkind: List\nitems: []\n"],
        MoveFormats.Pass => ["secret\nusername: u\nurl: https://x\notpauth://totp/x?secret=AA\n---\nnotes\n", "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n", "only"],
        _ => [],
    })).Select(Encoding.UTF8.GetBytes);
}
