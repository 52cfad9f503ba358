using System.Security.Cryptography;

namespace Strongroom.Cli.Masking;

/// <summary>
/// Takes a program's output piece by piece and passes it on with <c>***</c> where a secret stood. Only what may be the beginning of a secret is held back, and no longer than <see cref="Idle"/> is waited for; even then what
/// was passed on is remembered, so that the rest of the secret is masked when it comes.
/// </summary>
/// <param name="masks">What must not be seen. Stays the caller's.</param>
/// <param name="write">Takes what may be seen.</param>
internal sealed class OutputMasker(MaskSet masks, OutputMasker.Sink write) : IDisposable
{
    /// <summary>The most that is taken at once.</summary>
    public const int ChunkLength = 64 * 1024;

    private const int ShortWait = 15;
    private const int LongWait = 250;
    private const int TellingLength = 4;

    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(masks.LongestText + 1 + ChunkLength, pinned: true);
    private readonly List<MaskedSpan> _found = [];
    private int _length;
    private int _passed;
    private bool _maskedLast;

    /// <summary>Takes bytes that are passed on.</summary>
    public delegate void Sink(ReadOnlySpan<byte> bytes);

    /// <summary>How many bytes are held back.</summary>
    public int Held => _length - _passed;

    /// <summary>
    /// Milliseconds to wait for more before <see cref="Idle"/>; -1 when nothing is held back. Short where a few bytes happen to be a beginning, as every third letter of a prompt does; long where it is more than chance.
    /// </summary>
    public int Patience => Held switch
    {
        0 => -1,
        <= TellingLength => ShortWait,
        _ => LongWait,
    };

    /// <summary>Room for the next piece; say with <see cref="Advance"/> how much of it was filled.</summary>
    public Span<byte> Room => _buffer.AsSpan(_length, ChunkLength);

    /// <summary>Takes what was put into <see cref="Room"/>.</summary>
    public void Advance(int count)
    {
        _length += count;
        Pass(final: false);
    }

    /// <summary>Nothing came for a while: passes on what is held back.</summary>
    public void Idle() => Pass(final: true);

    /// <inheritdoc/>
    public void Dispose() => CryptographicOperations.ZeroMemory(_buffer);

    private void Pass(bool final)
    {
        var text = _buffer.AsSpan(0, _length);
        _found.Clear();
        masks.Find(text, _found);
        var end = final ? _length : HoldFrom(text);
        if (_found.Count > 1)
            _found.Sort(static (a, b) => a.Start.CompareTo(b.Start));
        foreach (var span in _found)
        {
            var (start, stop) = Widen(text, span);
            // Its last bits may be in the next character.
            if (!final && span.OpenRight && stop == _length && start < end)
                end = Math.Max(_passed, Math.Min(end, start));
        }

        foreach (var span in _found)
        {
            var (start, stop) = Widen(text, span);
            if (stop > _passed && start < end)
                PassMask(text, start, Math.Min(stop, end));
        }

        PassPlain(text, end);
        Forget();
    }

    private void PassMask(ReadOnlySpan<byte> text, int start, int end)
    {
        PassPlain(text, start);
        if (end <= _passed)
            return;
        // Neighbours and overlaps are one mask.
        if (!(_maskedLast && start <= _passed))
            write("***"u8);
        _maskedLast = true;
        _passed = end;
    }

    private void PassPlain(ReadOnlySpan<byte> text, int end)
    {
        if (end <= _passed)
            return;
        write(text[_passed..end]);
        _passed = end;
        _maskedLast = false;
    }

    private static (int Start, int End) Widen(ReadOnlySpan<byte> text, MaskedSpan span) => (
        span.OpenLeft && span.Start > 0 && IsBase64(text[span.Start - 1]) ? span.Start - 1 : span.Start,
        span.OpenRight && span.End < text.Length && IsBase64(text[span.End]) ? span.End + 1 : span.End);

    private static bool IsBase64(byte item) => char.IsAsciiLetterOrDigit((char)item) || item is (byte)'+' or (byte)'/' or (byte)'-' or (byte)'_';

    // Where the longest end begins that may become a secret; its first bytes may have been passed on already. One character before it may belong to a base64 mask.
    private int HoldFrom(ReadOnlySpan<byte> text)
    {
        for (var at = Math.Max(0, text.Length - masks.LongestText + 1); at < text.Length; at++)
        {
            if (masks.BeginsWith(text[at..]))
                return Math.Max(_passed, at > 0 && IsBase64(text[at - 1]) ? at - 1 : at);
        }

        return text.Length;
    }

    // What a secret that goes on could begin in is kept, and one more for the character before it.
    private void Forget()
    {
        var keep = Math.Min(_length, Math.Max(_length - _passed, masks.LongestText));
        var drop = _length - keep;
        if (drop == 0)
            return;
        _buffer.AsSpan(drop, keep).CopyTo(_buffer);
        CryptographicOperations.ZeroMemory(_buffer.AsSpan(keep, drop));
        _length = keep;
        _passed -= drop;
    }
}
