using System.CommandLine;
using Strongroom.Argon2.Managed;
using Strongroom.Audit;
using Strongroom.Cli.Configuration;
using Strongroom.Cli.Output;
using Strongroom.Storage;

namespace Strongroom.Cli.CommandLine;

/// <summary>What a verb works with: its parsed options, the streams, the vault's place, the clock, cancellation.</summary>
internal sealed class CommandContext
{
    private readonly ParseResult _parse;
    private readonly GlobalOptions _globals;

    public CommandContext(ParseResult parse, GlobalOptions globals, OutputWriter output, TimeProvider time, CancellationToken ct)
    {
        _parse = parse;
        _globals = globals;
        Output = output;
        Time = time;
        Cancellation = ct;
        ProfileOption = parse.GetValue(globals.Profile);
        Settings = new Settings(ProfileOption);
        Ask = new Questions(this, parse.GetValue(globals.Yes), parse.GetValue(globals.NoInput));
    }

    public OutputWriter Output { get; }

    public TimeProvider Time { get; }

    public CancellationToken Cancellation { get; }

    /// <summary>The profile that an option names, or null.</summary>
    public string? ProfileOption { get; }

    /// <summary>What environment and files say.</summary>
    public Settings Settings { get; }

    /// <summary>Prompts and confirmations.</summary>
    public Questions Ask { get; }

    /// <summary>Now, by the clock.</summary>
    public DateTimeOffset Now => Time.GetUtcNow();

    /// <summary>Whether an older copy is to be opened read-only.</summary>
    public bool AsCopy => _parse.GetValue(_globals.AsCopy);

    /// <summary>Whether an option says how long to wait for other writers.</summary>
    public bool NamesLockTimeout => Has(_globals.LockTimeout);

    /// <summary>The vault's path or address when one is known, without a password: for messages.</summary>
    public string? KnownVaultPath => Given is { } given ? VaultAddress.Describe(given) : null;

    /// <summary>A verb's own way to name the vault (<c>init PATH</c>).</summary>
    public string? VaultPathOverride { get; set; }

    /// <summary>The vault's path or address, without a password.</summary>
    /// <exception cref="CliException">None is given.</exception>
    public string VaultPath => KnownVaultPath is { Length: > 0 } path
        ? path
        : throw new CliException(ExitCodes.Usage, "SR2003", "No vault is given.", "Use --vault PATH, set STRONGROOM_VAULT, or 'strongroom config set vault PATH'.");

    /// <summary>The vault's path or address as it was given, with a password that may be in it: to find it, never to show it.</summary>
    public string VaultAddressText => AddressToOpen();

    private string? Given => VaultPathOverride ?? _parse.GetValue(_globals.Vault) ?? Settings.Find(Setting.Vault)?.Value;

    /// <summary>A setting as it is in force, options included; null when there is none.</summary>
    public Configured? Configured(Setting setting)
    {
        var option = setting == Setting.Vault ? _globals.Vault : setting == Setting.LockTimeout ? _globals.LockTimeout : setting == Setting.Profile ? _globals.Profile : null;
        return option is not null && _parse.GetValue(option) is { } given ? new Configured(given, option.Name, IsFile: false) : Settings.Find(setting);
    }

    /// <summary>A time limit from an option, else as it is configured.</summary>
    public TimeSpan Duration(Option<string?> option, Setting setting) =>
        Duration(option) ?? Values.Duration(setting.Name, Settings.Find(setting)!.Value);

    public T? Get<T>(Option<T> option) => _parse.GetValue(option);

    public T? Get<T>(Argument<T> argument) => _parse.GetValue(argument);

    /// <summary>Whether an option was given.</summary>
    public bool Has(Option option) => _parse.GetResult(option) is { Implicit: false };

    /// <summary>Whether the line has a <c>--</c>, after which nothing is an option of ours.</summary>
    public bool HasSeparator => _parse.Tokens.Any(token => token.Type == System.CommandLine.Parsing.TokenType.DoubleDash);

    /// <summary>A duration, or null when the option is not given.</summary>
    public TimeSpan? Duration(Option<string?> option) => Get(option) is { } text ? Values.Duration(option.Name, text) : null;

    /// <summary>A whole number, or null when the option is not given.</summary>
    public long? Number(Option<string?> option, long least, long most) => Get(option) is { } text ? Values.Number(option.Name, text, least, most) : null;

    /// <summary>A moment, or null when the option is not given.</summary>
    public DateTimeOffset? Moment(Option<string?> option) => Get(option) is { } text ? Values.Moment(option.Name, text, Now) : null;

    /// <summary>The name that an argument holds.</summary>
    public SecretName Name(Argument<string> argument) => SecretName.Parse(Get(argument)!);

    /// <summary>An environment variable, null when it is not set or empty.</summary>
    public static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    /// <summary>How the vault is opened.</summary>
    public VaultOptions VaultOptions() => new()
    {
        Path = AddressToOpen(),
        AsCopy = AsCopy,
        Time = Time,
        LockTimeout = Duration(_globals.LockTimeout, Setting.LockTimeout),
        StateDirectory = Settings.Find(Setting.StateFolder)?.Value,
        Argon2 = new ManagedArgon2(),
        Audit = new AuditOptions { Program = "strongroom" },
    };

    // Arguments are seen by every process of the machine.
    private string AddressToOpen()
    {
        var path = VaultPath;
        var given = Given!;
        return given != path && given != Variable("STRONGROOM_VAULT")
            ? throw CliException.Usage("The vault's address has a password in it, which every process of this machine can read.", "Leave it out: use a password file (PGPASSFILE), or set STRONGROOM_VAULT.")
            : given;
    }
}
