namespace Strongroom.Storage;

/// <summary>Where this machine and user keep what they remember of vaults.</summary>
internal static class StateDirectory
{
    /// <exception cref="VaultConfigurationException">No variable names it, and the user has no home folder.</exception>
    public static string Find(Func<string, string?> variable, Func<Environment.SpecialFolder, string> folder)
    {
        if (variable("STRONGROOM_STATE_DIR") is { Length: > 0 } chosen)
            return chosen;

        // The XDG specification: a relative path is to be ignored.
        if (!OperatingSystem.IsWindows() && !OperatingSystem.IsMacOS() && variable("XDG_STATE_HOME") is { Length: > 0 } state && Path.IsPathRooted(state))
            return Path.Join(state, "strongroom");
        string home = folder(OperatingSystem.IsWindows() ? Environment.SpecialFolder.LocalApplicationData : Environment.SpecialFolder.UserProfile);
        if (home.Length == 0)
            throw new VaultConfigurationException("SR1621", "This user has no home folder to keep the marks against rollback in.", "Set STRONGROOM_STATE_DIR to a folder that only this user can write.");
        if (OperatingSystem.IsWindows())
            return Path.Join(home, "strongroom");
        return OperatingSystem.IsMacOS() ? Path.Join(home, "Library", "Application Support", "strongroom") : Path.Join(home, ".local", "state", "strongroom");
    }
}
