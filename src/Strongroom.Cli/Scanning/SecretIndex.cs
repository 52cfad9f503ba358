using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Input;
using Strongroom.Cli.Masking;

namespace Strongroom.Cli.Scanning;

/// <summary>The values of a vault as fingerprints, made from one open secret after the other, and the way back to the one secret that a match points to.</summary>
internal sealed class SecretIndex
{
    private readonly ISecretStore _vault;
    private readonly List<Source> _sources = [];
    private readonly Fingerprints _fingerprints = new();
    private readonly Lock _gate = new();

    private SecretIndex(ISecretStore vault) => _vault = vault;

    /// <summary>How many values are looked for.</summary>
    public int Count => _sources.Count;

    /// <summary>How many are too short for it.</summary>
    public int TooShort { get; private set; }

    /// <summary>Reads a vault.</summary>
    /// <param name="context">Cancels.</param>
    /// <param name="vault">The vault.</param>
    /// <param name="versions">Whether older versions that are kept count too.</param>
    public static async ValueTask<SecretIndex> BuildAsync(CommandContext context, IVersionedSecretStore vault, bool versions)
    {
        var index = new SecretIndex(vault);
        await foreach (var entry in vault.ListAsync(null, context.Cancellation))
        {
            using (var secret = await vault.TryGetAsync(entry.Name, null, context.Cancellation))
                index.Add(secret, null);
            if (!versions)
                continue;
            foreach (var older in await vault.HistoryAsync(entry.Name, context.Cancellation))
            {
                if (older.Version == entry.Metadata.Version)
                    continue;
                using var secret = await OldAsync(vault, entry.Name, older.Version, context.Cancellation);
                index.Add(secret, older.Version);
            }
        }

        index._fingerprints.Build();
        return index;
    }

    /// <summary>Finds values in a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="found">Takes where each begins, and what it is.</param>
    public void Find(ReadOnlySpan<byte> text, List<(int At, string What)> found)
    {
        var candidates = new List<Fingerprints.Candidate>();
        _fingerprints.Find(text, candidates);
        foreach (var candidate in candidates)
        {
            if (candidate.Start < 0)
                continue;
            var source = _sources[candidate.Source];
            using var secret = Open(source);
            if (secret is null || !Select(secret, source.Field, out var value))
                continue;
            if (Fingerprints.IsThere(candidate, text, value, out var form))
                found.Add((candidate.Start, source.Text(form)));
        }
    }

    private void Add(SecretData? secret, long? version)
    {
        if (secret is null)
            return;
        if (!secret.Value.HasFields)
        {
            AddValue(new Source(secret.Name, null, version), secret.Value.Span);
            return;
        }

        foreach (var field in secret.Value.FieldNames)
        {
            if (!FieldArguments.IsOrdinary(field) && secret.Value.TryGetField(field, out var value))
                AddValue(new Source(secret.Name, field, version), value);
        }
    }

    private void AddValue(Source source, ReadOnlySpan<byte> value)
    {
        if (_fingerprints.Add(_sources.Count, value))
            _sources.Add(source);
        else
            TooShort++;
    }

    private SecretData? Open(Source source)
    {
        // Several threads search, and a match is rare: one after the other.
        lock (_gate)
        {
            // The search is no asynchronous work, and waits here for one secret.
            return _vault.TryGetAsync(source.Name, source.Version).AsTask().GetAwaiter().GetResult();
        }
    }

    private static async ValueTask<SecretData?> OldAsync(ISecretStore vault, SecretName name, long version, CancellationToken ct)
    {
        try
        {
            return await vault.TryGetAsync(name, version, ct);
        }
        catch (SecretExpiredException)
        {
            // Its grace period is over: it can't be read any more.
            return null;
        }
    }

    private static bool Select(SecretData secret, string? field, out ReadOnlySpan<byte> value)
    {
        if (field is not null)
            return secret.Value.TryGetField(field, out value);
        value = secret.Value.HasFields ? default : secret.Value.Span;
        return !secret.Value.HasFields;
    }

    private sealed record Source(SecretName Name, string? Field, long? Version)
    {
        public string Text(SecretForm form)
        {
            var what = Field is null ? Name.ToString() : $"{Name}#{Field}";
            if (Version is not null)
                what += $" (version {Version})";
            return form switch
            {
                SecretForm.Plain => what,
                SecretForm.Line => what + ", a line",
                _ => $"{what}, as {form.ToString().ToLowerInvariant()}",
            };
        }
    }
}
