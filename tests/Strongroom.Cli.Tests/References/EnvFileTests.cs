using System.Text;
using CsCheck;
using Strongroom.Cli.References;

namespace Strongroom.Cli.Tests.References;

public sealed class EnvFileTests
{
    [Fact]
    public void The_usual_forms_are_read() => Assert.Equal(
        [
            ("A", "1"), ("B", "two words"), ("C", "strongroom://db/main#password"), ("D", "with # inside"), ("E", "$HOME\\n"), ("F", "line\nnext\t\"q\" $x"), ("G", "first\nsecond"), ("H", ""), ("I", "x#y"), ("J", "'"),
        ],
        Parse(
            """
            # a comment
            A=1
            export B = two words   # said here
            C=strongroom://db/main#password

              D="with # inside"  # and a comment
            E='$HOME\n'
            F="line\nnext\t\"q\" \$x"
            G="first
            second"
            H=
            I=x#y
            J="'"
            """));

    [Theory]
    [InlineData("A", "f:1: there is no '='")]
    [InlineData("A=1\nB\nC=2", "f:2: there is no '='")]
    [InlineData("1A=2", "f:1: the name before '='")]
    [InlineData("A B=2", "f:1: the name before '='")]
    [InlineData("=2", "f:1: the name before '='")]
    [InlineData("\nA='x", "f:2: the quote is not closed")]
    [InlineData("A=\"x", "f:1: the quote is not closed")]
    [InlineData("A='x' y", "f:1: something follows")]
    [InlineData("A=\0", "f:1: it is not UTF-8 text")]
    public void What_does_not_fit_is_refused_with_its_line(string text, string message)
    {
        var error = Assert.Throws<CliException>(() => Parse(text));

        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
        Assert.Equal("SR2042", error.Code);
    }

    [Fact]
    public void Whatever_is_given_ends_in_lines_or_an_error() => Gen.String[Gen.Char["AB=\"'\\n#\n\r\t $é"], 0, 40].Sample(text =>
    {
        try
        {
            Assert.All(Parse(text), line => Assert.True(EnvFile.IsName(line.Name)));
        }
        catch (CliException error)
        {
            Assert.Equal("SR2042", error.Code);
        }
    });

    private static List<(string Name, string Value)> Parse(string text) => [.. EnvFile.Parse("f", Encoding.UTF8.GetBytes(text)).Select(line => (line.Name, line.Value))];
}
