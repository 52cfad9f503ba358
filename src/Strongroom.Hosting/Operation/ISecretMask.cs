namespace Strongroom;

/// <summary>Replaces values of secrets in text.</summary>
public interface ISecretMask
{
    /// <summary>The text with every known value, also in base64, percent-encoded or escaped for JSON, replaced by <c>***</c>; the same object when there is none.</summary>
    string Mask(string text);
}
