using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Strongroom.Cryptography.Age;

namespace Strongroom.Cryptography.Tests;

/// <summary>The test vectors of age's own authors (C2SP/CCTV): each file is one way to be right or wrong.</summary>
public sealed class AgeVectorTests
{
    public static TheoryData<string> Files => [.. Directory.GetFiles(Path.Combine(TestFiles.Root, "tests", "vectors", "age")).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public void A_file_opens_or_is_refused_as_its_authors_say(string name)
    {
        var (header, file) = Read(name);
        var identities = new List<AgeIdentity>();
        foreach (var (key, value) in header)
        {
            // Post-quantum identities are not read. Their files have no other identity, so they are files for someone else.
            if (key == "identity" && value.StartsWith("AGE-SECRET-KEY-1", StringComparison.Ordinal))
                identities.Add(AgeIdentity.Parse(Encoding.ASCII.GetBytes(value)));
            if (key == "passphrase")
                identities.Add(AgeIdentity.Passphrase(Encoding.ASCII.GetBytes(value)));
        }

        var outcome = Outcome(file, identities, out var plaintext);

        Assert.Contains(outcome, Allowed(name, header, identities.Count > 0));
        if (outcome == "success")
            Assert.Equal(header.Last(pair => pair.Key == "payload").Value, Convert.ToHexStringLower(SHA256.HashData(plaintext!)));
    }

    private static string[] Allowed(string name, List<KeyValuePair<string, string>> header, bool hasIdentity)
    {
        var expect = header.First(pair => pair.Key == "expect").Value;
        return (expect, hasIdentity) switch
        {
            // What is inside a post-quantum recipient is not looked at; the shape of the header is.
            ("header failure", false) => ["header failure", "no match", "armor failure"],
            (_, false) => ["no match"],
            ("HMAC failure", _) => ["header failure"],
            // Something before the BEGIN line: it does not even look like armor.
            ("armor failure", _) => ["armor failure", "header failure"],
            // Refused for its cost, before anything is computed.
            ("header failure", _) when name == "scrypt_work_factor_23" => ["too costly"],
            _ => [expect],
        };
    }

    private static string Outcome(byte[] file, List<AgeIdentity> identities, out byte[]? plaintext)
    {
        plaintext = null;
        try
        {
            using var opened = AgeFile.Decrypt(file, identities);
            plaintext = opened.Span.ToArray();
            return "success";
        }
        catch (StrongroomException error)
        {
            return error.Code switch
            {
                "SR1020" => "header failure",
                "SR1021" => "no match",
                "SR1022" => "payload failure",
                "SR1023" => "armor failure",
                "SR1027" => "too costly",
                var other => other,
            };
        }
        finally
        {
            foreach (var identity in identities)
                identity.Dispose();
        }
    }

    private static (List<KeyValuePair<string, string>> Header, byte[] File) Read(string name)
    {
        var bytes = TestFiles.Vectors($"age/{name}");
        var end = bytes.AsSpan().IndexOf("\n\n"u8);
        var header = Encoding.ASCII.GetString(bytes, 0, end).Split('\n').Select(line => line.Split(": ", 2)).Select(pair => KeyValuePair.Create(pair[0], pair[1])).ToList();
        var file = bytes[(end + 2)..];
        if (header.Any(pair => pair.Key == "compressed"))
        {
            using var inflate = new ZLibStream(new MemoryStream(file), CompressionMode.Decompress);
            using var plain = new MemoryStream();
            inflate.CopyTo(plain);
            file = plain.ToArray();
        }

        return (header, file);
    }
}
