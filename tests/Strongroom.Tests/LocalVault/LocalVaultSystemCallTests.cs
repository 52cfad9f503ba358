using System.Text.RegularExpressions;
using Strongroom.Storage;

namespace Strongroom.Tests.LocalVaults;

/// <summary>What really reaches the kernel: the order of a commit's calls, and that each of them is judged.</summary>
public sealed partial class LocalVaultSystemCallTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly string _path;

    public LocalVaultSystemCallTests()
    {
        Need.Linux();
        Need.Tool("strace");
        _path = _folder["v.json"];
        Rows.Commit(new LocalVault(_path), 1, VaultImage.Empty);
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_commit_writes_syncs_renames_and_syncs_the_folder_and_nothing_more()
    {
        string log = _folder["log"];
        var (exit, output, errors) = Child.Run(["commit", _path, "1"], ["strace", "-f", "--seccomp-bpf", "-y", "-o", log, "-e", "trace=openat,open,pwrite64,write,fsync,fdatasync,sync,sync_file_range,rename,renameat,renameat2,unlink,unlinkat,ftruncate,fchmod,chmod"]);
        Assert.True(exit == 0 && output == "2", output + errors);

        string text = string.Join('\n', Interesting(File.ReadAllLines(log)));

        Assert.Matches(
            """
            ^pwrite64 lock
            openat TEMP O_RDWR\|O_CREAT\|O_EXCL\|O_NOFOLLOW\|O_CLOEXEC, 0600
            pwrite64 TEMP
            fsync TEMP
            rename TEMP v\.json
            openat FOLDER O_RDONLY\|O_CLOEXEC\|O_DIRECTORY
            fsync FOLDER
            pwrite64 lock
            pwrite64 lock$
            """.ReplaceLineEndings("\n"),
            text);
    }

    [Theory]
    [InlineData("pwrite64", "ENOSPC", "SR1221")]
    [InlineData("pwrite64", "EIO", "SR1224")]
    [InlineData("pwrite64", "EDQUOT", "SR1221")]
    [InlineData("fsync", "EIO", "SR1224")]
    [InlineData("fsync", "ENOSPC", "SR1221")]
    [InlineData("rename", "EACCES", "SR1223")]
    [InlineData("rename", "EBUSY", "SR1227")]
    [InlineData("rename", "EIO", "SR1224")]
    public void A_failed_call_is_an_error_at_once_and_the_old_vault_stays(string call, string error, string code)
    {
        // The lock's own write is the first one; a failure "for ever" shows that no call is repeated until it seems to work.
        string when = call == "pwrite64" ? ":when=2+" : "";
        string log = _folder["log"];
        var (exit, output, _) = Child.Run(["commit", _path, "1"], ["strace", "-f", "--seccomp-bpf", "-o", log, "-e", $"trace={call}", "-e", $"inject={call}:error={error}{when}"]);

        Assert.Equal(3, exit);
        Assert.StartsWith("VaultUnavailableException " + code, output, StringComparison.Ordinal);
        Assert.Equal(Rows.Head(1), ((IImageBackend)new LocalVault(_path)).Load(Ct)!.Head.ToArray());
        Assert.Equal(["log", "v.json", "v.json.lock"], _folder.Names);
        if (call == "fsync")
            Assert.Single(Regex.Matches(File.ReadAllText(log), @"fsync\("));
    }

    [Fact]
    public void A_failed_sync_of_the_folder_is_an_unknown_outcome()
    {
        var (exit, output, _) = Child.Run(["commit", _path, "1"], ["strace", "-f", "--seccomp-bpf", "-o", "/dev/null", "-e", "trace=fsync", "-e", "inject=fsync:error=EIO:when=2"]);

        Assert.Equal(3, exit);
        Assert.StartsWith("CommitOutcomeUnknownException SR1212", output, StringComparison.Ordinal);
        Assert.Equal(Rows.Head(2), ((IImageBackend)new LocalVault(_path)).Load(Ct)!.Head.ToArray());
        Assert.Equal(["v.json", "v.json.lock"], _folder.Names);
    }

    [Theory]
    [InlineData("fsync")]
    [InlineData("pwrite64")]
    [InlineData("openat")]
    [InlineData("flock")]
    [InlineData("rename")]
    public void An_interrupted_call_is_made_again(string call)
    {
        var (exit, output, errors) = Child.Run(["commit", _path, "1"], ["strace", "-f", "--seccomp-bpf", "-o", "/dev/null", "-P", _path, "-P", _path + ".lock", "-P", _folder.Path, "-e", $"trace={call}", "-e", $"inject={call}:error=EINTR:when=1..2"]);

        Assert.True(exit == 0 && output == "2", output + errors);
    }

    [Theory]
    [InlineData("ENOLCK")]
    [InlineData("EOPNOTSUPP")]
    [InlineData("EBADF")]
    public void A_lock_that_is_refused_is_not_taken_for_granted(string error)
    {
        var (exit, output, _) = Child.Run(["commit", _path, "1"], ["strace", "-f", "--seccomp-bpf", "-o", "/dev/null", "-P", _path + ".lock", "-e", "trace=flock", "-e", $"inject=flock:error={error}"]);

        Assert.Equal(3, exit);
        Assert.StartsWith("VaultUnavailableException SR1211", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("openat", "EMFILE", "SR1225")]
    [InlineData("pread64", "EIO", "SR1224")]
    public void A_read_that_fails_says_why(string call, string error, string code)
    {
        var (exit, output, _) = Child.Run(["read", _path], ["strace", "-f", "--seccomp-bpf", "-o", "/dev/null", "-P", _path, "-e", $"trace={call}", "-e", $"inject={call}:error={error}"]);

        Assert.Equal(3, exit);
        Assert.StartsWith("VaultUnavailableException " + code, output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_shrinks_while_it_is_read_says_so()
    {
        // The kernel says that the file ends where it begins.
        var (exit, output, _) = Child.Run(["read", _path], ["strace", "-f", "--seccomp-bpf", "-o", "/dev/null", "-P", _path, "-e", "trace=pread64", "-e", "inject=pread64:retval=0"]);

        Assert.Equal(3, exit);
        Assert.StartsWith("VaultUnavailableException SR1208", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("flock", 1)]
    [InlineData("pwrite64", 1)]
    [InlineData("pwrite64", 2)]
    [InlineData("fsync", 1)]
    [InlineData("rename", 1)]
    [InlineData("fsync", 2)]
    [InlineData("pwrite64", 3)]
    [InlineData("pwrite64", 4)]
    public void A_writer_killed_anywhere_leaves_the_old_vault_or_the_new_one_and_no_lock(string call, int nth)
    {
        var (exit, _, _) = Child.Run(["commit", _path, "1"], ["strace", "-f", "-o", "/dev/null", "-e", $"trace={call}", "-e", $"inject={call}:signal=KILL:when={nth}"]);
        Assert.NotEqual(0, exit);

        IImageBackend vault = new LocalVault(_path, lockTimeout: TimeSpan.FromSeconds(1));
        long revision = HeadPeek.Read(vault.Load(Ct)!.Head.Span).Revision;
        Assert.InRange(revision, 1, 2);
        Rows.Commit(vault, revision + 1, VaultImage.Empty);
        Assert.Equal(["v.json", "v.json.lock"], _folder.Names);
    }

    // The first write of the lock file names the holder, the second raises the counter: it fails, or seems to succeed and reaches nobody's memory.
    [Theory]
    [InlineData("error=EIO")]
    [InlineData("retval=8")]
    public async Task A_counter_that_can_not_be_raised_delays_the_acknowledgement_until_all_have_looked(string what)
    {
        IImageBackend reader = new LocalVault(_path);
        using Child writer = Child.Start(["commit", _path, "1"], ["strace", "-f", "--seccomp-bpf", "-o", "/dev/null", "-P", _path + ".lock", "-e", "trace=pwrite64", "-e", $"inject=pwrite64:{what}:when=2"]);
        Task<string?> acknowledged = Task.Run(writer.ReadLine, Ct);

        // A reader that is busy has just looked when the commit comes.
        while (!acknowledged.IsCompleted)
            Assert.NotNull(reader.Load(Ct));

        Assert.Equal(Rows.Head(2), reader.Load(Ct)!.Head.ToArray());
        Assert.Equal("2", await acknowledged);
    }

    [Fact]
    public void Where_nothing_can_be_mapped_commits_are_seen_all_the_same()
    {
        var (exit, output, errors) = Child.Run(["commit", _path, "3"], ["strace", "-f", "--seccomp-bpf", "-o", "/dev/null", "-P", _path + ".lock", "-e", "trace=mmap", "-e", "inject=mmap:error=ENODEV"]);

        Assert.True(exit == 0 && output == "2\n3\n4", output + errors);
    }

    // The calls on the vault's files, from the lock on; names that are random are written as TEMP.
    private IEnumerable<string> Interesting(string[] lines)
    {
        foreach (string line in lines)
        {
            if (!line.Contains(_folder.Path, StringComparison.Ordinal) || line.Contains("ENOENT", StringComparison.Ordinal) || line.Contains("<... ", StringComparison.Ordinal))
                continue;
            string call = Temp().Replace(line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..].Trim(), "TEMP");
            string name = call[..call.IndexOf('(', StringComparison.Ordinal)];
            if (name == "rename")
                yield return $"rename {(call.Contains("/TEMP\", ", StringComparison.Ordinal) ? "TEMP" : "?")} {Path.GetFileName(call[(call.IndexOf(", \"", StringComparison.Ordinal) + 3)..call.LastIndexOf('"')])}";
            else if (name == "openat" && call.Contains("O_CREAT", StringComparison.Ordinal))
                yield return $"openat {(call.Contains("/TEMP\"", StringComparison.Ordinal) ? "TEMP" : "?")} {call[(call.IndexOf("\", ", StringComparison.Ordinal) + 3)..call.IndexOf(") = ", StringComparison.Ordinal)]}";
            else if (name == "openat" && call.Contains("O_RDONLY|O_CLOEXEC|O_DIRECTORY", StringComparison.Ordinal))
                yield return "openat FOLDER O_RDONLY|O_CLOEXEC|O_DIRECTORY";
            else if (name != "openat")
                yield return $"{name} {On(call)}";
        }
    }

    private string On(string call) =>
        call.Contains(".lock>", StringComparison.Ordinal) ? "lock" : call.Contains("/TEMP>", StringComparison.Ordinal) ? "TEMP" : call.Contains($"<{_folder.Path}>", StringComparison.Ordinal) ? "FOLDER" : call;

    [GeneratedRegex(@"\.v\.json\.[0-9a-f]{16}\.tmp")]
    private static partial Regex Temp();
}
