using System.Diagnostics;
using SharpFuzz;

namespace Strongroom.Prove.Fuzzing;

/// <summary>A copy of this program in a folder of its own whose libraries say which branches they take. What ships, and what the other campaigns run, is left as it is.</summary>
internal sealed class InstrumentedCopy : IDisposable
{
    private static readonly string[] Libraries = ["Strongroom.dll", "Strongroom.Cryptography.dll", "Strongroom.Cli.dll"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("strongroom-fuzz-");

    private InstrumentedCopy()
    {
    }

    public static InstrumentedCopy Make()
    {
        var copy = new InstrumentedCopy();
        foreach (string source in Directory.EnumerateFiles(AppContext.BaseDirectory, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(copy._folder.FullName, Path.GetRelativePath(AppContext.BaseDirectory, source));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(source, target);
        }

        foreach (string library in Libraries)
            _ = Fuzzer.Instrument(Path.Combine(copy._folder.FullName, library), static _ => true, Options.Value);
        return copy;
    }

    public Process Start(params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, [Path.Combine(_folder.FullName, "Strongroom.Prove.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return Process.Start(start)!;
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
