using Strongroom.Cli.Input;

namespace Strongroom.Cli.Generating;

/// <summary>What was made: one text, or a pair of keys as fields. Owns its memory.</summary>
internal sealed class Generated : IDisposable
{
    private readonly WipedBuffer? _text;
    private readonly IReadOnlyList<(string Field, WipedBuffer Value)> _fields;

    /// <summary>One text.</summary>
    public Generated(WipedBuffer text, double bits)
    {
        _text = text;
        _fields = [];
        Bits = bits;
    }

    /// <summary>A pair of keys.</summary>
    /// <param name="privateKey">The private key, owned from now on.</param>
    /// <param name="publicKey">The public key.</param>
    /// <param name="bits">The strength of the pair.</param>
    public Generated(WipedBuffer privateKey, byte[] publicKey, double bits)
    {
        var shown = new WipedBuffer(publicKey.Length);
        shown.Write(publicKey);
        _fields = [("private_key", privateKey), ("public_key", shown)];
        Bits = bits;
    }

    /// <summary>How many bits of chance an attacker has to guess.</summary>
    public double Bits { get; }

    /// <summary>Whether it is a pair of keys.</summary>
    public bool IsPair => _text is null;

    /// <summary>The text; of a pair the public key: what may be shown when it was asked for.</summary>
    public ReadOnlySpan<byte> Shown => (_text ?? _fields[1].Value).Span;

    /// <summary>The text as a value, or the pair as fields. The caller owns it.</summary>
    public SecretValue ToValue() => _text is not null
        ? SecretValue.FromBytes(_text.Span)
        : SecretValue.FromFields(_fields.Select(field => KeyValuePair.Create(field.Field, SecretValue.FromBytes(field.Value.Span))));

    /// <summary>The text, as the bytes of one value. Owned by this.</summary>
    public WipedBuffer Text => _text ?? throw new InvalidOperationException("A pair of keys is no single value.");

    /// <inheritdoc/>
    public void Dispose()
    {
        _text?.Dispose();
        foreach (var (_, value) in _fields)
            value.Dispose();
    }
}
