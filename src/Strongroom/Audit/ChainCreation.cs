using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Audit;

/// <summary>Begins a chain.</summary>
internal static class ChainCreation
{
    /// <summary>Creates a chain's folder, keys and first entry (<c>chain-start</c>), makes them durable, and gives the chain's record for the head.</summary>
    /// <param name="files">The file system.</param>
    /// <param name="folder">The audit folder, <c>FILE.audit</c>.</param>
    /// <param name="keys">For sealing the chain's keys.</param>
    /// <param name="options">Size of segments and so on.</param>
    /// <param name="time">The clock.</param>
    /// <param name="brokenEnd">The hash of the last line of the chain that this one replaces (<see cref="AuditVerifier.End(IFileSystem, string, ChainRecord)"/>), or null.</param>
    /// <param name="printKey">Keep the first key out of the head and give it to the caller.</param>
    /// <param name="printedKey">The first key, when asked for.</param>
    /// <param name="revision">The vault's revision in force, or the one that the head will have.</param>
    public static ChainRecord Create(IFileSystem files, string folder, HardenedEncryption keys, AuditOptions options, TimeProvider time, Digest? brokenEnd, bool printKey, out SecretBuffer? printedKey, long revision)
    {
        options.Validate();
        var chain = new ChainFolder(files, folder, RandomId.New());
        byte[] sealedKeys = ChainKeys.Create(keys, chain.Chain, !printKey, out SealingKey stateKey, out SecretBuffer first);
        printedKey = null;
        try
        {
            using var state = new StateFile(chain, keys.VaultId, stateKey);
            using var cursor = new ChainCursor(chain.Chain, 0);
            cursor.RatchetTo(first.Span, 0);
            cursor.Last = brokenEnd ?? default(Digest);
            string line = new AuditLineWriter(AuditIdentity.Actor(options), time).Write(cursor, new AuditEvent(AuditOperation.ChainStart, "ok", revision, []));
            byte[] bytes = Utf8.Strict.GetBytes(line + "\n");
            cursor.Take(bytes.AsSpan(0, bytes.Length - 1));
            WriteFiles(chain, bytes, state, cursor);
            _ = AuditLine.TryParse(bytes.AsSpan(0, bytes.Length - 1), out AuditLine entry);
            AuditSinks.Deliver(options.Sinks, [entry.ToEntry()]);
            if (printKey)
                printedKey = first;
            return new ChainRecord(chain.Chain, AuditIdentity.Owner, !printKey, sealedKeys, line);
        }
        finally
        {
            if (printedKey is null)
                first.Dispose();
        }
    }

    // All is durable before a head names the chain: else a power loss would leave a head without its log, which looks like tampering.
    private static void WriteFiles(ChainFolder chain, byte[] line, StateFile state, ChainCursor cursor)
    {
        chain.Files.CreateDirectory(chain.Path);
        using (IFile segment = chain.Files.Create(chain.Segment(1)))
        {
            segment.Write(line, 0);
            segment.Sync();
        }

        state.Write(cursor.Index, cursor.Key);
        state.Sync();
        chain.Files.OpenOrCreate(chain.Lock).Dispose();
        chain.Files.SyncDirectory(chain.Path);
    }
}
