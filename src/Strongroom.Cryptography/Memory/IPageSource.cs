namespace Strongroom.Cryptography;

/// <summary>Whole pages from the system for secrets.</summary>
internal interface IPageSource
{
    /// <summary>Maps zeroed, private pages, locks them and excludes them from core dumps, both as far as the system allows.</summary>
    /// <param name="length">Bytes, a multiple of the page size.</param>
    /// <param name="isLocked">Whether the pages can't be swapped out.</param>
    /// <exception cref="VaultUnavailableException">There are none.</exception>
    nint Map(nuint length, out bool isLocked);

    /// <summary>Gives pages back.</summary>
    void Unmap(nint address, nuint length);
}
