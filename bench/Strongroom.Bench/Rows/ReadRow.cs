using Strongroom.Audit;
using Strongroom.Bench.Harness;

namespace Strongroom.Bench.Rows;

/// <summary>Reading 256 bytes from an unlocked vault: looks whether another process has committed, decrypts, hands out an owned value that is zeroed afterwards.</summary>
internal static class ReadRow
{
    private const int Operations = 20_000;

    public static IEnumerable<Measured> Measure()
    {
        yield return Measured.Times("read of 256 B, unaudited / Data Protection AES-256-GCM", Against(audit: false), 0.10);
        yield return Measured.Times("read of 256 B, buffered audit / Data Protection AES-256-GCM", Against(audit: true), 0.20);
    }

    private static Pair Against(bool audit)
    {
        using Workspace workspace = new();
        using SecretsManager manager = workspace.CreateVault(1_000, AuditReads.Buffered, audit);
        using var protection = new Bench.Against.DataProtection(Path.Combine(workspace.Folder, "ring"), Samples.Value(0));
        SecretName[] names = [.. Enumerable.Range(0, 1_000).Select(Samples.Name)];
        int bytes = 0, next = 0;
        Pair pair = Interleaved.Run(Rounds.Of(31), Operations,
            count =>
            {
                for (int i = 0; i < count; i++)
                {
                    using SecretData secret = manager.Get(names[next++ % names.Length]);
                    bytes += secret.Value.Span.Length;
                }
            },
            count =>
            {
                for (int i = 0; i < count; i++)
                    bytes += protection.Unprotect().Length;
            },
            warmUp: 5);
        return bytes % Samples.ValueBytes == 0 ? pair : throw new InvalidOperationException("A read gave another length.");
    }
}
