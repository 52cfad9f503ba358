using System.Text.Json;
using Strongroom.Cryptography;

namespace Strongroom.Testing;

/// <summary>Reads what test tools need from a head's bytes. Nothing is verified.</summary>
internal static class HeadFields
{
    public static Digest Mac(ReadOnlySpan<byte> head)
    {
        Utf8JsonReader json = Seek(head, "mac"u8);
        return Digest.FromBytes(json.GetBytesFromBase64());
    }

    public static long Revision(ReadOnlySpan<byte> head) => Seek(head, "revision"u8).GetInt64();

    /// <summary>The commit ids, oldest first.</summary>
    public static IReadOnlyList<string> Commits(ReadOnlySpan<byte> head)
    {
        Utf8JsonReader json = Seek(head, "commits"u8);
        var commits = new List<string>();
        while (json.Read() && json.TokenType == JsonTokenType.String)
            commits.Add(json.GetString()!);
        return commits;
    }

    private static Utf8JsonReader Seek(ReadOnlySpan<byte> head, ReadOnlySpan<byte> member)
    {
        var json = new Utf8JsonReader(head);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            bool found = json.ValueTextEquals(member);
            json.Read();
            if (found)
                return json;
            json.Skip();
        }

        throw new FormatException($"The head has no member '{Utf8.Strict.GetString(member)}'.");
    }
}
