namespace Strongroom.Cryptography.Tests;

/// <summary>Pages of the system that are never given back, so that a test may look at them afterwards.</summary>
internal sealed class RecordingPages : IPageSource
{
    private readonly UnixPages _pages = new();

    public bool RefusesLock { get; set; }

    public bool HasNoPages { get; set; }

    public int Mapped { get; private set; }

    public int Unmapped { get; private set; }

    public nint Map(nuint length, out bool isLocked)
    {
        if (HasNoPages)
            throw SecretPool.NoPages();
        Mapped++;
        var address = _pages.Map(length, out isLocked);
        isLocked = !RefusesLock;
        return address;
    }

    public void Unmap(nint address, nuint length) => Unmapped++;
}
