using System.CommandLine;
using System.Globalization;
using System.Text;
using Strongroom.Cli.Clipboard;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Input;
using Strongroom.Cli.Otp;
using Strongroom.Cli.Vaults;

namespace Strongroom.Cli.Verbs;

/// <summary><c>otp NAME[#FIELD]</c>: the one-time password of now.</summary>
internal sealed class OtpVerb : VaultVerb
{
    private readonly Argument<string> _reference;
    private readonly Option<string?> _add;
    private readonly Option<bool> _watch;
    private readonly Option<bool> _clip;
    private readonly Option<bool> _dryRun;

    public OtpVerb()
        : base(
            "otp",
            "Print the one-time password of now (TOTP, RFC 6238).",
            new Example("printf %s \"$OTPAUTH\" | strongroom otp github/login --add -", "Keep the text of a QR code, as the field otp"),
            new Example("strongroom otp github/login", "The code of now"))
    {
        _reference = Takes(Make.Required("NAME[#FIELD]", "The secret. Default of FIELD: otp."));
        _add = With(Make.Text("--add", "URI", "Store an otpauth address or a key in base32: '-' reads it from standard input, '@FILE' from a file. On the command line others can see it."));
        _watch = With(Make.Flag("--watch", "Show codes until interrupted."));
        _clip = With(Make.Flag("--clip", "Copy the code to the clipboard, and do not print it."));
        _dryRun = With(Make.Flag("--dry-run", "With --add: check it, but store nothing.", "-n"));
    }

    public override string Details => "SHA-1, SHA-256 and SHA-512, 6 to 8 digits. A code depends on the clock of this machine. In references and templates: strongroom://github/login?as=otp.";

    public override async ValueTask<int> RunAsync(CommandContext context)
    {
        var (name, field) = Values.Reference(context.Get(_reference)!);
        if (context.Has(_add))
            return await AddAsync(context, name, field ?? OtpField.Default);
        if (context.Get(_watch) && (context.Get(_clip) || context.Output.IsJson))
            throw CliException.Together(_watch.Name, context.Output.IsJson ? "--json" : _clip.Name);
        using var vault = await OpenAsync(context);
        using var secret = await vault.GetAsync(name, version: null, context.Cancellation);
        using var source = OneTimePassword.Parse(OtpField.Select(secret, field));
        if (context.Get(_watch))
            return await WatchAsync(context, source);
        var now = context.Now;
        var code = source.Code(now);
        var left = (int)Math.Ceiling(source.Left(now).TotalSeconds);
        if (context.Get(_clip))
            return new ClipboardCopy(context).Copy(code, TimeSpan.FromSeconds(left), once: false, $"one-time password of {name}");
        if (context.Output.IsJson)
            PrintJson(context, name, source, code, left);
        else
            Print(context, code, left);
        return ExitCodes.Ok;
    }

    private static void Print(CommandContext context, byte[] code, int left)
    {
        context.Output.Bytes(code);
        if (!context.Output.IsTerminal)
            return;
        context.Output.Bytes("\n"u8);
        context.Output.Note($"Good for {left} s.");
    }

    private static void PrintJson(CommandContext context, SecretName name, OneTimePassword source, byte[] code, int left) => context.Output.Json(json =>
    {
        json.WriteString("name", name.ToString());
        json.WriteString("code", code);
        json.WriteNumber("seconds_left", left);
        json.WriteNumber("period", source.Period);
        json.WriteString("algorithm", source.Algorithm.ToString().ToLowerInvariant());
    });

    // On a terminal one line that counts down; into a pipe each new code.
    private static async ValueTask<int> WatchAsync(CommandContext context, OneTimePassword source)
    {
        var shown = "";
        try
        {
            while (true)
            {
                var now = context.Now;
                var code = Encoding.ASCII.GetString(source.Code(now));
                var left = source.Left(now);
                if (context.Output.IsTerminal)
                    context.Output.Raw(string.Create(CultureInfo.InvariantCulture, $"\r{code}  {Math.Ceiling(left.TotalSeconds),3} s "));
                else if (code != shown)
                    context.Output.Raw(code + "\n");
                context.Output.Flush();
                shown = code;
                var second = TimeSpan.FromSeconds(1);
                await Task.Delay(context.Output.IsTerminal && left > second ? second : left, context.Time, context.Cancellation);
            }
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C is how this ends.
            if (context.Output.IsTerminal)
                context.Output.Raw("\r\e[K");
            return ExitCodes.Ok;
        }
    }

    private async ValueTask<int> AddAsync(CommandContext context, SecretName name, string field)
    {
        if (context.AsCopy)
            throw CliException.Usage("--as-copy opens read-only: --add can't change that.");
        if (context.Get(_watch) || context.Get(_clip))
            throw CliException.Together(_add.Name, "--watch or --clip");
        using var text = await SourceAsync(context, context.Get(_add)!);
        using (OneTimePassword.Parse(text.Span))
        {
        }

        using var vault = await OpenAsync(context);
        using var current = await vault.TryGetAsync(name, version: null, context.Cancellation);
        using var value = SecretFields.With(current, field, text.Span);
        if (context.Get(_dryRun))
            return Outcome.DryRun(context, Name, name, $"{field} would be written, as version {(current?.Metadata.Version ?? 0) + 1}");
        var condition = current is null ? WriteCondition.Absent : WriteCondition.Version(current.Metadata.Version);
        var metadata = await vault.SetAsync(name, value, new SetOptions { Condition = condition }, context.Cancellation);
        return Outcome.Written(context, Name, name, metadata, vault.Revision, $"{field} written, as version {metadata.Version}");
    }

    private async ValueTask<WipedBuffer> SourceAsync(CommandContext context, string from)
    {
        if (from.StartsWith('@') || from == "-")
        {
            var read = from == "-" ? await StandardInput.ReadAsync(context) : await StandardInput.ReadFileAsync(from[1..], context.Cancellation);
            read.DropFinalNewline();
            return read;
        }

        ArgumentText.Warn(context, _add.Name);
        return ArgumentText.Bytes(from);
    }
}
