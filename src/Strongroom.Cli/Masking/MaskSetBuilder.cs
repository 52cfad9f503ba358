using Strongroom.Cli.Input;

namespace Strongroom.Cli.Masking;

/// <summary>Collects the values that a command is given, and makes the <see cref="MaskSet"/> of all their forms.</summary>
internal sealed class MaskSetBuilder : IDisposable
{
    private readonly List<MaskSet.Pattern> _patterns = [];
    private readonly Dictionary<int, List<int>> _known = [];
    private WipedBuffer? _bytes = new(64 * 1024);

    /// <summary>Adds a value.</summary>
    /// <returns>Whether it can be masked; false when it is too short.</returns>
    public bool Add(ReadOnlySpan<byte> value)
    {
        // A final newline is mostly lost on the way (shells drop it), and nothing is lost by leaving it.
        var text = value.TrimEnd("\r\n"u8);
        if (text.Length < MaskSet.LeastLength)
            return false;
        SecretForms.Each(text, lines: true, (_, bytes, left, right) => AddText(bytes, left, right));
        return true;
    }

    /// <summary>The set. The builder is empty afterwards.</summary>
    public MaskSet Build()
    {
        var set = new MaskSet(_bytes!, _patterns);
        _bytes = null;
        return set;
    }

    /// <inheritdoc/>
    public void Dispose() => _bytes?.Dispose();

    private void AddText(ReadOnlySpan<byte> text, bool openLeft, bool openRight)
    {
        if (text.Length < MaskSet.LeastLength)
            return;
        if (text.Length <= MaskSet.PartLength)
        {
            AddPart(text, openLeft, openRight);
            return;
        }

        // The last part is as long as the others and overlaps the one before it.
        for (var at = 0; at < text.Length; at += MaskSet.PartLength)
        {
            var start = Math.Min(at, text.Length - MaskSet.PartLength);
            AddPart(text.Slice(start, MaskSet.PartLength), openLeft && start == 0, openRight && start + MaskSet.PartLength == text.Length);
        }
    }

    private void AddPart(ReadOnlySpan<byte> part, bool openLeft, bool openRight)
    {
        var hash = new HashCode();
        hash.AddBytes(part);
        var key = hash.ToHashCode();
        if (!_known.TryGetValue(key, out var same))
            _known[key] = same = [];
        foreach (var index in same)
        {
            var known = _patterns[index];
            if (known.Length != part.Length || !_bytes!.Span.Slice(known.Start, known.Length).StartsWith(part))
                continue;
            _patterns[index] = known with { OpenLeft = known.OpenLeft || openLeft, OpenRight = known.OpenRight || openRight };
            return;
        }

        same.Add(_patterns.Count);
        _patterns.Add(new MaskSet.Pattern(_bytes!.Length, part.Length, openLeft, openRight));
        _bytes.Write(part);
    }
}
