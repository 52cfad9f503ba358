namespace Strongroom;

/// <summary>Names under which Strongroom keeps what belongs to it: ordinary records, authenticated and moved with the vault, but not secrets of anybody's.</summary>
internal static class ReservedNames
{
    /// <summary>What all of them begin with.</summary>
    public const string Prefix = "strongroom.";

    /// <summary>Staged values and states of rotations; the secret's name follows.</summary>
    public const string Rotations = "strongroom.rotation/";

    /// <summary>Reports of consumers; the secret's name and the consumer's id follow.</summary>
    public const string Consumers = "strongroom.consumers/";

    /// <summary>The longest name whose reserved names still fit.</summary>
    public const int LongestSecret = SecretName.MaxLength - 54;

    public static bool Contains(SecretName name) => Contains(name.ToString());

    public static bool Contains(string name) => name.StartsWith(Rotations, StringComparison.Ordinal) || name.StartsWith(Consumers, StringComparison.Ordinal);
}
