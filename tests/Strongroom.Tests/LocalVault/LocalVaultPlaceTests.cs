using System.Diagnostics;
using Strongroom.Storage;

namespace Strongroom.Tests.LocalVaults;

/// <summary>Links, folders, strange things in the place of the file, and who may read it.</summary>
public sealed class LocalVaultPlaceTests : IDisposable
{
    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerFolder = OwnerFile | UnixFileMode.UserExecute;
    private readonly TempFolder _folder = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_link_keeps_being_one_and_everything_lies_beside_what_it_leads_to()
    {
        Directory.CreateDirectory(_folder["real"]);
        Directory.CreateDirectory(_folder["links"]);
        File.CreateSymbolicLink(_folder["links/second.json"], "../real/v.json");
        File.CreateSymbolicLink(_folder["links/first.json"], "second.json");
        IImageBackend direct = new LocalVault(_folder["real/v.json"]);
        IImageBackend linked = new LocalVault(_folder["links/first.json"]);

        Rows.Commit(linked, 1, VaultImage.Empty);
        Rows.Commit(direct, 2, VaultImage.Empty);
        Rows.Commit(linked, 3, VaultImage.Empty);

        Assert.Equal(["first.json", "second.json"], Directory.GetFiles(_folder["links"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(["v.json", "v.json.lock"], Directory.GetFiles(_folder["real"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal("second.json", new FileInfo(_folder["links/first.json"]).LinkTarget);
        Assert.Equal(_folder["links/first.json"], linked.Location);
        Assert.Equal(Rows.Head(3), direct.Load(Ct)!.Head.ToArray());
    }

    [Fact]
    public void Two_names_of_one_vault_have_one_lock()
    {
        File.CreateSymbolicLink(_folder["link.json"], "v.json");
        Directory.CreateSymbolicLink(_folder["folder"], _folder.Path);
        IImageBackend one = new LocalVault(_folder["v.json"]);
        IImageBackend two = new LocalVault(_folder["link.json"]);
        IImageBackend three = new LocalVault(_folder["folder/v.json"]);

        using (one.Lock(TimeSpan.Zero, Ct))
        {
            Assert.Throws<VaultUnavailableException>(() => two.Lock(TimeSpan.Zero, Ct));
            Assert.Throws<VaultUnavailableException>(() => three.Lock(TimeSpan.Zero, Ct));
        }

        two.Lock(TimeSpan.Zero, Ct).Dispose();
    }

    [Fact]
    public void A_link_that_is_turned_to_another_vault_is_noticed()
    {
        IImageBackend a = new LocalVault(_folder["a.json"]);
        IImageBackend b = new LocalVault(_folder["b.json"]);
        Rows.Commit(a, 1, VaultImage.Empty);
        Rows.Commit(b, 2, VaultImage.Empty);
        File.CreateSymbolicLink(_folder["current"], "a.json");
        IImageBackend linked = new LocalVault(_folder["current"]);
        Assert.Equal(Rows.Head(1), linked.Load(Ct)!.Head.ToArray());

        File.CreateSymbolicLink(_folder["next"], "b.json");
        File.Move(_folder["next"], _folder["current"], overwrite: true);

        Until(() => linked.Load(Ct)!.Head.Span.SequenceEqual(Rows.Head(2))); // public
        Assert.Equal(CommitOutcome.Committed, linked.TryCommit(linked.Load(Ct), Rows.Head(3), VaultImage.Empty, out _, Ct));
        Assert.Equal(Rows.Head(3), b.Load(Ct)!.Head.ToArray());
        Assert.Equal(Rows.Head(1), a.Load(Ct)!.Head.ToArray());
    }

    [Fact]
    public void A_link_that_is_turned_under_the_lock_stops_the_commit()
    {
        Rows.Commit(new LocalVault(_folder["a.json"]), 1, VaultImage.Empty);
        Rows.Commit(new LocalVault(_folder["b.json"]), 2, VaultImage.Empty);
        File.CreateSymbolicLink(_folder["current"], "a.json");
        IImageBackend linked = new LocalVault(_folder["current"]);
        using (linked.Lock(TimeSpan.Zero, Ct))
        {
            File.Delete(_folder["current"]);
            File.CreateSymbolicLink(_folder["current"], "b.json");

            Assert.Equal("SR1214", Assert.Throws<VaultUnavailableException>(() => linked.TryCommit(linked.Load(Ct), Rows.Head(3), VaultImage.Empty, out _, Ct)).Code);
        }

        Rows.Commit(linked, 3, VaultImage.Empty);
    }

    [Fact]
    public void Links_in_a_circle_are_an_error()
    {
        File.CreateSymbolicLink(_folder["a"], "b");
        File.CreateSymbolicLink(_folder["b"], "a");

        Assert.Equal("SR1228", Assert.Throws<VaultUnavailableException>(() => Load(_folder["a"])).Code);
    }

    [Fact]
    public void A_temporary_file_that_is_a_link_is_not_followed()
    {
        IFileSystem files = FileSystems.Default;
        File.WriteAllText(_folder["victim"], "untouched");
        File.CreateSymbolicLink(_folder["temp"], "victim");
        File.CreateSymbolicLink(_folder["dangling"], "nothing");

        Assert.Equal("SR1226", Assert.Throws<VaultUnavailableException>(() => files.Create(_folder["temp"])).Code);
        Assert.Equal("SR1226", Assert.Throws<VaultUnavailableException>(() => files.Create(_folder["dangling"])).Code);
        Assert.Equal("SR1228", Assert.Throws<VaultUnavailableException>(() => files.OpenOrCreate(_folder["temp"])).Code);
        Assert.Equal("SR1228", Assert.Throws<VaultUnavailableException>(() => files.OpenOrCreate(_folder["dangling"])).Code);
        Assert.Equal("untouched", File.ReadAllText(_folder["victim"]));
        Assert.False(File.Exists(_folder["nothing"]));
    }

    [Fact]
    public void What_is_not_a_regular_file_is_refused_and_does_not_hang()
    {
        Need.Tool("mkfifo");
        Directory.CreateDirectory(_folder["folder/strongroom.json"]);
        Run("mkfifo", _folder["pipe"]);
        File.WriteAllText(_folder["file"], "");

        Assert.Equal("SR1201", Assert.Throws<VaultUnavailableException>(() => Load(_folder["folder"])).Code);
        Assert.Equal("SR1201", Assert.Throws<VaultUnavailableException>(() => Load(_folder["pipe"])).Code);
        Assert.Equal("SR1201", Assert.Throws<VaultUnavailableException>(() => Load("/dev/null")).Code);
        Assert.Equal("SR1220", Assert.Throws<VaultUnavailableException>(() => Load(_folder["file/v.json"])).Code);
        Assert.Equal("SR1203", Assert.Throws<VaultIntegrityException>(() => Load(_folder["file"])).Code);
        Assert.Null(Load(_folder["no/such/folder/v.json"]));
    }

    [Theory]
    [InlineData("000")]
    [InlineData("022")]
    [InlineData("277")]
    public void Files_are_for_their_owner_only_whatever_the_umask(string umask)
    {
        string path = _folder["new/deep/v.json"];

        Assert.Equal((0, "1"), Child.Run(["umask", path, umask]) is var (exit, output, _) ? (exit, output) : default);

        Assert.Equal(OwnerFile, File.GetUnixFileMode(path));
        Assert.Equal(OwnerFile, File.GetUnixFileMode(path + ".lock"));
        Assert.Equal(OwnerFolder, File.GetUnixFileMode(_folder["new"]));
        Assert.Equal(OwnerFolder, File.GetUnixFileMode(_folder["new/deep"]));
        Assert.Empty(((IImageBackend)new LocalVault(path)).Warnings);
    }

    [Theory]
    [InlineData("640", "read by other users")]
    [InlineData("604", "read by other users")]
    [InlineData("620", "written by other users")]
    [InlineData("666", "written by other users")]
    [InlineData("600", null)]
    public void Permissions_for_others_are_a_warning_and_the_next_commit_takes_them_away(string mode, string? warning)
    {
        IImageBackend vault = new LocalVault(_folder["v.json"]);
        Rows.Commit(vault, 1, VaultImage.Empty);
        File.SetUnixFileMode(_folder["v.json"], (UnixFileMode)Convert.ToInt32(mode, 8));

        IImageBackend opened = new LocalVault(_folder["v.json"]);
        opened.Load(Ct);

        Assert.Equal(warning is null ? 0 : 1, opened.Warnings.Count);
        Assert.All(opened.Warnings, text => Assert.Contains(warning!, text, StringComparison.Ordinal));
        Rows.Commit(opened, 2, VaultImage.Empty);
        Assert.Equal(OwnerFile, File.GetUnixFileMode(_folder["v.json"]));
        Assert.Empty(opened.Warnings);
    }

    [Fact]
    public void A_folder_that_others_can_write_is_a_warning_unless_it_is_sticky()
    {
        Rows.Commit(new LocalVault(_folder["v.json"]), 1, VaultImage.Empty);
        File.SetUnixFileMode(_folder.Path, OwnerFolder | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute);
        IImageBackend open = new LocalVault(_folder["v.json"]);
        open.Load(Ct);
        File.SetUnixFileMode(_folder.Path, OwnerFolder | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute | UnixFileMode.StickyBit);
        IImageBackend sticky = new LocalVault(_folder["v.json"]);
        sticky.Load(Ct);

        Assert.Contains("written by other users", Assert.Single(open.Warnings), StringComparison.Ordinal);
        Assert.Empty(sticky.Warnings);
    }

    [Fact]
    public void The_superuser_leaves_a_vault_to_its_owner_and_another_user_is_warned()
    {
        Need.Root();
        Need.Tool("chown");
        IImageBackend vault = new LocalVault(_folder["v.json"]);
        Rows.Commit(vault, 1, VaultImage.Empty);
        File.Delete(_folder["v.json.lock"]);
        Run("chown", "-R", "12345", _folder.Path);

        IImageBackend again = new LocalVault(_folder["v.json"]);
        Rows.Commit(again, 2, VaultImage.Empty);

        Assert.Equal(12345u, FileSystems.Default.Status(_folder["v.json"])!.Value.Owner);
        Assert.Equal(12345u, FileSystems.Default.Status(_folder["v.json.lock"])!.Value.Owner);
        Assert.Equal(2, again.Warnings.Count(text => text.Contains("belongs to another user (id 12345)", StringComparison.Ordinal)));
    }

    internal static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    internal static void Until(Func<bool> condition)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), "waited 5 seconds");
            Thread.Sleep(5);
        }
    }

    private static LoadedVault? Load(string path) => ((IImageBackend)new LocalVault(path)).Load(Ct);
}
