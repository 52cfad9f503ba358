namespace Strongroom.Storage;

/// <summary>A head and all rows as they were read together.</summary>
internal sealed class LoadedVault
{
    private readonly Lazy<VaultImage> _image;

    /// <summary>Holds what was committed.</summary>
    public LoadedVault(ReadOnlyMemory<byte> head, VaultImage image)
    {
        Head = head;
        _image = new Lazy<VaultImage>(image);
    }

    /// <summary>Holds a head and the way to frame and hash the rows.</summary>
    internal LoadedVault(ReadOnlyMemory<byte> head, Func<VaultImage> image)
    {
        Head = head;
        _image = new Lazy<VaultImage>(image, LazyThreadSafetyMode.ExecutionAndPublication);
    }

    /// <summary>The head's bytes.</summary>
    public ReadOnlyMemory<byte> Head { get; }

    /// <summary>
    /// The rows. The first access frames and hashes them (format, section 9, step 7), on all cores when there are many: ask for it on another thread while the key is derived, and
    /// use it only after the head has been verified.
    /// </summary>
    /// <exception cref="VaultIntegrityException">The framing, a name or the order of the rows is not as the format says.</exception>
    public VaultImage Image => _image.Value;
}
