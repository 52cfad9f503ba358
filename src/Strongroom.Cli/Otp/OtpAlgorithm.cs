namespace Strongroom.Cli.Otp;

/// <summary>The hash in a one-time password (RFC 6238, section 1.2).</summary>
internal enum OtpAlgorithm
{
    Sha1,
    Sha256,
    Sha512,
}
