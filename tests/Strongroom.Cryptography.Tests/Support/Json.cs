using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Strongroom.Cryptography.Tests;

internal static class Json
{
    public static JsonValue Parse(string text) => CanonicalJson.Parse(Encoding.UTF8.GetBytes(text));

    public static string Write(JsonValue value)
    {
        var bytes = new ArrayBufferWriter<byte>();
        CanonicalJson.Write(value, bytes);
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    public static string Write(Action<CanonicalJsonWriter> write)
    {
        var bytes = new ArrayBufferWriter<byte>();
        write(new CanonicalJsonWriter(bytes));
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    /// <summary>What the framework has read, as our value: the other half of a comparison.</summary>
    public static JsonValue FromFramework(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Null => JsonValue.Null,
        JsonValueKind.True => JsonValue.Of(true),
        JsonValueKind.False => JsonValue.Of(false),
        JsonValueKind.Number => JsonValue.Of(decimal.ToInt64(element.GetDecimal())),
        JsonValueKind.String => JsonValue.Of(element.GetString()!),
        JsonValueKind.Array => JsonValue.Of([.. element.EnumerateArray().Select(FromFramework)]),
        _ => JsonValue.Of([.. element.EnumerateObject().Select(member => KeyValuePair.Create(member.Name, FromFramework(member.Value)))]),
    };

    public static byte[] Hex(this JsonElement element, string name) => Convert.FromHexString(element.GetProperty(name).GetString()!);

    public static string Text(this JsonElement element, string name) => element.GetProperty(name).GetString()!;

    public static long Number(this JsonElement element, string name) => element.GetProperty(name).GetInt64();
}
