using System.Collections.Concurrent;
using Strongroom.Live;

namespace Strongroom.Tests.Live;

/// <summary>Readers on every core while the value is exchanged as fast as it goes: nobody ever sees bytes that are wiped or of another version, and every old value is wiped in the end.</summary>
public sealed class LiveSecretStressTests
{
    private const int Exchanges = 20_000;

    [Fact]
    public async Task Bytes_are_whole_while_they_are_held_and_wiped_when_the_last_holder_has_let_go()
    {
        var made = new ConcurrentQueue<SecretValue>();
        var cell = new LiveCell<SecretValue>("a", data =>
        {
            made.Enqueue(data.Value);
            return data.Value;
        });
        cell.Take(Version(1));
        using var done = new CancellationTokenSource();

        Task<long>[] readers = [.. Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(() => Read(cell, done.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        for (int version = 2; version <= Exchanges; version++)
            cell.Take(Version(version));
        await done.CancelAsync();
        long[] reads = await Task.WhenAll(readers);
        cell.Close();

        Assert.All(reads, count => Assert.True(count > 0));
        Assert.Equal(Exchanges, made.Count);
        Assert.All(made, value => Assert.Throws<ObjectDisposedException>(() => value.Span.Length));
        Assert.Empty(cell.VersionsInUse);
    }

    private static SecretData Version(int version)
    {
        byte[] bytes = new byte[64];
        Array.Fill(bytes, (byte)(1 + version % 251));
        return new SecretData("a", new SecretMetadata { CreatedAt = default, UpdatedAt = default, Version = version }, SecretValue.FromBytes(bytes));
    }

    private static long Read(LiveCell<SecretValue> cell, CancellationToken stop)
    {
        long reads = 0, newest = 0;
        while (!stop.IsCancellationRequested)
        {
            using var lease = new SecretLease(cell.Hold());
            byte expected = (byte)(1 + lease.Version % 251);
            for (int look = 0; look < 4; look++)
            {
                if (lease.Span.ContainsAnyExcept(expected))
                    throw new InvalidOperationException($"Version {lease.Version} was not whole while it was held.");
                if (reads % 64 == 0)
                    Thread.Yield();
            }

            if (lease.Version < newest)
                throw new InvalidOperationException($"Version {lease.Version} came after {newest}.");
            newest = lease.Version;
            reads++;
        }

        return reads;
    }
}
