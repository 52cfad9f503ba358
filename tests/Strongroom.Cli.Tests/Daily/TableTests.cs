using Strongroom.Cli.Output;
using Strongroom.Cli.Tests.Support;

namespace Strongroom.Cli.Tests.Daily;

public sealed class TableTests
{
    [Theory]
    [InlineData(40, true, "10,7,4")]
    [InlineData(14, true, "5,5,4")]
    [InlineData(13, true, null)]
    [InlineData(21, false, "10,7,4")]
    [InlineData(20, false, null)]
    public void Columns_give_way_at_words(int available, bool wraps, string? widths) =>
        Assert.Equal(widths, TableLayout.Fit(["Name", "Word", "N"], [["aaaa bbbbb", "x y zzz", "1234"], ["a", "wwwww", "1"]], available, wraps) is { } fit ? string.Join(',', fit) : null);

    [Fact]
    public void On_a_narrow_terminal_no_line_is_wider_than_it()
    {
        using var shell = Shell.WithVault();
        shell.Run("set services/a/name/that/is/rather/long --type connection_string --tag env=prod --expires 30d", "x").Ok();
        foreach (var (columns, colour) in (ValueTuple<int, string>[])[(40, "1"), (80, "1"), (100, "1"), (60, "0")])
        {
            shell.Variables["FORCE_COLOR"] = colour;
            using var session = shell.OnTerminalOf("sh", "-c", $"stty cols {columns}; {Shell.Quoted(shell.Command.Line)} list --long");
            var screen = session.End().Ok().Output;
            var lines = System.Text.RegularExpressions.Regex.Replace(screen, "\e\\[[0-9;]*m", "").Split('\n').Select(line => line.TrimEnd('\r'));
            Assert.All(lines, line => Assert.True(line.Length <= Math.Max(columns, "Name     services/a/name/that/is/rather/long".Length), $"{columns}: {line}"));
            Assert.Contains("services/a/name/that/is/rather/long", screen, StringComparison.Ordinal);
        }
    }
}
