using StackExchange.Redis;

namespace Strongroom.Backends.Redis;

/// <summary>
/// What runs inside of the server. A script is one step to everybody else, so a read is one snapshot and a commit one swap; its writes reach the append-only file as one transaction. Keys of all scripts: head
/// (hash of mac, revision, bytes), rows (hash of bytes by key), index (sorted set of the keys, all with score 0, so that ranges are in the order of bytes), changes (list of commits, oldest first).
/// </summary>
internal static class Scripts
{
    private static readonly string[] Parts = ["head", "rows", "index", "changes"];

    /// <summary>How many commits a reader may lag behind before it has to resynchronise.</summary>
    public const int RememberedCommits = 1000;

    /// <summary>In the list of changes: this commit touched too many records to name them.</summary>
    public const string TooMany = "*";

    /// <summary>The head's bytes and those of the rows named in ARGV; nil for what is missing.</summary>
    public const string Read = """
        local found = { redis.call('HGET', KEYS[1], 'bytes') }
        for i = 1, #ARGV do
          found[i + 1] = redis.call('HGET', KEYS[2], ARGV[i])
        end
        return found
        """;

    /// <summary>The head's revision; nil when there is none.</summary>
    public const string Revision = "return redis.call('HGET', KEYS[1], 'revision')";

    /// <summary>Keys of a range (least, most, how many), and with '1' as the fourth their rows between them.</summary>
    public const string Scan = """
        local keys = redis.call('ZRANGEBYLEX', KEYS[3], ARGV[1], ARGV[2], 'LIMIT', 0, ARGV[3])
        if ARGV[4] ~= '1' then
          return keys
        end
        local found = {}
        for i = 1, #keys do
          found[2 * i - 1] = keys[i]
          found[2 * i] = redis.call('HGET', KEYS[2], keys[i])
        end
        return found
        """;

    /// <summary>The revision, 1 when the reader has to resynchronise, and the keys that each later commit changed.</summary>
    public const string Changes = """
        local now, since = tonumber(redis.call('HGET', KEYS[1], 'revision') or '0'), tonumber(ARGV[1])
        if now == since then
          return { now, 0 }
        end
        local oldest = redis.call('LINDEX', KEYS[4], 0)
        if since > now or not oldest or tonumber(string.match(oldest, '^%d+ (%d+)')) > since then
          return { now, 1 }
        end
        local found = { now, 0 }
        for _, entry in ipairs(redis.call('LRANGE', KEYS[4], 0, -1)) do
          local revision, keys = string.match(entry, '^(%d+) %d+\n(.*)$')
          if tonumber(revision) > since then
            if keys == '*' then
              return { now, 1 }
            end
            found[#found + 1] = keys
          end
        end
        return found
        """;

    /// <summary>
    /// The swap. ARGV: expected MAC or nothing, new MAC, revision, head, changed keys, channel, number of deletes, the deletes, and puts as key and bytes in turn. 1 when it was made, 0 on a conflict. A head that
    /// stays puts rows only.
    /// </summary>
    public static readonly string Commit = $$"""
        local mac = redis.call('HGET', KEYS[1], 'mac')
        if (mac or '') ~= ARGV[1] then
          return 0
        end
        local deletes = tonumber(ARGV[7])
        for i = 8, 7 + deletes do
          redis.call('HDEL', KEYS[2], ARGV[i])
          redis.call('ZREM', KEYS[3], ARGV[i])
        end
        for i = 8 + deletes, #ARGV, 2 do
          redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1])
          redis.call('ZADD', KEYS[3], 0, ARGV[i])
        end
        if ARGV[1] == ARGV[2] then
          return 1
        end
        local before = redis.call('HGET', KEYS[1], 'revision') or '0'
        if tonumber(ARGV[3]) <= tonumber(before) then
          redis.call('DEL', KEYS[4])
        end
        redis.call('HSET', KEYS[1], 'mac', ARGV[2], 'revision', ARGV[3], 'bytes', ARGV[4])
        redis.call('RPUSH', KEYS[4], ARGV[3] .. ' ' .. before .. '\n' .. ARGV[5])
        redis.call('LTRIM', KEYS[4], -{{RememberedCommits}}, -1)
        redis.call('PUBLISH', ARGV[6], ARGV[3])
        return 1
        """;

    /// <summary>The keys of a vault. The braces keep them on one node of a cluster.</summary>
    public static RedisKey[] KeysOf(string name) => [.. Parts.Select(part => (RedisKey)$"strongroom:{{{name}}}:{part}")];
}
