using System.Text;
using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Tests.LocalVaults;

/// <summary>Heads and rows as file vaults hold them, without any cryptography: the file does not know what it keeps.</summary>
internal static class Rows
{
    /// <summary>A head with the members that a backend looks at.</summary>
    public static byte[] Head(long revision, string salt = "") =>
        Utf8.Strict.GetBytes($$"""{"mac":"{{Mac(revision, salt)}}","other":{"mac":"nested"},"revision":{{revision}}}""");

    public static Digest Mac(long revision, string salt = "") => Digest.Sha256(Utf8.Strict.GetBytes($"{revision}{salt}"));

    public static StoredRow Record(string name, string text = "1") => new(RowKey.Record(name), Bytes(text));

    public static StoredRow Version(RandomId id, long number, string text = "1") => new(RowKey.Version(id, number), Bytes(text));

    public static byte[] Bytes(string text) => Utf8.Strict.GetBytes($$"""{"x":"{{text}}"}""");

    public static VaultImage Image(params StoredRow[] rows) => VaultImage.Empty.Apply(rows, []);

    public static VaultImage Numbered(int count) => Image([.. Enumerable.Range(0, count).Select(i => Record($"secret/{i:D6}"))]);

    public static string Text(ReadOnlyMemory<byte> bytes) => Encoding.ASCII.GetString(bytes.Span);

    /// <summary>Puts a vault in place, or its next revision, and gives what was committed.</summary>
    public static LoadedVault Commit(IImageBackend vault, long revision, VaultImage image, string salt = "")
    {
        LoadedVault? expected = vault.Load(TestContext.Current.CancellationToken);
        Assert.Equal(CommitOutcome.Committed, vault.TryCommit(expected, Head(revision, salt), image, out LoadedVault? committed, TestContext.Current.CancellationToken));
        return committed!;
    }
}
