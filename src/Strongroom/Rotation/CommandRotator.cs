using System.Buffers;
using System.Diagnostics;
using System.Security.Cryptography;

namespace Strongroom.Rotation;

/// <summary>
/// Rotates with a program of one's own. It is called once for each step, with the step's name (<c>create</c>, <c>set</c>, <c>verify</c>, <c>revoke</c>) as its last argument and the values as JSON on standard input, never
/// as arguments or in the environment. For <c>create</c> it may print the new value; printing nothing leaves it to a password of 32 characters; new fields are <c>{"new":{"key":"…"},"expires":"…"}</c>. Exit code 0: done. 3: the far side refuses the new value for good. Others: failed,
/// tried again. What it writes to standard error is not kept. A program that takes too long is killed with its children.
/// </summary>
/// <remarks>Which program it is, is told to the host and not kept in the vault: <c>{"step":"set","name":"app/key","rotation":"…","fence":1,"old":"…","new":"…"}</c>; a value with fields is an object.</remarks>
public sealed class CommandRotator : IRotator
{
    private const int Refused = 3;
    private static readonly string[] Known = ["field"];
    private readonly string _program;
    private readonly string[] _arguments;

    /// <summary>A rotator.</summary>
    /// <param name="kind">What policies call it.</param>
    /// <param name="program">The program, with its path.</param>
    /// <param name="arguments">Arguments before the step's name.</param>
    public CommandRotator(string kind, string program, params string[] arguments)
    {
        ArgumentException.ThrowIfNullOrEmpty(kind);
        ArgumentException.ThrowIfNullOrEmpty(program);
        ArgumentNullException.ThrowIfNull(arguments);
        (Kind, _program, _arguments) = (kind, program, [.. arguments]);
    }

    /// <inheritdoc/>
    public string Kind { get; }

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Settings => Known;

    /// <inheritdoc/>
    public async ValueTask<SecretValue> CreateAsync(RotationContext context, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(context);
        byte[] answer = GC.AllocateArray<byte>(RotationAnswer.MaxLength + 1, pinned: true);
        try
        {
            int length = await RunAsync("create", context, withNew: false, answer, ct).ConfigureAwait(false);
            return length <= RotationAnswer.MaxLength
                ? RotationAnswer.Value(context, answer.AsSpan(0, length))
                : throw new RotationException("SR1820", $"The program of the rotator '{Kind}' printed more than {RotationAnswer.MaxLength} bytes.", "It must print the new value and nothing else.");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(answer);
        }
    }

    /// <inheritdoc/>
    public ValueTask SetAsync(RotationContext context, CancellationToken ct) => StepAsync("set", context, ct);

    /// <inheritdoc/>
    public ValueTask VerifyAsync(RotationContext context, CancellationToken ct) => StepAsync("verify", context, ct);

    /// <inheritdoc/>
    public ValueTask RevokeAsync(RotationContext context, CancellationToken ct) => StepAsync("revoke", context, ct);

    private async ValueTask StepAsync(string step, RotationContext context, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(context);
        byte[] ignored = ArrayPool<byte>.Shared.Rent(4096);
        try
        {
            await RunAsync(step, context, withNew: true, ignored, ct).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(ignored, clearArray: true);
        }
    }

    private async ValueTask<int> RunAsync(string step, RotationContext context, bool withNew, byte[] output, CancellationToken ct)
    {
        using Process process = Start(step);
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(ct);
        Task discarded = process.StandardError.BaseStream.CopyToAsync(Stream.Null, reading.Token);
        Task<int> read = ReadAsync(process.StandardOutput.BaseStream, output, reading.Token);
        try
        {
            using RotationMessage message = RotationMessage.Write(step, context, withNew);
            try
            {
                await process.StandardInput.BaseStream.WriteAsync(message.Bytes, ct).ConfigureAwait(false);
                process.StandardInput.Close();
            }
            catch (IOException)
            {
                // It did not want to hear all; its exit code says whether that was right.
            }

            await process.WaitForExitAsync(ct).ConfigureAwait(false);
            await discarded.ConfigureAwait(false);
            int length = await read.ConfigureAwait(false);
            return process.ExitCode switch
            {
                0 => length,
                Refused => throw new RotationException("SR1821", $"The program of the rotator '{Kind}' says in the step '{step}' that the new value is refused.", "Look at the far side.", isRefusal: true),
                int code => throw new RotationException("SR1822", $"The program of the rotator '{Kind}' failed in the step '{step}' with exit code {code}.", "Call it by hand with a step and its input to see why."),
            };
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
            // Nothing may still be read into what the caller wipes and lends to others.
            await reading.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(discarded, read).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private Process Start(string step)
    {
        var start = new ProcessStartInfo(_program) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (string argument in _arguments)
            start.ArgumentList.Add(argument);
        start.ArgumentList.Add(step);
        // What opens the vault is none of its business.
        foreach (string variable in start.Environment.Keys.Where(static key => key.StartsWith("STRONGROOM_", StringComparison.Ordinal)).ToArray())
            start.Environment.Remove(variable);
        try
        {
            return Process.Start(start)!;
        }
        catch (Exception error) when (error is System.ComponentModel.Win32Exception or IOException)
        {
            throw new RotationException("SR1822", $"The program of the rotator '{Kind}' can't be started.", $"Look whether {_program} is there and executable.");
        }
    }

    /// <summary>Reads to the end, so that the program never waits for a reader; keeps what fits, and wipes the rest.</summary>
    internal static async Task<int> ReadAsync(Stream stream, byte[] kept, CancellationToken ct)
    {
        int length = 0;
        byte[] rest = GC.AllocateArray<byte>(4096, pinned: true);
        try
        {
            while (true)
            {
                Memory<byte> free = length < kept.Length ? kept.AsMemory(length) : rest;
                int read = await stream.ReadAsync(free, ct).ConfigureAwait(false);
                if (read == 0)
                    return length;
                length = Math.Min(length + read, kept.Length);
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(rest);
        }
    }
}
