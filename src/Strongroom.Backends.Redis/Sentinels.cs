using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Strongroom.Cryptography;

namespace Strongroom.Backends.Redis;

/// <summary>Asks sentinels which server is the master now. One after the other: any of them knows.</summary>
internal static class Sentinels
{
    private const int MaxAnswer = 1024;

    /// <summary>The master of a service.</summary>
    /// <exception cref="IOException">No sentinel has answered, or none knows the service.</exception>
    public static async ValueTask<EndPoint> MasterAsync(IReadOnlyList<EndPoint> sentinels, string service, TimeSpan patience, CancellationToken ct)
    {
        var reasons = new List<string>();
        foreach (EndPoint sentinel in sentinels)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
            limit.CancelAfter(patience);
            try
            {
                if (Parse(await AskAsync(sentinel, service, limit.Token).ConfigureAwait(false)) is { } master)
                    return master;
                reasons.Add($"{Name(sentinel)} does not know '{service}'");
            }
            catch (Exception error) when (error is SocketException or IOException || (error is OperationCanceledException && !ct.IsCancellationRequested))
            {
                reasons.Add($"{Name(sentinel)}: {(error is OperationCanceledException ? "no answer" : error.Message)}");
            }
        }

        throw new IOException($"no sentinel names a master ({string.Join("; ", reasons)})");
    }

    private static async ValueTask<string> AskAsync(EndPoint sentinel, string service, CancellationToken ct)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(sentinel, ct).ConfigureAwait(false);
        string[] words = ["SENTINEL", "GET-MASTER-ADDR-BY-NAME", service];
        string request = $"*{words.Length}\r\n{string.Concat(words.Select(static word => string.Create(CultureInfo.InvariantCulture, $"${Utf8.Strict.GetByteCount(word)}\r\n{word}\r\n")))}";
        await socket.SendAsync(Utf8.Strict.GetBytes(request), ct).ConfigureAwait(false);
        byte[] answer = new byte[MaxAnswer];
        int length = 0;
        // *2, and two texts with their lengths: five lines. Anything else is one line.
        while (length < answer.Length && (length == 0 || Lines(answer.AsSpan(0, length)) < (answer[0] == '*' && answer[1] == '2' ? 5 : 1)))
        {
            int read = await socket.ReceiveAsync(answer.AsMemory(length), ct).ConfigureAwait(false);
            if (read == 0)
                break;
            length += read;
        }

        return Encoding.ASCII.GetString(answer, 0, length);
    }

    private static int Lines(ReadOnlySpan<byte> text) => text.Count((byte)'\n');

    private static EndPoint? Parse(string answer) =>
        answer.Split("\r\n") is ["*2", _, var host, _, var port, ..] && int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number is > 0 and <= IPEndPoint.MaxPort
            ? IPAddress.TryParse(host, out IPAddress? address) ? new IPEndPoint(address, number) : new DnsEndPoint(host, number)
            : null;

    private static string Name(EndPoint endPoint) => endPoint is DnsEndPoint dns ? string.Create(CultureInfo.InvariantCulture, $"{dns.Host}:{dns.Port}") : $"{endPoint}";
}
