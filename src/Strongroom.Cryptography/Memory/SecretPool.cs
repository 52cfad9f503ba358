using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace Strongroom.Cryptography;

/// <summary>
/// Native blocks for <see cref="SecretBuffer"/>: a secret on the managed heap is copied by the collector, and a page for each secret would use up the few pages that may be locked.
/// </summary>
internal sealed class SecretPool
{
    private const int SmallestShift = 6;
    private const int Classes = 9;
    private const int LargestBlock = 1 << (SmallestShift + Classes - 1);
    private const int ArenaSize = 64 * 1024;

    private readonly IPageSource _pages;
    private readonly SizeClass[] _classes = new SizeClass[Classes];
    private readonly Action<SecretBlock> _unmap;
    private volatile bool _wasRefused;

    public SecretPool(IPageSource pages)
    {
        _pages = pages;
        _unmap = Unmap;
        for (var i = 0; i < Classes; i++)
            _classes[i] = new SizeClass(1 << (SmallestShift + i), ArenaSize, () => Map(ArenaSize));
    }

    /// <summary>The pool of the process.</summary>
    public static SecretPool Shared { get; } = new(CreatePages());

    /// <summary>Whether the system has locked every page that was asked for so far, one at least.</summary>
    public bool IsLocked
    {
        get
        {
            Rent(1).Return(1);
            return !_wasRefused;
        }
    }

    public static VaultUnavailableException NoPages() =>
        new("SR1017", "The system gave no memory pages for secrets.", "Free memory, or raise the limit of the process, and try again.");

    /// <summary>A zeroed block of at least <paramref name="length"/> bytes.</summary>
    public SecretBlock Rent(int length)
    {
        if (length <= LargestBlock)
            return _classes[ClassOf(length)].Rent();
        var size = PageMultiple(length);
        return new SecretBlock(Map(size), size, _unmap);
    }

    private nint Map(int size)
    {
        var address = _pages.Map((nuint)size, out var isLocked);
        if (!isLocked)
            _wasRefused = true;
        return address;
    }

    private void Unmap(SecretBlock block)
    {
        block.Discard();
        _pages.Unmap(block.Address, (nuint)block.Size);
    }

    private static int ClassOf(int length) => length <= 1 << SmallestShift ? 0 : BitOperations.Log2((uint)(length - 1)) - (SmallestShift - 1);

    private static int PageMultiple(int length)
    {
        var page = Environment.SystemPageSize;
        return checked(length + page - 1) / page * page;
    }

    [ExcludeFromCodeCoverage(Justification = "One branch for each system.")]
    private static IPageSource CreatePages() => OperatingSystem.IsWindows() ? new WindowsPages() : new UnixPages();
}
