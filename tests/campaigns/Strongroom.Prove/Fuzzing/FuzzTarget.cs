using System.Buffers;
using System.Text;
using Strongroom.Audit;
using Strongroom.Cryptography;
using Strongroom.Prove.Tamper;
using Strongroom.Storage;
using Strongroom.Vault;

namespace Strongroom.Prove.Fuzzing;

/// <summary>Something that reads what others wrote. It may refuse with an error of ours; what it accepts it must write again as it was.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Seeds">What inputs are made from.</param>
/// <param name="Read">Reads one; throws when what was accepted is not what was given.</param>
internal sealed record FuzzTarget(string Name, IReadOnlyList<byte[]> Seeds, Action<byte[]> Read)
{
    public static async Task<IReadOnlyList<FuzzTarget>> AllAsync()
    {
        Victim victim = await Victim.MakeAsync();
        byte[] file = victim.File;
        LoadedVault loaded = VaultFileReader.Read(file);
        byte[][] records = [.. loaded.Image.Records.ToArray().Concat(loaded.Image.Versions.ToArray()).Select(static row => row.Bytes.ToArray())];
        byte[][] lines = [.. Encoding.UTF8.GetString(victim.Work.Disk.Read(victim.LogPath)!).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Encoding.UTF8.GetBytes)];
        return
        [
            new("json", [loaded.Head.ToArray(), .. records.Take(5), "[1,{\"a\":\"\\u0001\"},null]"u8.ToArray()], ReadJson),
            new("head", [loaded.Head.ToArray()], static bytes => VaultHead.Parse(bytes)),
            new("record", records, static bytes => Same(bytes, SecretRecord.Parse(bytes).Write())),
            new("file", [file, file[..^200]], static bytes => _ = VaultFileReader.Read(bytes).Image.Records.Length),
            new("log-line", lines, static bytes => _ = AuditLine.TryParse(bytes, out AuditLine line) && line.ToEntry().Secrets.Count >= 0),
            new("name", Text("a", "broker/binance", "a-b_c.d/E9", new string('x', 255)), static bytes => ReadName(Encoding.UTF8.GetString(bytes))),
            new("reference", Text("strongroom://a/b#field", "strongroom://secrets.json!a#f", "strongroom://a@3", "strongroom:///abs/path.json!name", "strongroom://a%20b"), static bytes => ReadReference(Encoding.UTF8.GetString(bytes))),
            new("checkpoint", Text((await CheckpointAsync(victim)).ToString()!), static bytes => AuditCheckpoint.Parse(Encoding.UTF8.GetString(bytes))),
            new("key-file", [Keys.NewBytes()], static bytes => Credential.KeyFile(bytes).Dispose()),
            new("recovery-key", [RecoveryKey()], static bytes => Credential.RecoveryKey(bytes).Dispose()),
            .. ImportTargets.All(),
        ];
    }

    private static void ReadJson(byte[] bytes)
    {
        JsonValue value = CanonicalJson.Parse(bytes);
        var again = new ArrayBufferWriter<byte>(bytes.Length + 16);
        CanonicalJson.Write(value, again);
        Same(bytes, again.WrittenSpan);
    }

    private static void ReadName(string text)
    {
        if (SecretName.TryParse(text, out SecretName name) && (name.ToString() != text || text.Contains("..", StringComparison.Ordinal) && text.Split('/').Contains("..")))
            throw new InvalidOperationException("The name that was accepted is another.");
    }

    private static void ReadReference(string text)
    {
        if (SecretReference.TryParse(text, out SecretReference? reference) && !SecretReference.Parse(reference.ToString()).Equals(reference))
            throw new InvalidOperationException("The reference that was accepted reads otherwise when it is written.");
    }

    private static void Same(ReadOnlySpan<byte> given, ReadOnlySpan<byte> written)
    {
        if (!given.SequenceEqual(written))
            throw new InvalidOperationException("What was accepted is written otherwise.");
    }

    private static byte[][] Text(params string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];

    private static byte[] RecoveryKey()
    {
        using SecretBuffer key = Credential.NewRecoveryKey();
        return key.Span.ToArray();
    }

    private static async Task<AuditCheckpoint> CheckpointAsync(Victim victim)
    {
        await using SecretsManager manager = await victim.Work.On(victim.Work.Disk.Fork()).OpenAsync();
        return await manager.Audit.CheckpointAsync();
    }
}
