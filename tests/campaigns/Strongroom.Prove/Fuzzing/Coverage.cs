using System.Numerics;
using System.Runtime.InteropServices;
using SharpFuzz.Common;

namespace Strongroom.Prove.Fuzzing;

/// <summary>Which branches an input took, and how often, in steps of powers of two, as AFL counts them.</summary>
internal sealed unsafe class Coverage
{
    private const int Size = 1 << 16;

    private readonly byte* _taken;
    private readonly byte[] _seen = new byte[Size];

    public Coverage()
    {
        _taken = (byte*)NativeMemory.AllocZeroed(Size);
        Trace.SharedMem = _taken;
    }

    /// <summary>The branches that any input took.</summary>
    public int Edges { get; private set; }

    /// <summary>Begins an input.</summary>
    public void Clear()
    {
        new Span<byte>(_taken, Size).Clear();
        Trace.PrevLocation = 0;
    }

    /// <summary>Adds what the last input took to what was seen; whether any of it was new.</summary>
    public bool Learn()
    {
        bool isNew = false;
        var taken = new ReadOnlySpan<byte>(_taken, Size);
        // Nearly all of it is zero.
        for (int at = taken.IndexOfAnyExcept((byte)0); at >= 0;)
        {
            byte step = (byte)(1 << BitOperations.Log2(taken[at]));
            if ((_seen[at] & step) == 0)
            {
                if (_seen[at] == 0)
                    Edges++;
                _seen[at] |= step;
                isNew = true;
            }

            int next = taken[(at + 1)..].IndexOfAnyExcept((byte)0);
            at = next < 0 ? -1 : at + 1 + next;
        }

        return isNew;
    }
}
