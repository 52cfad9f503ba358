using System.Text;
using Strongroom.Cli.Scanning;
using Strongroom.Cli.Tests.Support;

namespace Strongroom.Cli.Tests.Scanning;

public sealed class LintTests
{
    [Fact]
    public void Weak_reused_and_expired_values_are_named()
    {
        using var shell = Shell.WithVault();
        shell.Run("set strong", input: "q8Wz3kRt5YvB2nLc7XpD9sFhJ4mG6aTe").Ok();
        shell.Run("set weak", input: "Password1").Ok();
        shell.Run(["set", "db", "host=db.internal", "username=app", "password=@p"], []).Fails(2);
        shell.Write("p", "q8Wz3kRt5YvB2nLc7XpD9sFhJ4mG6aTe");
        shell.Run(["set", "db", "host=db.internal", "username=app", "password=@p"], []).Ok();
        shell.Run("set old --expires 2020-01-01", input: "zz9-plural-z-alpha-8271").Ok();

        var result = shell.Run("lint --json");

        Assert.Equal(9, result.Exit);
        Assert.Equal(
            ["db#password reused", "old expired", "strong reused", "weak weak"],
            result.Json.GetProperty("findings").EnumerateArray().Select(finding => $"{finding.GetProperty("what")} {finding.GetProperty("problem")}"));
        shell.Run("lint").Hides("q8Wz3", "Password1").Says("4 secrets, 4 findings");
        shell.Run("lint old --stale 0s --min-entropy 0").Says("2 findings");
        Assert.Equal(2, shell.Run("lint --reused --json").Json.GetProperty("findings").GetArrayLength());
        shell.Run("lint nothing/").Prints("").Says("0 secrets");
    }

    [Theory]
    [InlineData("", 0, 1)]
    [InlineData("1234", 0, 8)]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaa", 0, 30)]
    [InlineData("abcdefghijklmnop", 0, 30)]
    [InlineData("Password123!", 0, 35)]
    [InlineData("correct horse battery staple", 80, 200)]
    [InlineData("q8Wz3kRt5YvB2nLc", 80, 110)]
    [InlineData("9f86d081884c7d659a2feaa0c55ad015", 80, 170)]
    public void Strength_is_a_rough_estimate(string value, double least, double most) => Assert.InRange(Strength.Bits(Encoding.UTF8.GetBytes(value)), least, most);
}
