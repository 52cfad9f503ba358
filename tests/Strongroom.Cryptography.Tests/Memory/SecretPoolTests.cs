using System.Globalization;

namespace Strongroom.Cryptography.Tests;

public sealed class SecretPoolTests
{
    [Fact]
    public void Locked_is_said_only_when_every_page_was()
    {
        var pages = new RecordingPages();
        var pool = new SecretPool(pages);

        Assert.True(pool.IsLocked);
        pages.RefusesLock = true;
        Assert.True(pool.IsLocked);
        new SecretBuffer(pool, 100_000).Dispose();
        Assert.False(pool.IsLocked);
        pages.RefusesLock = false;
        new SecretBuffer(pool, 100_000).Dispose();
        Assert.False(pool.IsLocked);
        GC.KeepAlive(pool);
    }

    [Fact]
    public void Small_blocks_share_pages_and_large_ones_are_given_back()
    {
        var pages = new RecordingPages();
        var pool = new SecretPool(pages);

        var small = Enumerable.Range(0, 1024).Select(_ => new SecretBuffer(pool, 64)).ToList();
        Assert.Equal(1, pages.Mapped);
        small.Add(new SecretBuffer(pool, 64));
        Assert.Equal(2, pages.Mapped);
        small.ForEach(buffer => buffer.Dispose());
        using (new SecretBuffer(pool, 16_385))
            Assert.Equal(0, pages.Unmapped);

        Assert.Equal(3, pages.Mapped);
        Assert.Equal(1, pages.Unmapped);
        GC.KeepAlive(pool);
    }

    [Fact]
    public void No_memory_is_an_error_of_our_own_and_not_for_ever()
    {
        var pages = new RecordingPages { HasNoPages = true };
        var pool = new SecretPool(pages);

        var error = Assert.Throws<VaultUnavailableException>(() => new SecretBuffer(pool, 1));
        pages.HasNoPages = false;
        using var later = new SecretBuffer(pool, 1);

        Assert.Equal("SR1017", error.Code);
        Assert.True(error.IsTransient);
        Assert.Equal("SR1017", Assert.Throws<VaultUnavailableException>(() => new UnixPages().Map((nuint)1 << 60, out _)).Code);
        GC.KeepAlive(pool);
    }

    /// <summary>The kernel's own word: <c>lo</c> is locked, <c>dd</c> is left out of core dumps.</summary>
    [Fact]
    public void The_kernel_has_locked_the_pages_and_leaves_them_out_of_core_dumps()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/proc/self/smaps is Linux's.");
        using var small = SecretBuffer.Random(32);
        using var large = SecretBuffer.Random(100_000);
        foreach (var buffer in new[] { small, large })
        {
            var flags = FlagsOf(NativeBytes.Address(buffer));
            Assert.Contains("dd", flags);
            // Where the limit of the process is reached, earlier pages are locked and later ones are not.
            Assert.True(flags.Contains("lo") || !SecretBuffer.MemoryIsLocked);
        }
    }

    private static string[] FlagsOf(long address)
    {
        var isIt = false;
        foreach (var line in File.ReadLines("/proc/self/smaps"))
        {
            var range = line.Split(' ')[0].Split('-');
            if (range.Length == 2 && long.TryParse(range[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var from))
                isIt = from <= address && address < long.Parse(range[1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            else if (isIt && line.StartsWith("VmFlags:", StringComparison.Ordinal))
                return line["VmFlags:".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        }

        return [];
    }
}
