namespace AotSmoke;

/// <summary>What is bound from the secret.</summary>
internal sealed class Exchange
{
    /// <summary>What names the key to the exchange.</summary>
    public string Key { get; set; } = "";
}
