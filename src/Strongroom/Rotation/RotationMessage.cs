using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;

namespace Strongroom.Rotation;

/// <summary>
/// What a command or web service is told of a step: <c>{"step","name","rotation","fence","old","new"}</c>. A value is a text, or an object of texts for fields; bytes that are not UTF-8 are <c>{"base64":…}</c>.
/// The bytes are wiped on dispose.
/// </summary>
internal sealed class RotationMessage : IDisposable
{
    private readonly byte[] _bytes;
    private readonly int _length;

    private RotationMessage(byte[] bytes, int length) => (_bytes, _length) = (bytes, length);

    public ReadOnlyMemory<byte> Bytes => _bytes.AsMemory(0, _length);

    public static RotationMessage Write(string step, RotationContext context, bool withNew)
    {
        // Escaped six times over it still fits, so the buffer never grows and leaves nothing behind.
        var buffer = new Pinned(4096 + (8 * (context.Old.Payload.Length + (withNew ? context.New.Payload.Length : 0))));
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("step", step);
            json.WriteString("name", context.Name.ToString());
            json.WriteString("rotation", context.RotationId.ToString());
            json.WriteNumber("fence", context.Fence);
            Value(json, "old", context.Old);
            if (withNew)
                Value(json, "new", context.New);
            json.WriteEndObject();
        }

        return new RotationMessage(buffer.Array, buffer.Written);
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_bytes);

    private static void Value(Utf8JsonWriter json, string name, SecretValue value)
    {
        if (!value.HasFields)
        {
            Text(json, name, value.Span);
            return;
        }

        json.WriteStartObject(name);
        foreach (string field in value.FieldNames)
        {
            if (value.TryGetField(field, out ReadOnlySpan<byte> bytes))
                Text(json, field, bytes);
        }

        json.WriteEndObject();
    }

    private static void Text(Utf8JsonWriter json, string name, ReadOnlySpan<byte> bytes)
    {
        if (System.Text.Unicode.Utf8.IsValid(bytes))
        {
            json.WriteString(name, bytes);
            return;
        }

        json.WriteStartObject(name);
        json.WriteBase64String("base64", bytes);
        json.WriteEndObject();
    }

    private sealed class Pinned(int capacity) : IBufferWriter<byte>
    {
        public byte[] Array { get; } = GC.AllocateArray<byte>(capacity, pinned: true);

        public int Written { get; private set; }

        public void Advance(int count) => Written += count;

        public Memory<byte> GetMemory(int sizeHint = 0) => Array.AsMemory(Written);

        public Span<byte> GetSpan(int sizeHint = 0) => Array.AsSpan(Written);
    }
}
