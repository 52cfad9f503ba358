using System.Diagnostics;
using System.Text;

namespace TradingDesk.Story;

/// <summary>A program of the story that runs beside it. Its output goes to a file of the folder; its process id too, so that <c>run</c> ends what is left over.</summary>
internal sealed class Child : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly string _pidFile;

    private Child(Process process, string name, Place place)
    {
        (_process, _pidFile) = (process, Path.Combine(place.Folder, name + ".pid"));
        File.WriteAllText(_pidFile, $"{process.Id}");
        string log = Path.Combine(place.Folder, name + ".log");
        void Keep(object sender, DataReceivedEventArgs line)
        {
            lock (_output)
                _output.AppendLine(line.Data);
            lock (place)
                File.AppendAllText(log, line.Data + "\n");
        }

        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    /// <summary>Where a server listens; null until it says so.</summary>
    public Uri? Address => Output.Split("Now listening on: ") is [_, { } after, ..] ? new Uri(after.Split('\n')[0].Trim()) : null;

    public bool HasExited => _process.HasExited;

    /// <summary>Starts a role of this sample.</summary>
    public static Child Start(Place place, params string[] arguments) => new(Launch(place, [System.Environment.ProcessPath!, Path.Combine(AppContext.BaseDirectory, "TradingDesk.dll"), .. arguments]), arguments[0], place);

    /// <summary>Runs a command to its end.</summary>
    public static async Task<(int Code, string Output)> RunAsync(Place place, params string[] command)
    {
        using Process process = Launch(place, command);
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, (await output + await errors).Trim());
    }

    /// <summary>Waits for its end; the exit code, or null when it is not over in time.</summary>
    public async Task<int?> EndAsync(int seconds)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        await _process.WaitForExitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return _process.HasExited ? _process.ExitCode : null;
    }

    /// <summary>Asks it to end, as systemd and Kubernetes do.</summary>
    public async Task<int?> StopAsync(Place place)
    {
        await RunAsync(place, "sh", "-c", $"kill -TERM {_process.Id}");
        return await EndAsync(60);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
        File.Delete(_pidFile);
    }

    private static Process Launch(Place place, string[] command)
    {
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = AppContext.BaseDirectory };
        foreach ((string name, string value) in place.Environment)
            start.Environment[name] = value;
        Process process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }
}
