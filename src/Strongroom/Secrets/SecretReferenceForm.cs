namespace Strongroom;

/// <summary>What of a secret a reference stands for.</summary>
public enum SecretReferenceForm
{
    /// <summary>The value, byte for byte.</summary>
    Value,

    /// <summary>The value in base64: <c>?as=base64</c>, for bytes where only text fits.</summary>
    Base64,

    /// <summary>The one-time password of this moment, made from the value: <c>?as=otp</c>.</summary>
    Otp,
}
