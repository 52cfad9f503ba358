using System.Text;

namespace Strongroom.Cryptography;

/// <summary>UTF-8 that throws on invalid input: the default encoding maps every lone surrogate to the same bytes, so two names would become one.</summary>
public static class Utf8
{
    /// <summary>The strict encoding, without byte order mark.</summary>
    public static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
}
