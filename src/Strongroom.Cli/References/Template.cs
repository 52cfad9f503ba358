using System.Buffers;
using Strongroom.Cli.Input;
using Strongroom.Cryptography;

namespace Strongroom.Cli.References;

/// <summary>
/// A text with references in it: <c>{{ strongroom://db/main#password }}</c>, or the bare reference where white space, a quote or another character that no reference has ends it. Everything else is copied byte for byte.
/// </summary>
internal sealed class Template
{
    private static readonly SearchValues<byte> ReferenceBytes = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/%@#?=&"u8);
    private readonly byte[] _text;
    private readonly List<Hole> _holes = [];
    private readonly List<CliException> _problems = [];

    private Template(byte[] text) => _text = text;

    /// <summary>The references, in the order of the text.</summary>
    public IEnumerable<PlacedReference> References => _holes.Select(hole => hole.Reference);

    /// <summary>What begins like a reference and is none.</summary>
    public IReadOnlyList<CliException> Problems => _problems;

    /// <summary>Reads a template.</summary>
    /// <param name="path">For messages.</param>
    /// <param name="text">Its bytes; they are kept.</param>
    /// <exception cref="CliException">Something begins like a reference and is none.</exception>
    public static Template Parse(string path, byte[] text)
    {
        var template = Read(path, text);
        return template._problems.Count == 0 ? template : throw template._problems[0];
    }

    /// <summary>Reads a text, and keeps what is wrong in it.</summary>
    public static Template Read(string path, byte[] text)
    {
        var template = new Template(text);
        var scheme = "strongroom://"u8;
        for (var at = 0; ;)
        {
            var found = IndexOf(text.AsSpan(at), scheme);
            if (found < 0)
                return template;
            var start = at + found;
            var tail = text.AsSpan(start + scheme.Length);
            var length = scheme.Length + (tail.IndexOfAnyExcept(ReferenceBytes) is >= 0 and var stop ? stop : tail.Length);
            var (from, to, isBraced) = Braces(text, start, start + length);
            var end = isBraced ? start + length : start + text.AsSpan(start, length).TrimEnd(".?&=-"u8).Length;
            template.Add(path, from, isBraced ? to : end, start, end);
            at = isBraced ? to : end;
        }
    }

    /// <summary>The text with values in the places of references. The caller owns the buffer.</summary>
    public WipedBuffer Fill(ResolvedReferences values)
    {
        var result = new WipedBuffer(_text.Length + 1024);
        var at = 0;
        foreach (var hole in _holes)
        {
            result.Write(_text.AsSpan(at, hole.Start - at));
            result.Write(values[hole.Reference.Reference]);
            at = hole.End;
        }

        result.Write(_text.AsSpan(at));
        return result;
    }

    private void Add(string path, int from, int to, int start, int end)
    {
        var line = _text.AsSpan(0, start).Count((byte)'\n') + 1;
        try
        {
            _holes.Add(new Hole(from, to, new PlacedReference(SecretReference.Parse(Utf8.Strict.GetString(_text.AsSpan(start, end - start))), $"{path}:{line}")));
        }
        catch (VaultConfigurationException error)
        {
            _problems.Add(new CliException(ExitCodes.Configuration, error.Code, $"{path}:{line}: {error.Message}", error.Hint, error));
        }
    }

    // The braces and the blanks within belong to the hole.
    private static (int From, int To, bool IsBraced) Braces(ReadOnlySpan<byte> text, int start, int end)
    {
        var before = text[..start].TrimEnd(" \t"u8);
        var after = text[end..].TrimStart(" \t"u8);
        return before.EndsWith("{{"u8) && after.StartsWith("}}"u8) ? (before.Length - 2, text.Length - after.Length + 2, true) : (start, end, false);
    }

    // In any case of letters: one that is written wrongly is an error, not text.
    private static int IndexOf(ReadOnlySpan<byte> text, ReadOnlySpan<byte> scheme)
    {
        for (var at = 0; text[at..].IndexOf("://"u8) is >= 0 and var found; at += found + 3)
        {
            var start = at + found + 3 - scheme.Length;
            if (start >= 0 && System.Text.Ascii.EqualsIgnoreCase(text.Slice(start, scheme.Length), scheme))
                return start;
        }

        return -1;
    }

    private readonly record struct Hole(int Start, int End, PlacedReference Reference);
}
