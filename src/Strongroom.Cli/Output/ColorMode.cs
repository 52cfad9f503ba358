namespace Strongroom.Cli.Output;

/// <summary>Whether to colour: <c>--color</c>, then <c>FORCE_COLOR</c>, <c>NO_COLOR</c>, <c>TERM=dumb</c>, then whether it is a terminal.</summary>
internal static class ColorMode
{
    /// <summary>Decides for one stream.</summary>
    /// <param name="option"><c>auto</c>, <c>always</c> or <c>never</c>.</param>
    /// <param name="isTerminal">Whether the stream is a terminal.</param>
    /// <param name="variable">Reads an environment variable.</param>
    public static bool Decide(string? option, bool isTerminal, Func<string, string?> variable) => option switch
    {
        "always" => true,
        "never" => false,
        _ when !string.IsNullOrEmpty(variable("NO_COLOR")) => false,
        _ when variable("FORCE_COLOR") is { Length: > 0 } force => force != "0",
        _ => isTerminal && variable("TERM") != "dumb",
    };
}
