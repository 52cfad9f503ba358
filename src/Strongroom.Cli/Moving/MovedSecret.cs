using Strongroom.Cryptography;

namespace Strongroom.Cli.Moving;

/// <summary>A secret on its way in or out. <see cref="Name"/> and the names of fields are what the other side calls them until <see cref="NameRules"/> have been applied and the grammar was checked.</summary>
internal sealed class MovedSecret(string name, int line) : IDisposable
{
    private readonly List<KeyValuePair<string, SecretValue>> _fields = [];

    /// <summary>What the source calls it.</summary>
    public string Source { get; } = name;

    /// <summary>What it will be called.</summary>
    public string Name { get; set; } = name;

    /// <summary>Where it stands in the source; 0 when that has no lines.</summary>
    public int Line { get; } = line;

    /// <summary>The value when it has no fields.</summary>
    public SecretValue? Plain { get; private set; }

    /// <summary>The fields, in the order of the source.</summary>
    public IReadOnlyList<KeyValuePair<string, SecretValue>> Fields => _fields;

    public SecretType? Type { get; set; }

    public string? Description { get; set; }

    public DateTimeOffset? ExpiresAt { get; set; }

    public IReadOnlyDictionary<string, string>? Tags { get; set; }

    /// <summary>Whether there is nothing to store.</summary>
    public bool IsEmpty => Plain is null ? _fields.Count == 0 || _fields.TrueForAll(static part => part.Value.Span.IsEmpty) : Plain.Span.IsEmpty;

    /// <summary>A secret of the vault. The copy is the caller's.</summary>
    public static MovedSecret From(SecretData data)
    {
        var secret = new MovedSecret(data.Name.ToString(), 0)
        {
            Type = data.Metadata.SecretType,
            Description = data.Metadata.Description,
            ExpiresAt = data.Metadata.ExpiresAt,
            Tags = data.Metadata.Tags,
        };
        foreach (var field in data.Value.FieldNames)
            secret.Add(field, data.Value.TryGetField(field, out var bytes) ? bytes : []);
        if (!data.Value.HasFields)
            secret.Set(data.Value.Span);
        return secret;
    }

    public MovedSecret Set(ReadOnlySpan<byte> value)
    {
        Plain?.Dispose();
        Plain = SecretValue.FromBytes(value);
        return this;
    }

    public void Add(string field, ReadOnlySpan<byte> value) => _fields.Add(new(field, SecretValue.FromBytes(value)));

    /// <summary>For formats whose parser gives strings; the string can't be wiped.</summary>
    public void AddText(string field, string? value)
    {
        if (value is not { Length: > 0 })
            return;
        var bytes = Utf8.Strict.GetBytes(value);
        Add(field, bytes);
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(bytes);
    }

    public void RenameField(int index, string name) => _fields[index] = new(name, _fields[index].Value);

    /// <summary>Takes out fields without content.</summary>
    public void DropEmptyFields()
    {
        for (var i = _fields.Count - 1; i >= 0; i--)
        {
            if (!_fields[i].Value.Span.IsEmpty)
                continue;
            _fields[i].Value.Dispose();
            _fields.RemoveAt(i);
        }
    }

    /// <summary>The value as the vault takes it. The caller owns it.</summary>
    public SecretValue ToValue() => Plain is { } plain
        ? SecretValue.FromBytes(plain.Span)
        : SecretValue.FromFields(_fields.ConvertAll(static part => new KeyValuePair<string, SecretValue>(part.Key, SecretValue.FromBytes(part.Value.Span))));

    public void Dispose()
    {
        Plain?.Dispose();
        foreach (var (_, value) in _fields)
            value.Dispose();
    }
}
