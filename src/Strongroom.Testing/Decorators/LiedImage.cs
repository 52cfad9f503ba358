using Strongroom.Storage;

namespace Strongroom.Testing;

/// <summary>What a lie makes of a vault that is read as a whole.</summary>
/// <param name="Lie">The lie.</param>
/// <param name="Honest">The vault in truth.</param>
/// <param name="Shown">The vault as shown; null for none.</param>
internal sealed record LiedImage(Lie Lie, LoadedVault Honest, LoadedVault? Shown)
{
    /// <summary>Tells a lie about a vault. Rows that can't stand in a file are refused with an <see cref="ArgumentException"/>.</summary>
    public static LoadedVault? Make(Lie lie, LoadedVault honest)
    {
        if (lie.Head(honest.Head) is not { } head)
            return null;
        var rows = lie.Beside.ToDictionary(key => key, key => honest.Image.Find(key)?.Bytes);
        foreach (VaultRow row in honest.Image.Records)
            rows[RowKey.FromStored("s/" + System.Text.Encoding.ASCII.GetString(row.Key))] = row.Bytes;
        foreach (VaultRow row in honest.Image.Versions)
            rows[RowKey.FromStored("v/" + System.Text.Encoding.ASCII.GetString(row.Key))] = row.Bytes;
        var shown = rows.Select(row => (row.Key, Bytes: lie.Row(row.Key, row.Value, other => rows[other]))).ToList();
        return new LoadedVault(head, honest.Image.Apply(
            [.. shown.Where(row => row.Bytes is not null).Select(row => new StoredRow(row.Key, row.Bytes!.Value))],
            [.. shown.Where(row => row.Bytes is null).Select(row => row.Key)]));
    }
}
