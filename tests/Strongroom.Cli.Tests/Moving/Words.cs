using CsCheck;

namespace Strongroom.Cli.Tests.Moving;

internal static class Words
{
    /// <summary>One of these texts.</summary>
    public static Gen<string> OneOf(params string[] words) => Gen.Int[0, words.Length - 1].Select(i => words[i]);
}
