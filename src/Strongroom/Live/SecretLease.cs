using Strongroom.Live;

namespace Strongroom;

/// <summary>
/// A secret's value while it is in use: what it points to is not wiped before this is disposed of, whatever happens to the secret meanwhile. Use it with <c>using</c>, on the stack, for as short as
/// possible; a copy of it must not be disposed of as well. It can't be kept in a field, nor held over an <c>await</c>: the compiler refuses both.
/// </summary>
public ref struct SecretLease : IDisposable
{
    private Held<SecretValue>? _held;

    internal SecretLease(Held<SecretValue> held) => _held = held;

    /// <summary>The bytes of a plain value, or of the field that the live secret is for.</summary>
    /// <exception cref="InvalidOperationException">The value has fields: see <see cref="TryGetField"/>.</exception>
    /// <exception cref="ObjectDisposedException">The lease has been disposed of.</exception>
    public readonly ReadOnlySpan<byte> Span => Value.Span;

    /// <summary>The version that this is.</summary>
    public readonly long Version => Holding.Version;

    private readonly SecretValue Value => Holding.Value;

    private readonly Held<SecretValue> Holding => _held ?? throw new ObjectDisposedException(nameof(SecretLease));

    /// <summary>The bytes of a field; false when there is no such field.</summary>
    public readonly bool TryGetField(string name, out ReadOnlySpan<byte> value) => Value.TryGetField(name, out value);

    /// <summary>Always <c>***</c>.</summary>
    public override readonly string ToString() => "***";

    /// <summary>Lets go of the value.</summary>
    public void Dispose()
    {
        Held<SecretValue>? held = _held;
        _held = null;
        held?.Release();
    }
}

/// <summary>An object made from a secret while it is in use; see <see cref="SecretLease"/>.</summary>
/// <typeparam name="T">The object's type.</typeparam>
public ref struct SecretLease<T> : IDisposable
    where T : class
{
    private Held<T>? _held;

    internal SecretLease(Held<T> held) => _held = held;

    /// <summary>The object. It is disposed of when the secret has changed and its last holder has let go.</summary>
    /// <exception cref="ObjectDisposedException">The lease has been disposed of.</exception>
    public readonly T Value => Holding.Value;

    /// <summary>The version that it was made from.</summary>
    public readonly long Version => Holding.Version;

    private readonly Held<T> Holding => _held ?? throw new ObjectDisposedException(nameof(SecretLease));

    /// <summary>Always <c>***</c>.</summary>
    public override readonly string ToString() => "***";

    /// <summary>Lets go of the object.</summary>
    public void Dispose()
    {
        Held<T>? held = _held;
        _held = null;
        held?.Release();
    }
}

/// <summary>An object made from a secret while it is in use for longer; see <see cref="LiveSecret{T}.Hold"/>.</summary>
/// <typeparam name="T">The object's type.</typeparam>
public sealed class SecretHold<T> : IDisposable
    where T : class
{
    private Held<T>? _held;

    internal SecretHold(Held<T> held) => (_held, Value, Version) = (held, held.Value, held.Version);

    /// <summary>The object. It is disposed of when the secret has changed and its last holder has let go.</summary>
    public T Value { get; }

    /// <summary>The version that it was made from.</summary>
    public long Version { get; }

    /// <summary>Always <c>***</c>.</summary>
    public override string ToString() => "***";

    /// <summary>Lets go of the object; more than once does no harm.</summary>
    public void Dispose() => Interlocked.Exchange(ref _held, null)?.Release();
}
