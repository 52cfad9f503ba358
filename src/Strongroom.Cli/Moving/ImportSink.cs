namespace Strongroom.Cli.Moving;

/// <summary>Takes what a format reads. Owns the secrets.</summary>
internal sealed class ImportSink(int most = ImportSink.MaxSecrets) : IDisposable
{
    /// <summary>The most a vault file holds.</summary>
    public const int MaxSecrets = 131_072;

    private readonly List<MovedSecret> _secrets = [];
    private readonly List<string> _notes = [];

    public IReadOnlyList<MovedSecret> Secrets => _secrets;

    /// <summary>What was left out on purpose, for the report.</summary>
    public IReadOnlyList<string> Notes => _notes;

    public Problems Problems { get; } = new();

    /// <summary>One more secret.</summary>
    public MovedSecret Begin(string name, int line)
    {
        if (_secrets.Count == most)
            throw new CliException(ExitCodes.Configuration, "SR2032", $"The source has more than {most} secrets, the most a vault holds.", "Split it.");
        return Add(new MovedSecret(name, line));
    }

    /// <summary>Takes over a secret.</summary>
    public MovedSecret Add(MovedSecret secret)
    {
        _secrets.Add(secret);
        return secret;
    }

    public void Note(string text) => _notes.Add(text);

    /// <summary>Takes out those that do not meet a condition.</summary>
    public void Keep(Func<MovedSecret, bool> condition) => _secrets.RemoveAll(secret =>
    {
        if (condition(secret))
            return false;
        secret.Dispose();
        return true;
    });

    public void Dispose()
    {
        foreach (var secret in _secrets)
            secret.Dispose();
    }
}
