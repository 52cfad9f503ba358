using Strongroom.Bench.Harness;

namespace Strongroom.Bench.Rows;

/// <summary><c>run</c> as whole processes: how fast output is masked.</summary>
internal static class RunRow
{
    private const int Secrets = 1000;
    private const int Masked = 200;
    private const double MinRate = 0.25;

    public static IEnumerable<Measured> Measure()
    {
        using NativeCommand command = new(Secrets);
        // Text of the kind that programs print, without a secret in it.
        string text = Path.Combine(command.Folder, "text");
        const int Bytes = 512 * 1024 * 1024;
        WriteText(text, Bytes);
        string[] many = [.. References(Masked)];
        yield return Rate("masking 200 secrets, through a pipe", Bytes, Interleaved.Run(Rounds.Of(9), 1, _ => command.Run([command.Program, "run", "--mask", .. many, "--", "cat", text]), _ => command.Run("sh", "-c", $"cat {text} | cat"), warmUp: 1));

        const int Shown = 64 * 1024 * 1024;
        WriteText(text, Shown);
        string line = string.Join(' ', many);
        yield return Rate("masking 200 secrets, on a terminal", Shown, Interleaved.Run(Rounds.Of(9), 1, _ => command.Run("script", "-qec", $"{command.Program} run {line} -- cat {text}", "/dev/null"), _ => command.Run("script", "-qec", $"cat {text}", "/dev/null"), warmUp: 1));
    }

    private static Measured Rate(string what, int bytes, Pair seconds)
    {
        double ratio = seconds.Against / seconds.Ours;
        return new Measured(what, $"{bytes / seconds.Ours / 1e6:0} MB/s", $"{bytes / seconds.Against / 1e6:0} MB/s (`cat`)", ratio, $"at least {MinRate:0.00} ×", ratio >= MinRate);
    }

    // The values are random bytes: a variable holds their base64.
    private static IEnumerable<string> References(int count) => Enumerable.Range(0, count).SelectMany(i => new[] { "--env", $"S{i}={Samples.Name(i)}?as=base64" });

    private static void WriteText(string path, int bytes)
    {
        using FileStream file = new(path, FileMode.Create);
        Random random = new(1);
        string[] words = [.. Enumerable.Range(0, 2000).Select(_ => new string([.. Enumerable.Range(0, random.Next(2, 11)).Select(_ => (char)('a' + random.Next(26)))]))];
        byte[] block = new byte[1024 * 1024];
        int at = 0;
        while (at < block.Length)
        {
            string word = words[random.Next(words.Length)] + (random.Next(12) == 0 ? "\n" : " ");
            foreach (char letter in word.AsSpan(0, Math.Min(word.Length, block.Length - at)))
                block[at++] = (byte)letter;
        }

        for (int written = 0; written < bytes; written += block.Length)
            file.Write(block);
    }
}
