using Strongroom.Cli.Running;
using Strongroom.Cli.Tests.Support;

namespace Strongroom.Cli.Tests.Running;

/// <summary>What the command leaves in its folder is zeroed, and nothing outside of it.</summary>
public sealed class SecretFolderTests
{
    [Fact]
    public void Links_to_folders_outside_are_not_followed()
    {
        using var shell = new Shell();
        var outside = Directory.CreateDirectory(shell.PathOf("outside")).FullName;
        shell.Write("outside/kept", "not a secret of ours");
        using (var folder = SecretFolder.Create())
        {
            Directory.CreateSymbolicLink(Path.Join(folder.Path, "link"), outside);
            File.CreateSymbolicLink(Path.Join(folder.Path, "file"), Path.Join(outside, "kept"));
        }

        Assert.Equal("not a secret of ours", File.ReadAllText(Path.Join(outside, "kept")));
    }

    [Theory]
    [InlineData("plain", UnixFileMode.UserRead | UnixFileMode.UserWrite)]
    [InlineData(".A.swp", UnixFileMode.UserRead | UnixFileMode.UserWrite)]
    [InlineData("below/.copy", UnixFileMode.UserRead | UnixFileMode.UserWrite)]
    [InlineData("read-only", UnixFileMode.UserRead)]
    public void Every_file_is_zeroed(string name, UnixFileMode mode)
    {
        var folder = SecretFolder.Create();
        Directory.CreateDirectory(Path.Join(folder.Path, "below"));
        var path = Path.Join(folder.Path, name);
        File.WriteAllText(path, "value");
        File.SetUnixFileMode(path, mode);
        using var open = File.OpenRead(path);

        folder.Dispose();

        var left = new byte[5];
        open.ReadExactly(left);
        Assert.Equal(new byte[5], left);
        Assert.False(Directory.Exists(folder.Path));
    }
}
