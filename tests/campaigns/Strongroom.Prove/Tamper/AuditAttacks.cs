using System.Buffers.Text;
using System.Text;
using Strongroom.Audit;
using Strongroom.Cryptography;
using Strongroom.Storage;
using Strongroom.Vault;

namespace Strongroom.Prove.Tamper;

/// <summary>What somebody can do to a log who may write its file, and who may have stolen the key that is in use.</summary>
/// <param name="core">The vault, for its keys and its head.</param>
/// <param name="folder">The chain.</param>
/// <param name="lines">The genuine lines.</param>
internal sealed class AuditAttacks(VaultCore core, ChainFolder folder, IReadOnlyList<string> lines)
{
    public IEnumerable<(string What, IReadOnlyList<string> Lines)> All()
    {
        for (int i = 0; i < lines.Count; i++)
        {
            yield return ($"line {i} left out", [.. lines.Take(i), .. lines.Skip(i + 1)]);
            yield return ($"line {i} doubled", [.. lines.Take(i + 1), .. lines.Skip(i)]);
            yield return ($"cut before line {i}", [.. lines.Take(i)]);
            yield return ($"begun at line {i + 1}", [.. lines.Skip(i + 1)]);
            yield return ($"line {i} with an empty line", [.. lines.Take(i), "", .. lines.Skip(i)]);
            for (int j = i + 1; j < lines.Count; j++)
                yield return ($"lines {i} and {j} exchanged", [.. lines.Select((line, at) => at == i ? lines[j] : at == j ? lines[i] : line)]);
            yield return ($"line {i} rewritten", Rewritten(i, null));
            if (i < lines.Count - 1)
                yield return ($"rewritten from line {i} on, sealed with the key in use", Rewritten(i, CurrentKey()));
        }
    }

    // Line i says something else; with a key, it and all that follow are sealed and chained again.
    private List<string> Rewritten(int at, byte[]? key)
    {
        var result = new List<string>(lines);
        var mac = new ChainMac(folder.Chain);
        for (int i = at; i < lines.Count; i++)
        {
            string line = lines[i];
            if (i == at)
                line = line.Replace("\"outcome\":\"ok\"", "\"outcome\":\"SR1428\"", StringComparison.Ordinal);
            if (i > at)
                line = Member(line, "previous", Digest.Sha256(Encoding.UTF8.GetBytes(result[i - 1])).Span);
            if (key is not null)
            {
                int from = line.IndexOf("\"mac\":\"", StringComparison.Ordinal), to = line.IndexOf("\",", from + 7, StringComparison.Ordinal) + 2;
                Digest sealedWith = mac.Entry(key, i, Encoding.UTF8.GetBytes(line[..from]), Encoding.UTF8.GetBytes(line[to..]));
                line = Member(line, "mac", sealedWith.Span);
                mac.Advance(key, i);
            }

            result[i] = line;
            if (key is null)
                break;
        }

        return result;
    }

    private byte[] CurrentKey()
    {
        byte[] key = new byte[ChainMac.KeySize];
        ChainRecord record = core.Storage.Current!.Head.Audit.Single(chain => chain.Id == folder.Chain);
        SealingKey stateKey = ChainKeys.Open(core.Session.Keys, record, out SecretBuffer? first);
        first?.Dispose();
        using var state = new StateFile(folder, core.Session.Keys.VaultId, stateKey);
        state.ReadOnce(key);
        return key;
    }

    private static string Member(string line, string name, ReadOnlySpan<byte> value)
    {
        int from = line.IndexOf($"\"{name}\":\"", StringComparison.Ordinal) + name.Length + 4, to = line.IndexOf('"', from);
        return $"{line[..from]}{Convert.ToBase64String(value)}{line[to..]}";
    }
}
