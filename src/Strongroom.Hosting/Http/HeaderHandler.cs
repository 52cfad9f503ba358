using Microsoft.Extensions.Logging;

namespace Strongroom.Hosting;

/// <summary>The value of a header. A string, because headers are strings; made once for each version and not for each request.</summary>
internal sealed class HeaderText(string text)
{
    public string Text => text;

    /// <summary>Checks what the HTTP library would refuse with an error that quotes it.</summary>
    public static HeaderText Read(SecretData data, string? field, string prefix)
    {
        ReadOnlySpan<byte> bytes;
        if (field is null)
        {
            if (data.Value.HasFields)
                throw new VaultConfigurationException("SR1730", $"The secret {data.Name} has fields, and none is named for the header.", $"Name one: {data.Name}#{data.Value.FieldNames[0]}");
            bytes = data.Value.Span;
        }
        else if (!data.Value.TryGetField(field, out bytes))
        {
            throw new SecretNotFoundException("SR1104", $"{data.Name} has no field '{field}'.", data.Value.HasFields ? $"It has {string.Join(", ", data.Value.FieldNames)}." : "It is a plain value without fields.");
        }

        if (bytes.IsEmpty || bytes.ContainsAnyExceptInRange((byte)0x20, (byte)0x7e))
            throw new VaultConfigurationException("SR1731", $"The secret {data.Name} can't be the value of a header: it is empty, or has other than printable ASCII characters.", "A line break at its end is the usual cause: write it again without.");
        return new HeaderText(prefix + System.Text.Encoding.ASCII.GetString(bytes));
    }

    public override string ToString() => "***";
}

/// <summary>Sends a secret in a header.</summary>
internal sealed class HeaderHandler(LiveSource<HeaderText> source, string header, ILogger logger) : CredentialHandler<HeaderText>(source, logger)
{
    protected override void Add(HttpRequestMessage request, HeaderText credential, ReadOnlyMemory<byte> body)
    {
        request.Headers.Remove(header);
        // Not validated: a refusal would quote the value. It was checked when it was read.
        request.Headers.TryAddWithoutValidation(header, credential.Text);
    }

    protected override void Remove(HttpRequestMessage request) => request.Headers.Remove(header);
}
