using System.Buffers;
using System.CommandLine;
using System.Security.Cryptography;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Generating;

namespace Strongroom.Cli.Input;

/// <summary>What is to be made. Every symbol comes uniformly from the system's generator, by rejection and not by a remainder, so none is likelier than another.</summary>
internal sealed class GeneratorOptions
{
    private const string Upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    private const string Lower = "abcdefghijklmnopqrstuvwxyz";
    private const string Digits = "0123456789";

    // Printable, and left alone by shells, URLs' authority part and most configuration files.
    private const string Symbols = "!#%+-.:=?@_~";

    // Mistaken for each other when they are read aloud or typed from paper.
    private const string Ambiguous = "0O1Il";

    private static readonly string[] Kinds = ["password", "words", "hex", "base64", "uuid", "hmac", "ed25519", "x25519", "rsa", "ssh"];

    private readonly Option<string?> _kind = Make.Text("--kind", "KIND", "password, words, hex, base64, uuid, hmac; or a pair of keys as the fields private_key and public_key: ed25519, x25519, rsa, ssh. Default: password.");
    private readonly Option<string?> _length = Make.Text("--length", "N", "Characters of a password, or random bytes of hex and base64. Default: 32.");
    private readonly Option<bool> _noSymbols = Make.Flag("--no-symbols", "password: letters and digits only.");
    private readonly Option<string?> _symbols = Make.Text("--symbols", "CHARACTERS", $"password: the symbols to choose from. Default: {Symbols}");
    private readonly Option<bool> _noAmbiguous = Make.Flag("--no-ambiguous", $"password: without {Ambiguous}.");
    private readonly Option<string?> _exclude = Make.Text("--exclude", "CHARACTERS", "password: without these.");
    private readonly Option<string?> _minUpper = Make.Text("--min-upper", "N", "password: at least so many capital letters.");
    private readonly Option<string?> _minLower = Make.Text("--min-lower", "N", "password: at least so many small letters.");
    private readonly Option<string?> _minDigits = Make.Text("--min-digits", "N", "password: at least so many digits.");
    private readonly Option<string?> _minSymbols = Make.Text("--min-symbols", "N", "password: at least so many symbols.");
    private readonly Option<string?> _words = Make.Text("--words", "N", "words: how many. Default: 7, which are 90 bits.");
    private readonly Option<string?> _separator = Make.Text("--separator", "TEXT", "words: what stands between them. Default: a hyphen.");
    private readonly Option<string?> _hash = Make.Text("--hash", "HASH", "hmac: sha256, sha384 or sha512; the key is as long as its output, in base64. Default: sha256.");
    private readonly Option<string?> _bits = Make.Text("--bits", "N", "rsa, and ssh with --algorithm rsa: 2048 to 8192. Default: 3072.");
    private readonly Option<string?> _algorithm = Make.Text("--algorithm", "NAME", "ssh: ed25519 or rsa. Default: ed25519.");
    private readonly Option<string?> _comment = Make.Text("--comment", "TEXT", "ssh: the comment in the key.");

    private IEnumerable<(Option Option, string[] For)> Applicable =>
    [
        (_length, ["password", "hex", "base64"]),
        (_noSymbols, ["password"]), (_symbols, ["password"]), (_noAmbiguous, ["password"]), (_exclude, ["password"]),
        (_minUpper, ["password"]), (_minLower, ["password"]), (_minDigits, ["password"]), (_minSymbols, ["password"]),
        (_words, ["words"]), (_separator, ["words"]),
        (_hash, ["hmac"]),
        (_bits, ["rsa", "ssh"]),
        (_algorithm, ["ssh"]), (_comment, ["ssh"]),
    ];

    public void AddTo(Command command)
    {
        command.Options.Add(_kind);
        foreach (var (option, _) in Applicable)
            command.Options.Add(option);
    }

    /// <summary>Whether one of the options was given.</summary>
    public bool IsGiven(CommandContext context) => context.Has(_kind) || Applicable.Any(pair => context.Has(pair.Option));

    /// <summary>Makes it. The caller owns it.</summary>
    public Generated Generate(CommandContext context)
    {
        var kind = Values.OneOf(_kind.Name, context.Get(_kind) ?? "password", Kinds);
        foreach (var (option, kinds) in Applicable)
        {
            if (context.Has(option) && !kinds.Contains(kind))
                throw CliException.Together(option.Name, $"--kind {kind}");
        }

        return kind switch
        {
            "password" => Text(Policy(context).Generate(Length(context))),
            "words" => Text(WordList.Generate((int)(context.Number(_words, 1, 64) ?? 7), Separator(context))),
            "hex" => Encoded(Length(context), static (bytes, text) => Convert.TryToHexStringLower(bytes, text, out var written) ? written : 0),
            "base64" => Base64(Length(context)),
            "uuid" => Uuid(),
            "hmac" => Base64(Values.OneOf(_hash.Name, context.Get(_hash) ?? "sha256", "sha256", "sha384", "sha512") switch { "sha256" => 32, "sha384" => 48, _ => 64 }),
            "ed25519" => KeyPairs.Ed25519(),
            "x25519" => KeyPairs.X25519(),
            "rsa" => KeyPairs.Rsa(RsaBits(context)),
            _ => Ssh(context),
        };
    }

    private PasswordPolicy Policy(CommandContext context)
    {
        if (context.Get(_noSymbols) && (context.Has(_symbols) || context.Has(_minSymbols)))
            throw CliException.Together(_noSymbols.Name, "an option about symbols");
        var symbols = context.Get(_symbols) ?? Symbols;
        if (symbols.Any(symbol => symbol is <= ' ' or > '~' || char.IsAsciiLetterOrDigit(symbol)) || symbols.Distinct().Count() != symbols.Length)
            throw CliException.OptionValue(_symbols.Name, "give printable ASCII characters that are no letters or digits, each once");
        var without = (context.Get(_exclude) ?? "") + (context.Get(_noAmbiguous) ? Ambiguous : "");
        return new PasswordPolicy()
            .With(Without(Upper), Least(_minUpper))
            .With(Without(Lower), Least(_minLower))
            .With(Without(Digits), Least(_minDigits))
            .With(context.Get(_noSymbols) ? "" : Without(symbols), Least(_minSymbols));

        string Without(string letters) => string.Concat(letters.Where(letter => !without.Contains(letter, StringComparison.Ordinal)));
        int Least(Option<string?> option) => (int)(context.Number(option, 0, 4096) ?? 0);
    }

    private Generated Ssh(CommandContext context)
    {
        var comment = context.Get(_comment) ?? "";
        if (comment.Any(character => character is < ' ' or > '~'))
            throw CliException.OptionValue(_comment.Name, "give printable ASCII text");
        var isRsa = Values.OneOf(_algorithm.Name, context.Get(_algorithm) ?? "ed25519", "ed25519", "rsa") == "rsa";
        if (!isRsa && context.Has(_bits))
            throw CliException.Together(_bits.Name, "--algorithm ed25519");
        return isRsa ? KeyPairs.SshRsa(RsaBits(context), comment) : KeyPairs.SshEd25519(comment);
    }

    private int Length(CommandContext context) => (int)(context.Number(_length, 1, 4096) ?? 32);

    private int RsaBits(CommandContext context) => (int)(context.Number(_bits, 2048, 8192) ?? 3072) is var bits && bits % 8 == 0
        ? bits
        : throw CliException.OptionValue(_bits.Name, "give a multiple of 8");

    private string Separator(CommandContext context) => context.Get(_separator) is not { } text ? "-" : text.Length <= 16 && text.All(character => character is >= ' ' and <= '~')
        ? text
        : throw CliException.OptionValue(_separator.Name, "give at most 16 printable ASCII characters");

    private static Generated Text((WipedBuffer Text, double Bits) made) => new(made.Text, made.Bits);

    private static Generated Base64(int bytes) =>
        Encoded(bytes, static (from, text) => System.Buffers.Text.Base64.EncodeToUtf8(from, text, out _, out var written) == OperationStatus.Done ? written : 0);

    private static Generated Encoded(int length, Encoder encode)
    {
        var value = new WipedBuffer((length * 2) + 4);
        var random = GC.AllocateUninitializedArray<byte>(length, pinned: true);
        RandomNumberGenerator.Fill(random);
        value.Advance(encode(random, value.GetSpan((length * 2) + 4)));
        CryptographicOperations.ZeroMemory(random);
        return new Generated(value, length * 8.0);
    }

    // Version 4: six of the 128 bits say so.
    private static Generated Uuid()
    {
        Span<byte> random = stackalloc byte[16];
        RandomNumberGenerator.Fill(random);
        random[6] = (byte)((random[6] & 0x0F) | 0x40);
        random[8] = (byte)((random[8] & 0x3F) | 0x80);
        var value = new WipedBuffer(36);
        _ = new Guid(random, bigEndian: true).TryFormat(value.GetSpan(36), out var written);
        value.Advance(written);
        CryptographicOperations.ZeroMemory(random);
        return new Generated(value, 122);
    }

    private delegate int Encoder(ReadOnlySpan<byte> bytes, Span<byte> text);
}
