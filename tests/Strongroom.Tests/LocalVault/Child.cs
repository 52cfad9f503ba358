using System.Diagnostics;

namespace Strongroom.Tests.LocalVaults;

/// <summary>This test program as another process, doing what <see cref="ChildProgram"/> can.</summary>
internal sealed class Child : IDisposable
{
    private readonly Process _process;

    private Child(Process process) => _process = process;

    public int Id => _process.Id;

    public StreamWriter Input => _process.StandardInput;

    /// <param name="words">The command and its arguments; none to run only the wrapper.</param>
    /// <param name="wrapper">A program and its arguments that start the child: <c>strace …</c>.</param>
    /// <param name="environment">Variables besides.</param>
    public static Child Start(string[] words, string[]? wrapper = null, IEnumerable<KeyValuePair<string, string>>? environment = null)
    {
        string self = Path.Join(AppContext.BaseDirectory, "Strongroom.Tests");
        string[] line = words.Length == 0 ? wrapper! : [.. wrapper ?? [], self];
        var start = new ProcessStartInfo(line[0], line[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment[ChildProgram.Variable] = string.Join('|', words);
        foreach ((string key, string value) in environment ?? [])
            start.Environment[key] = value;
        return new Child(Process.Start(start)!);
    }

    /// <summary>Runs one to its end and gives what it wrote, lines without the last LF.</summary>
    public static (int Exit, string Output, string Errors) Run(string[] words, string[]? wrapper = null, IEnumerable<KeyValuePair<string, string>>? environment = null)
    {
        using Child child = Start(words, wrapper, environment);
        child.Input.Close();
        Task<string> errors = child._process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = child._process.StandardOutput.ReadToEnd().TrimEnd('\n');
        child._process.WaitForExit();
        return (child._process.ExitCode, output, errors.Result);
    }

    public string? ReadLine() => _process.StandardOutput.ReadLine();

    /// <summary>Lets it end by closing its input.</summary>
    public void Finish()
    {
        Input.Close();
        _process.WaitForExit();
    }

    public void Kill()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            Kill();
        _process.Dispose();
    }
}
