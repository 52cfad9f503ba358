namespace Strongroom.Cli.CommandLine;

/// <summary>A line of shell that shows a verb at work. Data, so that tests can parse and run it.</summary>
/// <param name="Shell">The line.</param>
/// <param name="Purpose">What it does.</param>
internal sealed record Example(string Shell, string Purpose);
