using System.Security.Cryptography;
using System.Text;
using Strongroom.Cli.Input;

namespace Strongroom.Cli.Generating;

/// <summary>Passphrases of words from EFF's long list (7,776 words of 3 to 9 letters; docs/dependencies.md has the licence).</summary>
internal static class WordList
{
    private static readonly Lazy<string[]> s_words = new(Load);

    /// <summary>How many words there are.</summary>
    public static int Count => s_words.Value.Length;

    /// <summary>Makes a passphrase. The caller owns it.</summary>
    public static (WipedBuffer Text, double Bits) Generate(int words, string separator)
    {
        var text = new WipedBuffer(words * (12 + separator.Length));
        for (var i = 0; i < words; i++)
        {
            if (i > 0)
                Append(text, separator);
            Append(text, s_words.Value[RandomNumberGenerator.GetInt32(Count)]);
        }

        return (text, words * Math.Log2(Count));
    }

    private static void Append(WipedBuffer text, string ascii) => text.Advance(Encoding.ASCII.GetBytes(ascii, text.GetSpan(ascii.Length)));

    private static string[] Load()
    {
        using var stream = typeof(WordList).Assembly.GetManifestResourceStream("words.txt") ?? throw new InvalidOperationException("The list of words is missing.");
        using var reader = new StreamReader(stream, Encoding.ASCII);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
