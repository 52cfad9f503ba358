namespace Strongroom.Backends.PostgreSql;

/// <summary>All statements, for one schema.</summary>
internal sealed class SqlText(string schema)
{
    /// <summary>How many commits a reader may lag behind before it has to resynchronise.</summary>
    public const int RememberedCommits = 1000;

    public string Schema => schema;

    /// <summary>The channel of notifications.</summary>
    public string Channel => "strongroom:" + schema;

    public string ReadHead { get; } = $"SELECT 0::bigint, bytes FROM {schema}.head";

    public string Read { get; } = $"""
        SELECT 0::bigint, bytes FROM {schema}.head UNION ALL
        SELECT wanted.place, found.bytes FROM unnest($1) WITH ORDINALITY AS wanted(key, place) JOIN {schema}.rows found ON found.key = wanted.key COLLATE "C"
        """;

    public string Revision { get; } = $"SELECT revision FROM {schema}.head";

    public string Commit { get; } = $"SELECT {schema}.commit($1, $2, $3, $4, $5, $6, $7, $8)";

    // Null for keys that are not known; the whole is null when the history does not reach back.
    public string Changes { get; } = $"""
        SELECT head.revision,
          CASE WHEN head.revision > $1 AND (SELECT before FROM {schema}.changes ORDER BY revision LIMIT 1) <= $1 AND NOT EXISTS (SELECT FROM {schema}.changes WHERE revision > $1 AND keys IS NULL)
          THEN ARRAY(SELECT DISTINCT unnest(keys) FROM {schema}.changes WHERE revision > $1) END
        FROM {schema}.head
        """;

    public string Scan(bool exclusive, bool keysOnly) =>
        $"SELECT key{(keysOnly ? "" : ", bytes")} FROM {schema}.rows WHERE key {(exclusive ? ">" : ">=")} $1 AND key < $2 ORDER BY key LIMIT $3";

    // Keys are ASCII, so a prefix ends before the same text with its last character raised.
    public static string EndOf(string prefix) => prefix.Length == 0 ? "\u007f" : prefix[..^1] + (char)(prefix[^1] + 1);

    /// <summary>
    /// Version 1 of the schema; does nothing where it is there. The swap is the update of the one line of <c>head</c>: whoever comes second waits for the first, compares again, and finds
    /// another MAC. A server that acknowledges before it has written is overruled for commits.
    /// </summary>
    /// <param name="role">Who is granted the use of the vault; null for nobody.</param>
    public string Setup(string? role) => $"""
        SELECT pg_advisory_xact_lock(hashtext('strongroom:{schema}'));
        CREATE SCHEMA IF NOT EXISTS {schema};
        CREATE TABLE IF NOT EXISTS {schema}.version (number int NOT NULL);
        CREATE TABLE IF NOT EXISTS {schema}.head (one boolean PRIMARY KEY DEFAULT true CHECK (one), revision bigint NOT NULL, mac bytea NOT NULL, bytes bytea NOT NULL) WITH (fillfactor = 50);
        CREATE TABLE IF NOT EXISTS {schema}.rows (key text COLLATE "C" PRIMARY KEY, bytes bytea NOT NULL) WITH (fillfactor = 90);
        CREATE TABLE IF NOT EXISTS {schema}.changes (revision bigint PRIMARY KEY, before bigint NOT NULL, keys text[]);
        ALTER TABLE {schema}.head ALTER COLUMN bytes SET STORAGE EXTERNAL;
        ALTER TABLE {schema}.rows ALTER COLUMN bytes SET STORAGE EXTERNAL;
        CREATE OR REPLACE FUNCTION {schema}.commit(expected bytea, next bigint, next_mac bytea, next_bytes bytea, put_keys text[], put_bytes bytea[], delete_keys text[], changed text[])
        RETURNS boolean LANGUAGE plpgsql SET search_path = '' AS $commit$
        DECLARE
          previous bigint := 0;
        BEGIN
          IF current_setting('synchronous_commit') = 'off' THEN
            PERFORM set_config('synchronous_commit', 'on', true);
          END IF;
          IF next_mac = expected THEN
            IF NOT EXISTS (SELECT FROM {schema}.head WHERE mac = expected) THEN
              RETURN false;
            END IF;
            INSERT INTO {schema}.rows (key, bytes) SELECT * FROM unnest(put_keys, put_bytes) ON CONFLICT (key) DO UPDATE SET bytes = excluded.bytes;
            RETURN true;
          END IF;
          IF expected IS NULL THEN
            INSERT INTO {schema}.head (revision, mac, bytes) VALUES (next, next_mac, next_bytes) ON CONFLICT DO NOTHING;
            IF NOT FOUND THEN
              RETURN false;
            END IF;
          ELSE
            SELECT revision INTO previous FROM {schema}.head WHERE mac = expected FOR UPDATE;
            IF NOT FOUND THEN
              RETURN false;
            END IF;
            UPDATE {schema}.head SET revision = next, mac = next_mac, bytes = next_bytes;
          END IF;
          DELETE FROM {schema}.rows WHERE key = ANY (delete_keys COLLATE "C");
          INSERT INTO {schema}.rows (key, bytes) SELECT * FROM unnest(put_keys, put_bytes) ON CONFLICT (key) DO UPDATE SET bytes = excluded.bytes;
          IF next <= previous THEN
            DELETE FROM {schema}.changes;
          END IF;
          INSERT INTO {schema}.changes VALUES (next, previous, changed) ON CONFLICT (revision) DO UPDATE SET before = excluded.before, keys = excluded.keys;
          DELETE FROM {schema}.changes WHERE revision <= next - {RememberedCommits};
          PERFORM pg_notify('{Channel}', next::text);
          RETURN true;
        END
        $commit$;
        INSERT INTO {schema}.version SELECT 1 WHERE NOT EXISTS (SELECT FROM {schema}.version);
        {(role is null ? "" : Grants(role))}
        """;

    private string Grants(string role) => $"""
        REVOKE ALL ON SCHEMA {schema} FROM PUBLIC;
        GRANT USAGE ON SCHEMA {schema} TO {role};
        GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role};
        GRANT INSERT, UPDATE, DELETE ON {schema}.rows, {schema}.changes TO {role};
        GRANT INSERT, UPDATE ON {schema}.head TO {role};
        GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {schema} TO {role};
        """;
}
