using System.Diagnostics;
using System.Text;

namespace Strongroom.Prove;

/// <summary>What a program that was run has said.</summary>
/// <param name="Code">Its exit code; 128 and more after a signal.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
internal sealed record CommandResult(int Code, string Output, string Error);

/// <summary>The native <c>strongroom</c> command of this checkout, and other programs.</summary>
internal static class Command
{
    private static readonly Lazy<string> Native = new(Build);

    /// <summary>The root of the checkout.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The binary; built when it is out of date.</summary>
    public static string Binary => Native.Value;

    /// <summary>Whether a program is installed.</summary>
    public static bool Has(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));

    /// <summary>A program with a clean environment but for what is given.</summary>
    public static ProcessStartInfo Of(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment, string folder)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder };
        start.Environment.Clear();
        start.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH");
        start.Environment["HOME"] = folder;
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        return start;
    }

    /// <summary>Runs to the end.</summary>
    /// <param name="start">What to run.</param>
    /// <param name="input">Its standard input.</param>
    /// <param name="limit">After which it is killed, and counts as hanging.</param>
    public static async Task<CommandResult> RunAsync(ProcessStartInfo start, string input, TimeSpan limit)
    {
        using Process process = Process.Start(start)!;
        try
        {
            await process.StandardInput.WriteAsync(input).ConfigureAwait(false);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended before it had read that.
        }

        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        using var timeout = new CancellationTokenSource(limit);
        try
        {
            await process.WaitForExitAsync(timeout.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
            return new CommandResult(-1, "", $"did not end within {limit.TotalSeconds:0} s");
        }

        return new CommandResult(process.ExitCode, await output.ConfigureAwait(false), await error.ConfigureAwait(false));
    }

    private static string Build()
    {
        ProcessStartInfo start = new(Path.Combine(Root, "strongroom"), ["version"]) { RedirectStandardOutput = true };
        using Process build = Process.Start(start)!;
        build.StandardOutput.ReadToEnd();
        build.WaitForExit();
        string binary = Path.Combine(Root, ".strongroom-build", "native", "strongroom");
        return File.Exists(binary) ? binary : throw new InvalidOperationException("There is no native command: gcc and zlib1g-dev are needed.");
    }

    private static string FindRoot()
    {
        string root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "Strongroom.slnx")))
            root = Path.GetDirectoryName(root) ?? Environment.CurrentDirectory;
        return root;
    }
}
