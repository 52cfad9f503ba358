using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Input;
using Strongroom.Cli.Masking;
using Strongroom.Cli.Platform;
using Strongroom.Cli.References;

namespace Strongroom.Cli.Running;

/// <summary>One <c>run</c>: resolves everything, puts it where it was asked to go, then becomes the command or stands beside it.</summary>
internal sealed class CommandRun(CommandContext context, RunOptions options, Executable program, IReadOnlyList<RunItem> items) : IDisposable
{
    private static readonly TimeSpan KillAfter = TimeSpan.FromSeconds(10);
    private SecretFolder? _folder;
    private MountedPipe? _pipe;
    private Template? _template;
    private readonly List<WipedBuffer> _kept = [];
    private MaskSet? _masks;

    /// <summary>Whether anything has to be read from a vault.</summary>
    public bool NeedsVault => options.Stdin is not null || options.MountTemplate is not null || items.Any(item => item.Reference is not null);

    // What goes to no terminal is not masked unless that was asked for.
    private bool Masks => NeedsVault && (options.Mask == MaskMode.All || (options.Mask == MaskMode.Terminals && (context.Output.IsTerminal || context.Output.IsErrorTerminal)));

    private MaskMode Mode => Masks ? options.Mask : MaskMode.None;

    /// <summary>Runs the command to its end.</summary>
    /// <param name="vault">Where the secrets are; null when none is needed.</param>
    /// <param name="environment">What the command inherits; the secrets are added to it.</param>
    /// <returns>The command's exit code.</returns>
    public async ValueTask<int> StartAsync(ISecretStore? vault, ChildEnvironment environment)
    {
        if (options.MountTemplate is { } path)
        {
            using var text = await StandardInput.ReadFileAsync(path, context.Cancellation);
            _template = Template.Parse(path, text.Span.ToArray());
        }

        var values = await ResolveAsync(vault);
        try
        {
            while (true)
            {
                Place(values, environment);
                if (!Masks && !options.Files && options.Mount is null && options.Watch is null)
                    throw Become(values, environment);
                var (code, renewed) = Supervise(vault, values, environment);
                if (renewed is null)
                    return code;
                values.Dispose();
                values = renewed;
            }
        }
        finally
        {
            values.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _pipe?.Dispose();
        _folder?.Dispose();
        _masks?.Dispose();
        foreach (var value in _kept)
            value.Dispose();
    }

    private async ValueTask<ResolvedReferences> ResolveAsync(ISecretStore? vault)
    {
        List<PlacedReference> wanted = [.. items.Where(item => item.Reference is not null).Select(item => item.Reference!), .. _template?.References ?? []];
        if (options.Stdin is { } stdin)
            wanted.Add(new PlacedReference(stdin, "--stdin"));
        return vault is null ? new ResolvedReferences() : await ReferenceResolver.ResolveAsync(context, vault, wanted);
    }

    private void Place(ResolvedReferences values, ChildEnvironment environment)
    {
        foreach (var item in items)
        {
            if (item.Reference is not { } reference)
            {
                environment.Set(item.Name, item.Text!);
            }
            else if (options.Files)
            {
                _folder ??= SecretFolder.Create();
                environment.Remove(item.Name);
                environment.Set(item.Name + "_FILE", _folder.Write(item.Name, values[reference.Reference]));
            }
            else if (options.Mount is not null)
            {
                environment.Remove(item.Name);
            }
            else
            {
                environment.Set(item.Name, values[reference.Reference]);
            }
        }

        if (options.Mount is not { } path)
            return;
        var content = _template?.Fill(values) ?? (options.MountAsJson ? MountContent.Json(items, values) : MountContent.EnvironmentFile(items, values));
        if (_pipe is null)
            _pipe = MountedPipe.Create(path, content);
        else
            _pipe.Replace(content);
    }

    private unsafe CliException Become(ResolvedReferences values, ChildEnvironment environment)
    {
        context.Output.Flush();
        if (options.Stdin is { } stdin)
        {
            using var input = Descriptor.Holding(values[stdin]);
            _ = Native.Duplicate(input.Number, 0);
        }

        // The runtime ignores it in this process, and what is ignored stays so.
        _ = Native.SetHandler(Native.BrokenPipe, 0);
        ProcessHardening.RestoreForChild();
        return program.Become(environment.Build());
    }

    private (int Code, ResolvedReferences? Renewed) Supervise(ISecretStore? vault, ResolvedReferences values, ChildEnvironment environment)
    {
        Renew(values);
        using var supervisor = new Supervisor(new ChildStreams(Mode, options.Stdin is { } stdin ? Descriptor.Holding(values[stdin]) : null), Masks ? _masks : null);
        using var watch = options.Watch is { } interval && vault is not null ? new SecretWatch(context, vault, interval, values.Current, () => ChangedAsync(vault, supervisor, environment)) : null;
        var code = supervisor.Run(program, environment);
        watch?.Stop();
        if (!supervisor.WasAskedToEnd)
            return (code, watch?.Renewed);
        watch?.Renewed?.Dispose();
        return (code, null);
    }

    // Resolved first: when that fails the command goes on with what it has.
    private async ValueTask<ResolvedReferences?> ChangedAsync(ISecretStore vault, Supervisor supervisor, ChildEnvironment environment)
    {
        if (options.OnChange == "exit")
        {
            context.Output.Note("A secret has changed: the command is ended.");
            supervisor.End(KillAfter);
            return null;
        }

        var values = await ResolveAsync(vault);
        if (options.OnChange == "restart")
        {
            context.Output.Note("A secret has changed: the command is started again.");
            supervisor.End(KillAfter);
            return values;
        }

        using (values)
        {
            if (Masks)
            {
                Renew(values);
                supervisor.Mask(_masks!);
            }

            Place(values, environment);
        }

        supervisor.Signal(Native.Hangup);
        return null;
    }

    // What was masked stays masked: the command may still print the value before.
    private void Renew(ResolvedReferences values)
    {
        if (!Masks)
            return;
        _kept.AddRange(values.Values.Select(value => Copy(value.Span)));
        using var builder = new MaskSetBuilder();
        var tooShort = _kept.Count(value => !builder.Add(value.Span));
        if (tooShort > 0)
            context.Output.Warning($"{tooShort} of the values {(tooShort == 1 ? "is" : "are")} shorter than {MaskSet.LeastLength} bytes and can't be masked.");
        _masks = builder.Build();
    }

    private static WipedBuffer Copy(ReadOnlySpan<byte> bytes)
    {
        var copy = new WipedBuffer(bytes.Length);
        copy.Write(bytes);
        return copy;
    }
}
