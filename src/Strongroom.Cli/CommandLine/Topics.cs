namespace Strongroom.Cli.CommandLine;

/// <summary>What <c>help TOPIC</c> says: a screen on each thing that is no verb.</summary>
internal static class Topics
{
    private static readonly (string Name, string Text)[] s_all =
    [
        ("concepts", """
            A vault is one encrypted file, or a database, with a history of revisions. It holds secrets.
            A secret has a name (segments joined by '/'), a value or named fields, versions, and metadata: type, tags, description, expiry.
            The values are sealed under a root key. A key slot (passphrase, key file, recovery key) is one way to unlock that; there may be 16, any one opens.
            A rotation writes a new version; the one before stays readable for a day.
            Marks on this machine remember what was seen of a vault: an older copy is refused (accept-rollback, restore-vault, --as-copy).
            The audit log says who read and wrote what. It can't be rewritten unnoticed ('strongroom log --verify').
            The agent holds a vault open for a while, so that commands need no key: unlock, lock, agent.
            """),
        ("environment", """
            STRONGROOM_VAULT            the vault
            STRONGROOM_KEY_FILE         the key file that opens it
            STRONGROOM_PASSPHRASE_FILE  a file with the passphrase; together with a key file both are needed
            STRONGROOM_PASSPHRASE       the passphrase itself: readable for other processes of the user, prefer a file
            STRONGROOM_PROFILE          the profile of the configuration in use
            STRONGROOM_STATE_DIR        where marks against rollback are kept
            STRONGROOM_LOCK_TIMEOUT, STRONGROOM_UNLOCK_IDLE, STRONGROOM_UNLOCK_TTL   as in the configuration
            XDG_CONFIG_HOME, XDG_RUNTIME_DIR, XDG_STATE_HOME                         where files and the agent's socket are
            NO_COLOR, FORCE_COLOR, TERM=dumb                                         colours
            An option comes before a variable, a variable before a file: 'strongroom config list' shows what holds.
            """),
        ("references", """
            strongroom://path                one value
            strongroom://path#field          one field
            strongroom://path#field?v=3      an older version that is kept
            strongroom://path?as=base64      in base64
            They stand in environment variables, in environment files, in templates and under [run] in .strongroom.toml, and are not secret.
            'strongroom run' resolves them for a command, 'inject' in a template, 'check' says whether they resolve.
            """),
        ("security", """
            Values come from prompts, pipes and files, not from arguments, which every process of the machine can see.
            Values go into pipes byte for byte; on a terminal they are escaped, tables mask them.
            This command leaves no core dump and can't be attached to by other processes of its user. Whatever runs as root, or has your keyboard, is out of reach.
            While a vault is unlocked in the agent, every process of your user may ask it: lock it, or choose short limits.
            Names, times and sizes of secrets can be read in the vault's file; values can't, and nothing in it can be changed unnoticed.
            Losing every key means losing the vault: make a recovery key ('strongroom key add --recovery-key') and keep it elsewhere.
            """),
    ];

    /// <summary>The names.</summary>
    public static IEnumerable<string> Names => s_all.Select(topic => topic.Name);

    /// <summary>A topic's text, or null.</summary>
    public static string? Find(string name) => s_all.FirstOrDefault(topic => topic.Name == name).Text is { } text ? text + "\n" : null;
}
