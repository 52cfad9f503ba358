using System.Text.Json;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Platform;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Input;

/// <summary>A recovery key that was just made: in a file that was written before its slot, or to be printed after it.</summary>
internal sealed class RecoveryKey : IDisposable
{
    private readonly SecretBuffer _text;
    private readonly string? _file;

    private RecoveryKey(SecretBuffer text, string? file)
    {
        _text = text;
        _file = file;
    }

    /// <summary>Makes one. With a file it is written there at once: a slot whose key could not be kept would be worse than a file too many.</summary>
    public static RecoveryKey Make(string? file)
    {
        var key = new RecoveryKey(Credential.NewRecoveryKey(), file);
        try
        {
            using var line = key.Line();
            if (file is not null)
                PrivateFile.Create(file, line.Span);
            return key;
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>The credential for its slot.</summary>
    public NewKey ToNewKey() => new(Unlock.RecoveryKey(_text.Span), null, this);

    /// <summary>Prints it, or says where it is, once its slot is in the vault. JSON has it as a member instead.</summary>
    public void HandOver(CommandContext context)
    {
        if (_file is not null)
        {
            context.Output.Note($"The recovery key is in {_file}. Keep it away from this machine.");
            return;
        }

        if (context.Output.IsJson)
            return;
        context.Output.Note("Recovery key, shown this once. Print it and keep it away from this machine:");
        using var line = Line();
        context.Output.Bytes(line.Span);
    }

    /// <summary>The member <c>recovery_key</c>; null when it is in a file.</summary>
    public void Write(Utf8JsonWriter json)
    {
        if (_file is null)
            json.WriteString("recovery_key", _text.Span);
        else
            json.WriteNull("recovery_key");
    }

    /// <summary>Removes the file of a key whose slot did not come to be.</summary>
    public void TakeBack()
    {
        if (_file is not null)
            File.Delete(_file);
    }

    public void Dispose() => _text.Dispose();

    private WipedBuffer Line()
    {
        var line = new WipedBuffer(_text.Length + 1);
        _text.Span.CopyTo(line.GetSpan(_text.Length));
        line.Advance(_text.Length);
        "\n"u8.CopyTo(line.GetSpan(1));
        line.Advance(1);
        return line;
    }
}
