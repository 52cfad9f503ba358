namespace Strongroom;

/// <summary>Sees values before they are handed out, on the thread that reads them, so that it can recognise them elsewhere. Trusted; must be quick, must not throw, and must not keep the value.</summary>
public interface ISecretObserver
{
    /// <summary>A value is about to be handed out.</summary>
    /// <param name="name">The secret.</param>
    /// <param name="metadata">The metadata of the version.</param>
    /// <param name="value">The value; stays the reader's.</param>
    void OnRead(SecretName name, SecretMetadata metadata, SecretValue value);
}
