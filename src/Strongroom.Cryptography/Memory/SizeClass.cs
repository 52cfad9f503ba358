namespace Strongroom.Cryptography;

/// <summary>The free blocks of one size. Their pages are never given back.</summary>
internal sealed class SizeClass
{
    private readonly Lock _lock = new();
    private readonly Stack<SecretBlock> _free = new();
    private readonly Func<nint> _newArena;
    private readonly Action<SecretBlock> _giveBack;
    private readonly int _blockSize;
    private readonly int _arenaSize;

    // The block returned last. Spares the lock on the path of a read, which rents and returns one block.
    private SecretBlock? _hot;

    public SizeClass(int blockSize, int arenaSize, Func<nint> newArena)
    {
        _blockSize = blockSize;
        _arenaSize = arenaSize;
        _newArena = newArena;
        _giveBack = GiveBack;
    }

    public SecretBlock Rent() => Interlocked.Exchange(ref _hot, null) ?? RentSlow();

    private SecretBlock RentSlow()
    {
        lock (_lock)
        {
            if (_free.Count == 0)
                Grow();
            return _free.Pop();
        }
    }

    private void GiveBack(SecretBlock block)
    {
        if (Interlocked.CompareExchange(ref _hot, block, null) is null)
            return;
        lock (_lock)
            _free.Push(block);
    }

    private void Grow()
    {
        var arena = _newArena();
        for (var offset = _arenaSize - _blockSize; offset >= 0; offset -= _blockSize)
            _free.Push(new SecretBlock(arena + offset, _blockSize, _giveBack));
    }
}
