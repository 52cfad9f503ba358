namespace Strongroom.Cryptography;

/// <summary>What each sealed thing is bound to (format, section 4). Everything that says where it belongs, so that nothing can be moved elsewhere.</summary>
internal static class Aad
{
    // Format, label, three ids, three numbers and a name of 255 bytes come to 391 bytes at most.
    private const int Room = 512;

    public static byte[] Root(RandomId vaultId, RandomId slotId, long generation)
    {
        var context = new ContextBuilder(stackalloc byte[Room], "root"u8);
        context.Add(vaultId);
        context.Add(slotId);
        context.Add(generation);
        return context.Written.ToArray();
    }

    public static byte[] PreviousRoot(RandomId vaultId, long generation, long previousGeneration)
    {
        var context = new ContextBuilder(stackalloc byte[Room], "previous-root"u8);
        context.Add(vaultId);
        context.Add(generation);
        context.Add(previousGeneration);
        return context.Written.ToArray();
    }

    public static byte[] IndexKey(RandomId vaultId, long generation)
    {
        var context = new ContextBuilder(stackalloc byte[Room], "index-key"u8);
        context.Add(vaultId);
        context.Add(generation);
        return context.Written.ToArray();
    }

    public static byte[] AuditKeys(RandomId vaultId, RandomId chainId, long generation)
    {
        var context = new ContextBuilder(stackalloc byte[Room], "audit-keys"u8);
        context.Add(vaultId);
        context.Add(chainId);
        context.Add(generation);
        return context.Written.ToArray();
    }

    public static byte[] Value(RandomId vaultId, RandomId secretId, ReadOnlySpan<byte> name, long version, long generation, long epoch)
    {
        var context = new ContextBuilder(stackalloc byte[Room], "value"u8);
        context.Add(vaultId);
        context.Add(secretId);
        context.Add(name);
        context.Add(version);
        context.Add(generation);
        context.Add(epoch);
        return context.Written.ToArray();
    }
}
