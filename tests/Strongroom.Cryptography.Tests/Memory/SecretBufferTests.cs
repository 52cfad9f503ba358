using System.Runtime.CompilerServices;

namespace Strongroom.Cryptography.Tests;

[Collection(nameof(FreedMemory))]
public sealed class SecretBufferTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(128)]
    [InlineData(129)]
    [InlineData(16383)]
    [InlineData(16384)]
    [InlineData(16385)]
    [InlineData(1_000_000)]
    public void A_buffer_has_its_length_and_is_zero(int length)
    {
        using var buffer = SecretBuffer.Allocate(length);
        using var neighbour = SecretBuffer.Allocate(length);
        neighbour.Span.Fill(0xff);

        Assert.Equal(length, buffer.Length);
        Assert.Equal(length, buffer.Span.Length);
        Assert.Equal(-1, buffer.Span.IndexOfAnyExcept((byte)0));
    }

    [Fact]
    public void After_dispose_the_memory_is_zero_and_the_bytes_out_of_reach()
    {
        var buffer = SecretBuffer.CopyOf("a secret of thirty-one bytes..."u8);
        var address = NativeBytes.Address(buffer);

        buffer.Dispose();

        Assert.Equal(-1, NativeBytes.At(address, 64).IndexOfAnyExcept((byte)0));
        Assert.Throws<ObjectDisposedException>(() => buffer.Span.Length);
        Assert.Throws<ObjectDisposedException>(() => buffer.Narrow(0, 1));
        buffer.Dispose();
    }

    [Theory]
    [InlineData(0, 300)]
    [InlineData(4, 10)]
    [InlineData(299, 1)]
    [InlineData(300, 0)]
    [InlineData(0, 0)]
    public void Narrowing_moves_nothing_and_wipes_the_rest(int offset, int length)
    {
        using var buffer = SecretBuffer.Allocate(300);
        for (var i = 0; i < 300; i++)
            buffer.Span[i] = (byte)(i | 1);
        var expected = buffer.Span.Slice(offset, length).ToArray();
        var address = NativeBytes.Address(buffer);

        buffer.Narrow(offset, length);

        var whole = NativeBytes.At(address, 300);
        Assert.Equal(length, buffer.Length);
        Assert.Equal(expected, buffer.Span.ToArray());
        Assert.Equal(expected, whole.Slice(offset, length).ToArray());
        Assert.Equal(-1, whole[..offset].IndexOfAnyExcept((byte)0));
        Assert.Equal(-1, whole[(offset + length)..].IndexOfAnyExcept((byte)0));
    }

    [Fact]
    public void Narrowing_twice_counts_from_the_first_part_and_dispose_still_wipes_all()
    {
        var buffer = SecretBuffer.CopyOf("0123456789"u8);
        var address = NativeBytes.Address(buffer);

        buffer.Narrow(2, 6);
        buffer.Narrow(1, 3);

        Assert.Equal("345"u8.ToArray(), buffer.Span.ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Narrow(-1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Narrow(0, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Narrow(0, 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Narrow(4, 0));
        buffer.Dispose();
        Assert.Equal(-1, NativeBytes.At(address, 10).IndexOfAnyExcept((byte)0));
    }

    [Fact]
    public void Random_buffers_differ_and_copies_are_copies()
    {
        using var one = SecretBuffer.Random(32);
        using var other = SecretBuffer.Random(32);
        var source = "source"u8.ToArray();
        using var copy = SecretBuffer.CopyOf(source);
        source[0] = 0;

        Assert.NotEqual(one.Span.ToArray(), other.Span.ToArray());
        Assert.Equal("source"u8.ToArray(), copy.Span.ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => SecretBuffer.Allocate(-1));
    }

    [Fact]
    public void Buffers_that_live_at_once_share_no_byte_and_come_back_zeroed()
    {
        for (var round = 0; round < 3; round++)
        {
            var buffers = Enumerable.Range(0, 2000).Select(i => SecretBuffer.Allocate(1 + i % 700)).ToList();
            Assert.All(buffers, buffer => Assert.Equal(-1, buffer.Span.IndexOfAnyExcept((byte)0)));
            for (var i = 0; i < buffers.Count; i++)
                buffers[i].Span.Fill((byte)(i | 1));
            for (var i = 0; i < buffers.Count; i++)
                Assert.Equal(-1, buffers[i].Span.IndexOfAnyExcept((byte)(i | 1)));
            buffers.ForEach(buffer => buffer.Dispose());
        }
    }

    [Fact]
    public async Task Threads_never_get_one_block_together()
    {
        var token = TestContext.Current.CancellationToken;
        var failures = 0;
        await Task.WhenAll(Enumerable.Range(1, 8).Select(worker => Task.Run(() =>
        {
            for (var i = 0; i < 20_000; i++)
            {
                using var buffer = SecretBuffer.Allocate(64);
                var wasZero = buffer.Span.IndexOfAnyExcept((byte)0) < 0;
                buffer.Span.Fill((byte)worker);
                if (!wasZero || buffer.Span.IndexOfAnyExcept((byte)worker) >= 0)
                    Interlocked.Increment(ref failures);
            }
        }, token)));

        Assert.Equal(0, failures);
    }

    [Fact]
    public async Task Disposing_from_many_threads_gives_a_block_back_once()
    {
        var token = TestContext.Current.CancellationToken;
        for (var i = 0; i < 200; i++)
        {
            var buffer = SecretBuffer.Allocate(1000);
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(buffer.Dispose, token)));
            using var one = SecretBuffer.Allocate(1000);
            using var other = SecretBuffer.Allocate(1000);
            Assert.NotEqual(NativeBytes.Address(one), NativeBytes.Address(other));
        }
    }

    [Theory]
    [InlineData(200)]
    [InlineData(100_000)]
    public void A_forgotten_buffer_is_wiped_and_its_block_used_again(int length)
    {
        var pool = new SecretPool(new RecordingPages());

        var address = Forget(pool, length);
        for (var i = 0; i < 20 && NativeBytes.At(address, length).ContainsAnyExcept((byte)0); i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.Equal(-1, NativeBytes.At(address, length).IndexOfAnyExcept((byte)0));
        // The finalizer works for the next one too.
        Forget(pool, length);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        using var later = new SecretBuffer(pool, length);
        Assert.Equal(-1, later.Span.IndexOfAnyExcept((byte)0));
        GC.KeepAlive(pool);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static nint Forget(SecretPool pool, int length)
    {
        var buffer = new SecretBuffer(pool, length);
        buffer.Span.Fill(0xaa);
        return NativeBytes.Address(buffer);
    }
}
