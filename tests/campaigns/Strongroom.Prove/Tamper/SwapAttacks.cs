using System.Text;
using Strongroom.Audit;
using Strongroom.Cryptography;
using Strongroom.Storage;
using Strongroom.Vault;

namespace Strongroom.Prove.Tamper;

/// <summary>
/// Rows and sealed values in each other's place. First by somebody without keys; then under a head that is genuine, as if the head's key had been stolen: what is sealed still says where it belongs, so it does not open elsewhere.
/// </summary>
internal sealed class SwapAttacks(CampaignRun run, Victim victim)
{
    public async Task RunAsync()
    {
        await using VaultCore core = await victim.CoreAsync();
        var view = (ListView)core.Storage.Current!;
        VaultRow[] records = [.. view.Image.Records], versions = [.. view.Image.Versions];
        string[] names = [.. records.Select(static row => Encoding.UTF8.GetString(row.Key))];
        int step = run.IsShort && !run.IsSingle ? 7 : 1;
        int at = 0;
        for (int i = 0; i < records.Length; i++)
        {
            for (int j = i + 1; j < records.Length; j++)
            {
                if (at++ % step != 0)
                    continue;
                SecretRecord one = SecretRecord.Parse(records[i].Bytes.Span), other = SecretRecord.Parse(records[j].Bytes.Span);
                string pair = $"{names[i]} {names[j]}";
                await SwapAsync(core, view, $"records {pair}", (RowKey.Record(names[i]), records[j].Bytes), (RowKey.Record(names[j]), records[i].Bytes));
                await SwapAsync(core, view, $"values {pair}", (RowKey.Record(names[i]), (one with { Value = other.Value }).Write()), (RowKey.Record(names[j]), (other with { Value = one.Value }).Write()));
                await SwapAsync(core, view, $"incarnations {pair}", (RowKey.Record(names[i]), (one with { Id = other.Id, Value = other.Value }).Write()), (RowKey.Record(names[j]), (other with { Id = one.Id, Value = one.Value }).Write()));
            }
        }

        for (int i = 0; i < versions.Length; i++)
        {
            SecretRecord version = SecretRecord.Parse(versions[i].Bytes.Span);
            for (int j = 0; j < records.Length; j++)
            {
                if (at++ % step != 0)
                    continue;
                SecretRecord record = SecretRecord.Parse(records[j].Bytes.Span);
                await SwapAsync(core, view, $"version {i} as {names[j]}", (RowKey.Record(names[j]), (record with { Value = version.Value }).Write()));
                await SwapAsync(core, view, $"version {i} as all of {names[j]}", (RowKey.Record(names[j]), (record with { Id = version.Id, Value = version.Value }).Write()));
            }
        }

        await SwapAsync(core, view, "epoch", (RowKey.Record(names[0]), (SecretRecord.Parse(records[0].Bytes.Span) with { Epoch = 2 }).Write()));
    }

    // By the thief the rows stand under a genuine head; what was sealed for another place is found when it is opened.
    private async Task SwapAsync(VaultCore core, ListView view, string what, params (RowKey Key, ReadOnlyMemory<byte> Bytes)[] rows)
    {
        string point = $"swap/{what}";
        if (run.IsOver || !run.Wants(() => point))
            return;
        VaultImage image = view.Image.Apply([.. rows.Select(static row => new StoredRow(row.Key, row.Bytes))], []);
        byte[] forged = Victim.Forge(core.Session.Keys, view.Head, image);
        CampaignRun.Require(await victim.OpenAsync(forged) is null, point, "Under a genuine head it opened and verified.");

        // The same rows without the head's key.
        string genuineHead = Head(victim.File), file = Encoding.UTF8.GetString(forged);
        byte[] plain = Encoding.UTF8.GetBytes(file.Replace(Head(forged), genuineHead, StringComparison.Ordinal));
        CampaignRun.Require(await victim.OpenAsync(plain) is null, point, "Under the old head it opened and verified.");
        run.Count(2);
    }

    private static string Head(byte[] file)
    {
        string text = Encoding.UTF8.GetString(file);
        return text[..text.IndexOf('\n', StringComparison.Ordinal)];
    }
}
