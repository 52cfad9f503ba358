using Strongroom.Bench.Harness;

namespace Strongroom.Bench.Rows;

/// <summary><c>scan</c> of a large tree of files for the values of a vault, against <c>grep -F</c> for as many fixed strings.</summary>
internal static class ScanRow
{
    private const int Secrets = 1000;
    private const int Files = 512;
    private const int FileBytes = 1024 * 1024;

    public static IEnumerable<Measured> Measure()
    {
        using NativeCommand command = new(Secrets);
        string tree = Path.Combine(command.Folder, "tree");
        Directory.CreateDirectory(tree);
        byte[] block = new byte[FileBytes];
        Random random = new(2);
        for (int i = 0; i < block.Length; i++)
            block[i] = random.Next(8) == 0 ? (byte)' ' : (byte)('a' + random.Next(26));
        for (int i = 0; i < block.Length; i += 60)
            block[i] = (byte)'\n';
        for (int i = 0; i < Files; i++)
            File.WriteAllBytes(Path.Combine(tree, $"{i}.txt"), block);
        // As many strings as the vault has values, each in one form only.
        string strings = Path.Combine(command.Folder, "strings");
        File.WriteAllLines(strings, Enumerable.Range(0, Secrets).Select(i => Convert.ToBase64String(Samples.Value(i))));

        string[] scan = [command.Program, "scan", tree, "--quiet"], grep = ["grep", "-r", "-F", "-f", strings, tree];
        Pair seconds = Interleaved.Run(Rounds.Of(9), 1, _ => command.Run(scan), _ => command.Run(1, grep), warmUp: 1);
        const double All = (double)Files * FileBytes;
        yield return new Measured("scan of 512 MiB for 1,000 values in every form", $"{All / seconds.Ours / 1e9:0.00} GB/s", $"{All / seconds.Against / 1e9:0.00} GB/s (`grep -rF`, one form)", seconds.Against / seconds.Ours, "", null);

        string one = Path.Combine(command.Folder, "string");
        File.WriteAllText(one, Convert.ToBase64String(Samples.Value(0)) + "\n");
        string[] grepOne = ["grep", "-r", "-F", "-f", one, tree];
        Pair against = Interleaved.Run(Rounds.Of(9), 1, _ => command.Run(scan), _ => command.Run(1, grepOne), warmUp: 1);
        yield return new Measured("the same against `grep -rF` for one string", $"{All / against.Ours / 1e9:0.00} GB/s", $"{All / against.Against / 1e9:0.00} GB/s", against.Against / against.Ours, "", null);
    }
}
