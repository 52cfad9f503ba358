namespace Strongroom.Cli.Demo;

/// <summary>What someone with write access to the files could try. Each one is undone afterwards.</summary>
internal static class DemoAttacks
{
    public static async ValueTask<DemoResult> WrongPassphraseAsync(DemoFolder folder, CancellationToken ct)
    {
        using var wrong = Unlock.Passphrase("not the passphrase at all"u8);
        return await RefusedAsync<VaultLockedException>(folder, wrong, "Refused", null, ct);
    }

    public static async ValueTask<DemoResult> TamperAsync(DemoFolder folder, CancellationToken ct)
    {
        var genuine = folder.Read();
        var changed = (byte[])genuine.Clone();
        var at = changed.AsSpan().IndexOf("\"value\":\""u8) + "\"value\":\""u8.Length + 40;
        changed[at] = changed[at] == (byte)'A' ? (byte)'B' : (byte)'A';
        folder.Overwrite(changed);
        try
        {
            using var unlock = folder.Unlock();
            return await RefusedAsync<VaultIntegrityException>(folder, unlock, "Caught", $"Byte {at} of {genuine.Length}, in a sealed value: {(char)genuine[at]} became {(char)changed[at]}.", ct);
        }
        finally
        {
            folder.Overwrite(genuine);
        }
    }

    public static async ValueTask<DemoResult> RollBackAsync(DemoFolder folder, byte[] older, CancellationToken ct)
    {
        var newest = folder.Read();
        folder.Overwrite(older);
        try
        {
            using var unlock = folder.Unlock();
            return await RefusedAsync<VaultIntegrityException>(folder, unlock, "Caught", "Every byte of that copy is genuine: only its age gives it away.", ct);
        }
        finally
        {
            folder.Overwrite(newest);
        }
    }

    public static async ValueTask<DemoResult> CutAuditAsync(DemoFolder folder, CancellationToken ct)
    {
        var log = Directory.EnumerateFiles(folder.Vault + ".audit", "*.jsonl", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Last();
        var genuine = await File.ReadAllBytesAsync(log, ct);
        await File.WriteAllBytesAsync(log, genuine[..(genuine.AsSpan(0, genuine.Length - 1).LastIndexOf((byte)'\n') + 1)], ct);
        try
        {
            using var unlock = folder.Unlock();
            using var manager = await SecretsManager.OpenAsync(folder.Options, unlock, ct);
            var report = await manager.Audit.VerifyAsync(ct: ct);
            var what = report.IsIntact ? "NOT CAUGHT: the log counts as intact." : $"Caught: {report.Findings[0].Message}";
            return new DemoResult([what], !report.IsIntact);
        }
        finally
        {
            await File.WriteAllBytesAsync(log, genuine, ct);
        }
    }

    private static async ValueTask<DemoResult> RefusedAsync<TError>(DemoFolder folder, Unlock unlock, string word, string? before, CancellationToken ct)
        where TError : StrongroomException
    {
        string[] first = before is null ? [] : [before];
        try
        {
            using var manager = await SecretsManager.OpenAsync(folder.Options, unlock, ct);
            return new DemoResult([.. first, "NOT CAUGHT: the vault was opened."], AsPromised: false);
        }
        catch (TError error)
        {
            return new DemoResult([.. first, $"{word} ({error.Code}): {error.Message}"]);
        }
    }
}
