using System.Text.RegularExpressions;

namespace Strongroom.Tests.House;

/// <summary>The table of docs/errors.md and the code say the same.</summary>
public sealed partial class ErrorCodeTests
{
    [Fact]
    public void Every_code_in_the_code_is_in_the_table_and_the_other_way_round()
    {
        var inCode = Repository.Files("src", ".cs").SelectMany(path => CodeLiteral().Matches(Repository.Read(path))).Select(match => match.Groups[1].Value).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

        Assert.Equal(inCode, Rows().Select(row => row.Code).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_table_is_sorted_without_repeats_and_complete()
    {
        var rows = Rows();

        Assert.Equal(rows.Select(row => row.Code).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal), rows.Select(row => row.Code));
        Assert.All(rows, row => Assert.All(row.Cells, cell => Assert.False(string.IsNullOrWhiteSpace(cell), row.Code)));
    }

    [Fact]
    public void The_table_names_exceptions_that_exist()
    {
        var types = typeof(StrongroomException).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(StrongroomException))).Select(type => $"`{type.Name}`").ToHashSet(StringComparer.Ordinal);

        Assert.All(Rows().Where(row => string.CompareOrdinal(row.Code, "SR20") < 0), row =>
            Assert.All(row.Cells[1].Split(", "), name => Assert.True(types.Contains(name), $"{row.Code}: {name}")));
    }

    private static List<(string Code, string[] Cells)> Rows() =>
        [.. Repository.Read("docs/errors.md").Split('\n').Where(line => TableRow().IsMatch(line)).Select(line => line.Trim().Trim('|').Split('|').Select(cell => cell.Trim()).ToArray()).Select(cells => (cells[0], cells))];

    [GeneratedRegex("\"(SR[0-9]{4})\"")]
    private static partial Regex CodeLiteral();

    [GeneratedRegex(@"^\| SR[0-9]{4} \|")]
    private static partial Regex TableRow();
}
