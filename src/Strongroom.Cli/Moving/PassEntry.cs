using System.Buffers;
using Strongroom.Cli.Input;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Moving;

/// <summary>
/// The text of one entry of pass or gopass: the password in the first line, then <c>key: value</c> lines, an <c>otpauth:</c> line, and free text. A file that begins like PEM is one plain value.
/// </summary>
internal static class PassEntry
{
    private static ReadOnlySpan<byte> Pem => "-----BEGIN "u8;

    public static void Read(ReadOnlySpan<byte> text, MovedSecret secret, Problems problems)
    {
        if (text.StartsWith(Pem))
        {
            secret.Set(text);
            return;
        }

        var rest = text;
        var password = Line(ref rest);
        if (rest.Trim(" \t\r\n"u8).IsEmpty)
        {
            secret.Set(password);
            secret.Type = SecretType.Password;
            return;
        }

        if (!password.IsEmpty)
        {
            secret.Add("password", password);
            secret.Type = SecretType.Password;
        }

        using var notes = new WipedBuffer();
        while (!rest.IsEmpty)
        {
            var line = Line(ref rest);
            if (line.SequenceEqual("---"u8)) // public: a separator
            {
                notes.Write(rest.TrimEnd("\r\n"u8));
                break;
            }

            if (line.StartsWith("otpauth:"u8))
                Add(secret, "otp", line, problems);
            else if (Key(line) is { } key)
                Add(secret, key, line[(key.Length + 1)..].Trim(" \t"u8), problems);
            else if (!line.IsEmpty || notes.Length > 0)
                AddLine(notes, line);
        }

        if (notes.Span.TrimEnd("\r\n"u8) is { IsEmpty: false } left)
            Add(secret, "notes", left, problems);
    }

    public static void Write(MovedSecret secret, WipedBuffer output, Problems problems)
    {
        if (secret.Plain is { } plain)
        {
            if (plain.Span.ContainsAny("\r\n"u8) && !plain.Span.StartsWith(Pem))
                problems.Add(0, $"{secret.Source} has several lines: pass would take all but the first for something else");
            output.Write(plain.Span);
            if (!plain.Span.StartsWith(Pem))
                output.Write("\n"u8);
            return;
        }

        output.Write(secret.Fields.FirstOrDefault(static field => field.Key == "password").Value is { } password ? password.Span : []);
        output.Write("\n"u8);
        foreach (var (field, value) in secret.Fields.Where(static field => field.Key is not ("notes" or "password")))
        {
            if (field != "otp" || !value.Span.StartsWith("otpauth:"u8))
                output.Write(Utf8.Strict.GetBytes($"{field}: "));
            output.Write(value.Span);
            output.Write("\n"u8);
        }

        if (secret.Fields.FirstOrDefault(static field => field.Key == "notes").Value is { } notes)
        {
            output.Write("---\n"u8);
            output.Write(notes.Span);
            output.Write("\n"u8);
        }

        foreach (var (field, value) in secret.Fields)
        {
            var single = field != "notes" && value.Span.ContainsAny("\r\n"u8);
            var spaced = field is not ("password" or "notes") && value.Span.Length > 0 && (value.Span[0] is (byte)' ' or (byte)'\t' || value.Span[^1] is (byte)' ' or (byte)'\t');
            if (single || spaced)
                problems.Add(0, $"{secret.Source}#{field} has several lines or white space around it, which an entry of pass can't hold");
            if (field == "password" && value.Span.StartsWith(Pem))
                problems.Add(0, $"{secret.Source}#password looks like PEM, which an entry of pass has to hold alone");
            if (field == "notes" && (value.Span.IsEmpty || value.Span[^1] is (byte)'\n' or (byte)'\r'))
                problems.Add(0, $"{secret.Source}#notes ends in an empty line, which an entry of pass can't hold");
        }
    }

    private static void Add(MovedSecret secret, string field, ReadOnlySpan<byte> value, Problems problems)
    {
        if (secret.Fields.Any(other => other.Key == field))
            problems.Add(0, $"{secret.Source}: '{field}' occurs twice");
        secret.Add(field, value);
    }

    private static void AddLine(WipedBuffer notes, ReadOnlySpan<byte> line)
    {
        if (notes.Length > 0)
            notes.Write("\n"u8);
        notes.Write(line);
    }

    // "key:" at the end of the line or before a blank; anything else is free text, "https://…" too.
    private static string? Key(ReadOnlySpan<byte> line)
    {
        var colon = line.IndexOf((byte)':');
        if (colon is < 1 or > 64 || (colon + 1 < line.Length && line[colon + 1] is not ((byte)' ' or (byte)'\t')))
            return null;
        foreach (var one in line[..colon])
        {
            if (!char.IsAsciiLetterOrDigit((char)one) && one is not ((byte)'-' or (byte)'_' or (byte)'.'))
                return null;
        }

        return char.IsAsciiLetterOrDigit((char)line[0]) ? Utf8.Strict.GetString(line[..colon]) : null;
    }

    private static ReadOnlySpan<byte> Line(ref ReadOnlySpan<byte> rest)
    {
        var end = rest.IndexOf((byte)'\n');
        var line = end < 0 ? rest : rest[..end];
        rest = end < 0 ? [] : rest[(end + 1)..];
        return line.TrimEnd("\r"u8);
    }
}
