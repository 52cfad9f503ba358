namespace Strongroom.Cli.Output;

/// <summary>How to print: the global options.</summary>
/// <param name="Json"><c>--json</c>.</param>
/// <param name="Quiet"><c>--quiet</c>.</param>
/// <param name="Verbose"><c>--verbose</c>.</param>
/// <param name="Color"><c>--color</c>: <c>auto</c>, <c>always</c>, <c>never</c>.</param>
internal sealed record OutputOptions(bool Json, bool Quiet, bool Verbose, string? Color);
