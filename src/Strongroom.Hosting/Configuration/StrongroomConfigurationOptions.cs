namespace Strongroom;

/// <summary>
/// What a configuration takes from a vault. Values become strings, which can't be wiped: for keys on hot paths, and for what should not lie in memory, use <see cref="LiveSecret"/>.
/// </summary>
public sealed class StrongroomConfigurationOptions : StrongroomOptions
{
    /// <summary>
    /// Only secrets whose name begins so; the prefix does not become part of the key, and slashes and double hyphens become colons: with <c>prod/oms/</c> the secret <c>prod/oms/db</c> with a field <c>password</c>
    /// is the key <c>db:password</c>. Empty takes all; null takes none by name, only those that references name.
    /// </summary>
    public string? Prefix { get; set; }

    /// <summary>Of those, which; by name and metadata. The values of the others are never decrypted.</summary>
    public Func<SecretEntry, bool>? Select { get; set; }

    /// <summary>
    /// Replace references in configuration that was added before this: a value that is <c>strongroom://db/oms#password</c>, or has <c>${strongroom://db/oms#password}</c> in it. On by default.
    /// </summary>
    public bool ResolveReferences { get; set; } = true;

    /// <summary>The name that this vault has in references (<c>strongroom://NAME@path</c>); null resolves those without a name.</summary>
    public string? Store { get; set; }

    /// <summary>Follow changes in the vault, by this process and others. On by default.</summary>
    public bool ReloadOnChange { get; set; } = true;

    /// <summary>Look for changes at least so often, as a safety net; null for never.</summary>
    public TimeSpan? ReloadInterval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long to collect changes before they are loaded together.</summary>
    public TimeSpan Debounce { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Start without values when the vault is missing or can't be reached. A vault that was tampered with is an error all the same.</summary>
    public bool Optional { get; set; }

    /// <summary>Called when loading fails; may decide that the first loading fails silently. A later failure always leaves the values in place.</summary>
    public Action<StrongroomLoadExceptionContext>? OnLoadException { get; set; }

    /// <summary>What becomes of an expired secret.</summary>
    public ExpiredSecrets Expired { get; set; }

    /// <summary>
    /// A file for a sealed copy of what was loaded last: with it an application starts when the vault is away. It is a vault of its own that the same key opens, on this machine's own disk.
    /// </summary>
    public string? SnapshotFile { get; set; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;
}

/// <summary>What becomes of an expired secret in configuration.</summary>
public enum ExpiredSecrets
{
    /// <summary>It is used, with a warning in the log.</summary>
    Use,

    /// <summary>It is left out, and a warning is logged; at the moment at which it expires too.</summary>
    Skip,

    /// <summary>The loading fails: at the start the application does not start, later the values stay.</summary>
    Fail,
}

/// <summary>A failure to load.</summary>
/// <param name="exception">What went wrong.</param>
/// <param name="isReload">Whether there are values from before.</param>
public sealed class StrongroomLoadExceptionContext(StrongroomException exception, bool isReload)
{
    /// <summary>What went wrong.</summary>
    public StrongroomException Exception { get; } = exception;

    /// <summary>Whether there are values from before, which stay.</summary>
    public bool IsReload { get; } = isReload;

    /// <summary>Whether the application starts all the same.</summary>
    public bool Ignore { get; set; }
}
