using Strongroom.Cli.Masking;

namespace Strongroom.Cli.Running;

/// <summary>One output of a command on its way through the masks.</summary>
internal sealed class MaskedStream : IDisposable
{
    private const int BufferLength = 64 * 1024;
    private readonly Descriptor _source;
    private readonly int _target;
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(BufferLength);
    private readonly Lock _gate = new();
    private OutputMasker _masker;
    private int _length;
    private bool _readerIsGone;
    private long _lastTaken;

    /// <summary>Connects.</summary>
    /// <param name="source">Where the command writes. Owned.</param>
    /// <param name="target">Where it goes.</param>
    /// <param name="masks">What must not be seen.</param>
    public MaskedStream(Descriptor source, int target, MaskSet masks)
    {
        _source = source;
        _target = target;
        _masker = new OutputMasker(masks, Collect);
    }

    /// <summary>Whether the source is a terminal.</summary>
    public bool IsTerminal { get; init; }

    public bool IsOpen => _source.IsOpen;

    public int Number => _source.Number;

    /// <summary>Milliseconds until <see cref="Waited"/> should be called; -1 when there is no need.</summary>
    public int Patience => _masker.Patience < 0 ? -1 : (int)Math.Clamp(_masker.Patience - (Environment.TickCount64 - _lastTaken), 0, _masker.Patience);

    /// <summary>Takes what is there.</summary>
    /// <returns>Whether there was something.</returns>
    public bool Take()
    {
        lock (_gate)
        {
            var count = Descriptor.Read(_source.Number, _masker.Room);
            if (count > 0)
            {
                _lastTaken = Environment.TickCount64;
                _masker.Advance(count);
                Send();
                if (_readerIsGone)
                    Close();
                return true;
            }

            if (count != -1)
                Close();
            return false;
        }
    }

    /// <summary>Nothing came.</summary>
    /// <param name="isOver">Nothing more will come.</param>
    public void Waited(bool isOver)
    {
        lock (_gate)
        {
            if (_masker.Patience >= 0 && Environment.TickCount64 - _lastTaken >= _masker.Patience)
            {
                _masker.Idle();
                Send();
            }

            if (isOver)
                Close();
        }
    }

    /// <summary>Takes all that is there now and passes it on.</summary>
    public void Drain()
    {
        while (IsTerminal && IsOpen && Take())
        {
        }

        Finish();
    }

    /// <summary>Passes on what is held back.</summary>
    public void Finish()
    {
        lock (_gate)
        {
            _masker.Idle();
            Send();
        }
    }

    /// <summary>From now on other masks.</summary>
    public void Mask(MaskSet masks)
    {
        lock (_gate)
        {
            _masker.Idle();
            Send();
            _masker.Dispose();
            _masker = new OutputMasker(masks, Collect);
        }
    }

    /// <summary>Takes no more; a command that goes on writing learns it from the system.</summary>
    public void Close() => _source.Dispose();

    /// <inheritdoc/>
    public void Dispose()
    {
        Close();
        _masker.Dispose();
    }

    private void Collect(ReadOnlySpan<byte> bytes)
    {
        var isLarge = bytes.Length >= BufferLength / 2;
        if (isLarge || bytes.Length > BufferLength - _length)
            Send();
        if (isLarge)
        {
            Write(bytes);
            return;
        }

        bytes.CopyTo(_buffer.AsSpan(_length));
        _length += bytes.Length;
    }

    private void Send()
    {
        Write(_buffer.AsSpan(0, _length));
        _length = 0;
    }

    private void Write(ReadOnlySpan<byte> bytes) => _readerIsGone |= !_readerIsGone && !Descriptor.WriteAll(_target, bytes);
}
