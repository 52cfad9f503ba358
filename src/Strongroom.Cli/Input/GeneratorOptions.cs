using System.Buffers;
using System.CommandLine;
using System.Security.Cryptography;
using Strongroom.Cli.CommandLine;

namespace Strongroom.Cli.Input;

/// <summary>Makes random values. Every symbol comes uniformly from the system's generator, by rejection and not by a remainder, so none is likelier than another.</summary>
internal sealed class GeneratorOptions
{
    // Printable, and left alone by shells, URLs' authority part and most configuration files.
    private const string Alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private const string Symbols = "!#%+-.:=?@_~";

    private readonly Option<string?> _length = Make.Text("--length", "N", "Characters of a password, or random bytes of hex and base64. Default: 32.");
    private readonly Option<string?> _kind = Make.Text("--kind", "KIND", "password, hex or base64. Default: password.");
    private readonly Option<bool> _noSymbols = Make.Flag("--no-symbols", "Letters and digits only.");

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _length, _kind, _noSymbols })
            command.Options.Add(option);
    }

    /// <summary>Whether one of the options was given.</summary>
    public bool IsGiven(CommandContext context) => context.Has(_length) || context.Has(_kind) || context.Has(_noSymbols);

    /// <summary>Makes a value. The caller owns it.</summary>
    /// <returns>The value and how many bits of chance are in it.</returns>
    public (WipedBuffer Value, double Bits) Generate(CommandContext context)
    {
        var length = (int)(context.Number(_length, 1, 4096) ?? 32);
        var kind = Values.OneOf(_kind.Name, context.Get(_kind) ?? "password", "password", "hex", "base64");
        if (kind != "password" && context.Get(_noSymbols))
            throw CliException.Together(_noSymbols.Name, $"--kind {kind}");
        var alphabet = context.Get(_noSymbols) ? Alphanumeric : Alphanumeric + Symbols;
        var value = new WipedBuffer(length * 2 + 4);
        switch (kind)
        {
            case "password":
                Password(value, length, alphabet);
                return (value, length * Math.Log2(alphabet.Length));
            case "hex":
                Encoded(value, length, static (bytes, text) => Convert.TryToHexStringLower(bytes, text, out var written) ? written : 0);
                return (value, length * 8.0);
            default:
                Encoded(value, length, static (bytes, text) => System.Buffers.Text.Base64.EncodeToUtf8(bytes, text, out _, out var written) == OperationStatus.Done ? written : 0);
                return (value, length * 8.0);
        }
    }

    private static void Password(WipedBuffer value, int length, string alphabet)
    {
        var bytes = System.Text.Encoding.ASCII.GetBytes(alphabet);
        RandomNumberGenerator.GetItems<byte>(bytes, value.GetSpan(length)[..length]);
        value.Advance(length);
    }

    private static void Encoded(WipedBuffer value, int length, Encoder encode)
    {
        var random = GC.AllocateUninitializedArray<byte>(length, pinned: true);
        RandomNumberGenerator.Fill(random);
        value.Advance(encode(random, value.GetSpan(length * 2 + 4)));
        CryptographicOperations.ZeroMemory(random);
    }

    private delegate int Encoder(ReadOnlySpan<byte> bytes, Span<byte> text);
}
