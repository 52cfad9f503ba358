namespace Strongroom.Cli.Running;

/// <summary>How a command is run.</summary>
internal sealed record RunOptions
{
    /// <summary>Which output is masked.</summary>
    public MaskMode Mask { get; init; }

    /// <summary>Whether secrets go into files.</summary>
    public bool Files { get; init; }

    /// <summary>What the command reads from its standard input, or null.</summary>
    public SecretReference? Stdin { get; init; }

    /// <summary>Where a named pipe gives the secrets, or null.</summary>
    public string? Mount { get; init; }

    /// <summary>What that pipe gives, or null for the variables.</summary>
    public string? MountTemplate { get; init; }

    /// <summary>Whether it gives JSON.</summary>
    public bool MountAsJson { get; init; }

    /// <summary>Whether the environment is left away.</summary>
    public bool CleanEnvironment { get; init; }

    /// <summary>How often to look for changes, or null.</summary>
    public TimeSpan? Watch { get; init; }

    /// <summary><c>restart</c>, <c>HUP</c> or <c>exit</c>.</summary>
    public string OnChange { get; init; } = "restart";
}
