using System.Security.Cryptography;
using System.Text;

namespace Strongroom.Prove.Leaks;

/// <summary>A secret that stands nowhere else, and the forms in which it would be found: as it is, base64 at each of three offsets, hex, UTF-16, as JSON writes it.</summary>
internal sealed class Canary
{
    private readonly List<(string Form, byte[] Bytes)> _needles = [];

    /// <param name="name">What it is, for people.</param>
    public Canary(string name)
    {
        Name = name;
        // The quote and the backslash make its form in JSON another one.
        Text = $"c4n\"a\\ry{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12))}";
        byte[] raw = Encoding.UTF8.GetBytes(Text);
        _needles.Add(("raw", raw));
        _needles.Add(("UTF-16", Encoding.Unicode.GetBytes(Text)));
        _needles.Add(("hex", Encoding.ASCII.GetBytes(Convert.ToHexStringLower(raw))));
        _needles.Add(("HEX", Encoding.ASCII.GetBytes(Convert.ToHexString(raw))));
        _needles.Add(("JSON", Encoding.UTF8.GetBytes(Text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal))));
        _needles.Add(("JSON with codes", Encoding.UTF8.GetBytes(Text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\u0022", StringComparison.Ordinal))));
        for (int offset = 0; offset < 3; offset++)
        {
            // What of the text does not share a character with its neighbours.
            string encoded = Convert.ToBase64String([.. new byte[offset], .. raw, .. new byte[3]]);
            int from = (8 * offset + 5) / 6, to = 8 * (offset + raw.Length) / 6;
            _needles.Add(("base64", Encoding.ASCII.GetBytes(encoded[from..to])));
            _needles.Add(("base64url", Encoding.ASCII.GetBytes(encoded[from..to].Replace('+', '-').Replace('/', '_'))));
        }
    }

    public string Name { get; }

    public string Text { get; }

    /// <summary>The form in which it is there; null when it is not.</summary>
    public string? FindIn(ReadOnlySpan<byte> bytes)
    {
        foreach ((string form, byte[] needle) in _needles)
        {
            if (bytes.IndexOf(needle) >= 0)
                return form;
        }

        return null;
    }
}
