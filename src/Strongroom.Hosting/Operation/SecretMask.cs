using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Strongroom.Hosting;

/// <summary>
/// Recognises values that have left the vault, without keeping them: of each form of a value it knows the length, a fingerprint of its beginning that can be rolled over a text, and a MAC of the whole, both under keys of
/// this process. Values shorter than <see cref="Shortest"/> characters are not masked: they would hit ordinary words.
/// </summary>
internal sealed class SecretMask : ISecretMask, ISecretObserver
{
    public const int Shortest = 6;
    private const string Stars = "***";
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly ulong _base = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)) | 1;
    private readonly ulong _outgoing;
    private readonly ConcurrentDictionary<(SecretName, long, DateTimeOffset), bool> _seen = new();
    private readonly Lock _gate = new();
    private volatile Dictionary<ulong, Form[]> _forms = [];

    public SecretMask()
    {
        _outgoing = 1;
        for (int i = 1; i < Shortest; i++)
            _outgoing *= _base;
    }

    public void OnRead(SecretName name, SecretMetadata metadata, SecretValue value)
    {
        if (!_seen.TryAdd((name, metadata.Version, metadata.CreatedAt), true))
            return;
        if (!value.HasFields)
        {
            Add(value.Span);
            return;
        }

        foreach (string field in value.FieldNames)
        {
            if (value.TryGetField(field, out ReadOnlySpan<byte> bytes) && !IsPublic(field))
                Add(bytes);
        }
    }

    public string Mask(string text)
    {
        Dictionary<ulong, Form[]> forms = _forms;
        if (forms.Count == 0 || text.Length < Shortest)
            return text;
        StringBuilder? masked = null;
        int copied = 0;
        for (int at = 0; at + Shortest <= text.Length;)
        {
            int found = Next(text, ref at, forms);
            if (found == 0)
                break;
            masked ??= new StringBuilder(text.Length);
            masked.Append(text, copied, at - copied).Append(Stars);
            copied = at += found;
        }

        return masked?.Append(text, copied, text.Length - copied).ToString() ?? text;
    }

    // The next place from at on where a value stands, and how long it is there; 0 when there is none.
    private int Next(string text, ref int at, Dictionary<ulong, Form[]> forms)
    {
        ulong hash = 0;
        for (int i = at; i < at + Shortest; i++)
            hash = hash * _base + text[i] + 1;
        while (true)
        {
            if (forms.TryGetValue(hash, out Form[]? candidates))
            {
                foreach (Form form in candidates)
                {
                    if (at + form.Length <= text.Length && form.Is(_key, text.AsSpan(at, form.Length)))
                        return form.Length;
                }
            }

            if (at + Shortest >= text.Length)
                return 0;
            hash = (hash - (text[at] + 1UL) * _outgoing) * _base + text[at + Shortest] + 1;
            at++;
        }
    }

    private void Add(ReadOnlySpan<byte> bytes)
    {
        AddForm(Convert.ToBase64String(bytes).TrimEnd('='));
        if (!System.Text.Unicode.Utf8.IsValid(bytes))
            return;
        string text = Cryptography.Utf8.Strict.GetString(bytes);
        AddForm(text);
        AddForm(Uri.EscapeDataString(text));
        AddForm(JsonEncodedText.Encode(text).Value);
        AddForm(JsonEncodedText.Encode(text, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping).Value);
    }

    private void AddForm(string text)
    {
        if (text.Length < Shortest)
            return;
        ulong hash = 0;
        for (int i = 0; i < Shortest; i++)
            hash = hash * _base + text[i] + 1;
        var form = new Form(text.Length, Form.Mac(_key, text));
        lock (_gate)
        {
            Form[] before = _forms.GetValueOrDefault(hash) ?? [];
            if (before.Any(known => known.Length == form.Length && CryptographicOperations.FixedTimeEquals(known.Code, form.Code)))
                return;

            // Longest first: a value that another one begins with must not leave the rest of that one visible.
            _forms = new Dictionary<ulong, Form[]>(_forms) { [hash] = [.. before.Append(form).OrderByDescending(static known => known.Length)] };
        }
    }

    // What typed secrets hold beside the secret itself, and what logs may well say.
    private static bool IsPublic(string field) => field is "host" or "port" or "database" or "username" or "endpoint" or "certificate" or "user";

    private sealed record Form(int Length, byte[] Code)
    {
        public bool Is(byte[] key, ReadOnlySpan<char> text)
        {
            Span<byte> code = stackalloc byte[32];
            HMACSHA256.HashData(key, MemoryMarshal.AsBytes(text), code);
            return CryptographicOperations.FixedTimeEquals(code, Code);
        }

        public static byte[] Mac(byte[] key, ReadOnlySpan<char> text) => HMACSHA256.HashData(key, MemoryMarshal.AsBytes(text));
    }
}
