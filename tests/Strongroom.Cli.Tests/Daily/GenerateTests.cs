using System.Text;
using System.Text.RegularExpressions;
using Strongroom.Cli.Generating;
using Strongroom.Cli.Tests.Support;

namespace Strongroom.Cli.Tests.Daily;

public sealed partial class GenerateTests
{
    [Fact]
    public void A_policy_holds_for_every_password()
    {
        var policy = new PasswordPolicy().With("ABC", 2).With("abc", 0).With("12", 1).With("!", 1);
        for (var i = 0; i < 500; i++)
        {
            var (password, _) = policy.Generate(6);
            using (password)
            {
                var text = Encoding.ASCII.GetString(password.Span);
                Assert.Equal(6, text.Length);
                Assert.True(text.Count(char.IsAsciiLetterUpper) >= 2 && text.Any(char.IsAsciiDigit) && text.Contains('!', StringComparison.Ordinal), text);
            }
        }
    }

    [Theory]
    [InlineData(3, 1, 1)]
    [InlineData(4, 2, 0)]
    [InlineData(5, 0, 4)]
    public void The_entropy_is_that_of_all_passwords_that_fit(int length, int leastA, int leastB)
    {
        var policy = new PasswordPolicy().With("ab", leastA).With("123", leastB).With("!", 0);
        var fitting = 0;
        for (var n = 0; n < Math.Pow(6, length); n++)
        {
            var letters = Enumerable.Range(0, length).Select(i => "ab123!"[n / (int)Math.Pow(6, i) % 6]).ToArray();
            if (letters.Count(letter => letter is 'a' or 'b') >= leastA && letters.Count(char.IsAsciiDigit) >= leastB)
                fitting++;
        }

        var (password, bits) = policy.Generate(length);
        password.Dispose();
        Assert.Equal(Math.Log2(fitting), bits, 9);
    }

    [Fact]
    public void All_fitting_passwords_are_equally_likely()
    {
        var policy = new PasswordPolicy().With("ab", 1).With("1", 1);
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < 40_000; i++)
        {
            var (password, _) = policy.Generate(2);
            using (password)
            {
                var text = Encoding.ASCII.GetString(password.Span);
                counts[text] = counts.GetValueOrDefault(text) + 1;
            }
        }

        // a1 b1 1a 1b, 10,000 of each; the standard deviation is 87.
        Assert.Equal(4, counts.Count);
        Assert.All(counts.Values, count => Assert.InRange(count, 9_400, 10_600));
    }

    [Fact]
    public void Kinds_have_their_forms()
    {
        using var shell = Shell.WithVault();
        var policy = shell.Run("generate p --length 20 --min-digits 3 --min-symbols 2 --min-upper 1 --symbols %& --no-ambiguous --print").Ok().Says("version 1 written, entropy 1");
        Assert.Matches("^[A-Za-z0-9%&]{20}$", policy.Output);
        Assert.DoesNotMatch("[0O1Il]", policy.Output);
        shell.Run("get p").Prints(policy.Output);
        Assert.Matches("^([a-z-]+\\.){4}[a-z-]+$", shell.Run("generate w --kind words --words 5 --separator . --print").Ok().Says("entropy 64 bits").Output);
        Assert.Matches("^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$", shell.Run("generate u --kind uuid --print").Ok().Says("entropy 122 bits").Output);
        Assert.Equal(64, Convert.FromBase64String(shell.Run("generate h --kind hmac --hash sha512 --print").Ok().Output).Length);

        shell.Run("generate x --kind hex --words 3").Fails(2);
        shell.Run("generate x --kind pgp").Fails(2, "SR2002");
        shell.Run("generate x --length 4 --min-digits 3 --min-symbols 2").Fails(2, "Almost no password");
        shell.Run("generate x --no-symbols --min-symbols 2").Fails(2);
        shell.Run("generate x#f --kind ssh").Fails(2, "two fields");
        shell.Run("rotate p --generate --kind rsa").Fails(2, "pair of keys");
        shell.Run("generate both#a --kind hex").Ok();
        shell.Run("generate both#b --kind hex").Ok();
        shell.Run("generate both --kind hex").Fails(2, "SR2015");
        Assert.Equal(64, shell.Run("get both#a").Ok().Output.Length);
    }

    [Fact]
    public void Keys_are_read_by_openssl()
    {
        Need.Tool("openssl");
        using var shell = Shell.WithVault();
        foreach (var (kind, name) in (ValueTuple<string, string>[])[("ed25519", "ED25519"), ("x25519", "X25519"), ("rsa --bits 2048", "2048 bit")])
        {
            shell.Run($"generate key --kind {kind}").Ok();
            shell.Sh("strongroom get key#private_key | openssl pkey -noout -text | head -1 >&2").Ok().Says(name);
            // What openssl makes of the private key is the public key that was stored.
            shell.Sh("strongroom get key#private_key | openssl pkey -pubout -out made && strongroom get key#public_key | openssl pkey -pubin -pubout -out kept && cmp made kept").Ok();
        }

        Assert.Equal("private_key", shell.Run("meta key --json").Ok().Json.GetProperty("type").GetString());
    }

    [Fact]
    public void Keys_for_ssh_are_read_by_ssh_keygen()
    {
        Need.Tool("ssh-keygen");
        using var shell = Shell.WithVault();
        var shown = shell.Run("generate key --kind ssh --comment me@here --print").Ok().Says("entropy 128 bits").Output;
        Assert.Matches("^ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI[A-Za-z0-9+/]+ me@here\n$", shown);
        shell.Sh("strongroom get key#private_key -o id && ssh-keygen -y -f id").Prints(shown);
        shell.Sh("printf text > file && ssh-keygen -q -Y sign -n test -f id file && printf 'me %s' \"$(strongroom get key#public_key)\" > allowed && ssh-keygen -Y verify -n test -f allowed -I me -s file.sig < file >&2").Ok().Says("Good");
        var rsa = shell.Run("generate rsa --kind ssh --algorithm rsa --bits 2048 --print").Ok().Says("entropy 112 bits").Output;
        shell.Sh("strongroom get rsa#private_key -o id2 && ssh-keygen -y -f id2").Prints(rsa);
        shell.Sh("ssh-keygen -l -f id2 >&2").Ok().Says("2048");
    }

    [Fact]
    public void Fields_that_are_not_made_stay_and_a_dry_run_reads_nothing()
    {
        using var shell = Shell.WithVault();
        shell.Run("set deploy host=example user=app").Ok();
        var before = shell.Run("log --json").Json.GetProperty("total").GetInt64();

        shell.Run("generate deploy --kind ed25519 --dry-run").Ok();
        shell.Run("generate deploy#password --dry-run").Ok();
        Assert.Equal(before, shell.Run("log --json").Json.GetProperty("total").GetInt64());
        shell.Run("generate deploy --kind ed25519").Ok();

        Assert.Equal(["host", "private_key", "public_key", "user"], shell.Run("show deploy --json").Json.GetProperty("fields").EnumerateArray().Select(field => field.GetProperty("name").GetString()!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_somebody_else_writes_meanwhile_is_not_lost()
    {
        using var shell = Shell.WithVault();
        using var start = new Barrier(6);

        // Each makes a field of a secret that is not there yet: whoever comes second is refused, or has seen the first.
        var made = Enumerable.Range(0, 6).AsParallel().WithDegreeOfParallelism(6).Count(i =>
        {
            start.SignalAndWait();
            var result = shell.Run($"generate db#f{i}");
            Assert.True(result.Exit is 0 or 6, result.Errors);
            return result.Exit == 0;
        });

        Assert.Equal(made, shell.Run("show db --json").Json.GetProperty("fields").GetArrayLength());
    }

    [Fact]
    public void The_words_are_those_of_the_list()
    {
        using var stream = typeof(WordList).Assembly.GetManifestResourceStream("words.txt")!;
        var text = new StreamReader(stream).ReadToEnd();

        Assert.Equal(7776, WordList.Count);
        Assert.Equal(7776, text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal).Count());
        Assert.Matches(ListOfWords(), text);
    }

    [GeneratedRegex("^([a-z-]{3,9}\n)+$")]
    private static partial Regex ListOfWords();
}
