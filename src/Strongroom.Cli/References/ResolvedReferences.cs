using Strongroom.Cli.Input;

namespace Strongroom.Cli.References;

/// <summary>The values of references, zeroed on dispose, and from which version each came.</summary>
internal sealed class ResolvedReferences : IDisposable
{
    private readonly Dictionary<SecretReference, WipedBuffer> _values = [];
    private readonly Dictionary<(string? Store, SecretName Name), SecretMetadata> _current = [];

    /// <summary>The bytes that a reference stands for.</summary>
    public ReadOnlySpan<byte> this[SecretReference reference] => _values[reference].Span;

    /// <summary>All values.</summary>
    public IReadOnlyCollection<WipedBuffer> Values => _values.Values;

    /// <summary>The secrets that were read in their current version, with what was known of them then.</summary>
    public IReadOnlyDictionary<(string? Store, SecretName Name), SecretMetadata> Current => _current;

    public bool Contains(SecretReference reference) => _values.ContainsKey(reference);

    public void Add(SecretReference reference, SecretMetadata metadata, WipedBuffer value)
    {
        _values.Add(reference, value);
        if (reference.Version is null)
            _current[(reference.Store, reference.Name)] = metadata;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var value in _values.Values)
            value.Dispose();
    }
}
