using System.Text;
using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Tests.LocalVaults;

/// <summary>What the marks say of each way in which a vault can be put back, forked or exchanged.</summary>
public sealed class MarkStoreTests : IDisposable
{
    private const string Here = "/vaults/here.json";
    private static readonly RandomId One = RandomId.FromBytes(Enumerable.Repeat((byte)1, 16).ToArray());
    private static readonly RandomId Two = RandomId.FromBytes(Enumerable.Repeat((byte)2, 16).ToArray());
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    internal static Mark Seen(string location = Here, RandomId? vault = null, string root = "root", long generation = 2, long revision = 10, string mac = "") =>
        new(location, vault ?? One, Digest.Sha256(Encoding.ASCII.GetBytes(root)), generation, revision, Rows.Mac(revision, mac));

    public static TheoryData<string, string> Verdicts => new()
    {
        { "same", "Same" },
        { "next revision", "Newer" },
        { "after a rekey", "Newer" },
        { "older revision", "Older" },
        { "same revision, other MAC", "Fork" },
        { "same revision, other root", "Fork" },
        { "next revision, other root of the same generation", "Fork" },
        { "next revision, root generation before", "Older" },
        { "same revision and MAC, next generation", "Fork" },
        { "other vault", "OtherVault" },
        { "same vault elsewhere", "Same" },
        { "older vault elsewhere", "Older" },
        { "other vault elsewhere", "FirstUse" },
    };

    [Theory]
    [MemberData(nameof(Verdicts))]
    public void A_head_is_compared_with_what_was_seen(string what, string verdict)
    {
        MarkStore marks = Store();
        marks.Raise(Seen());
        Mark seen = what switch
        {
            "same" => Seen(),
            "next revision" => Seen(revision: 11),
            "after a rekey" => Seen(revision: 11, generation: 3, root: "next"),
            "older revision" => Seen(revision: 9),
            "same revision, other MAC" => Seen(mac: "other"),
            "same revision, other root" => Seen(root: "other"),
            "next revision, other root of the same generation" => Seen(revision: 11, root: "other"),
            "next revision, root generation before" => Seen(revision: 11, generation: 1, root: "first"),
            "same revision and MAC, next generation" => Seen(generation: 3, root: "next"),
            "other vault" => Seen(vault: Two),
            "same vault elsewhere" => Seen(location: "/elsewhere"),
            "older vault elsewhere" => Seen(location: "/elsewhere", revision: 1),
            "other vault elsewhere" => Seen(location: "/elsewhere", vault: Two),
            _ => throw new ArgumentException(what, nameof(what)),
        };

        Assert.Equal(Enum.Parse<MarkVerdict>(verdict), marks.Check(seen));
        Assert.Empty(marks.Warnings);
    }

    [Fact]
    public void The_first_use_is_one_until_the_mark_is_raised()
    {
        Assert.Equal(MarkVerdict.FirstUse, Store().Check(Seen()));
        Assert.False(Directory.Exists(_folder["state"]));
        Assert.Null(Store().Find(One));

        Store().Raise(Seen());

        Assert.Equal(Seen(), Store().Find(One));
        Assert.Equal(MarkVerdict.Same, Store().Check(Seen()));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder[$"state/marks/vault-{One}.json"]));
        Assert.Equal(3, Directory.GetFiles(_folder["state/marks"]).Length);
    }

    [Fact]
    public void A_mark_is_never_lowered_and_a_place_never_given_to_another_vault_by_raising()
    {
        MarkStore marks = Store();
        marks.Raise(Seen());
        marks.Raise(Seen(revision: 9));
        marks.Raise(Seen(mac: "fork"));
        marks.Raise(Seen(vault: Two));

        Assert.Equal(Seen(), marks.Find(One));
        Assert.Equal(MarkVerdict.OtherVault, marks.Check(Seen(vault: Two)));
        marks.Raise(Seen(revision: 11));
        Assert.Equal(Seen(revision: 11), Store().Find(One));
    }

    [Fact]
    public void Replacing_lowers_and_rebinds()
    {
        MarkStore marks = Store();
        marks.Raise(Seen());
        marks.Replace(Seen(revision: 3));
        Assert.Equal(MarkVerdict.Same, marks.Check(Seen(revision: 3)));

        marks.Replace(Seen(vault: Two));

        Assert.Equal(MarkVerdict.Same, marks.Check(Seen(vault: Two)));
        Assert.Equal(MarkVerdict.OtherVault, marks.Check(Seen()));
    }

    [Theory]
    [InlineData("vault", "")]
    [InlineData("vault", "{}")]
    [InlineData("vault", "not json")]
    [InlineData("vault", "cut")]
    [InlineData("vault", "other")]
    [InlineData("place", "")]
    [InlineData("place", "cut")]
    [InlineData("vault", "huge")]
    public void A_torn_mark_is_a_first_use_with_a_warning_and_is_written_anew(string which, string content)
    {
        MarkStore marks = Store();
        marks.Raise(Seen());
        string path = Directory.GetFiles(_folder["state/marks"], which + "-*").Single();
        string whole = File.ReadAllText(path);
        File.WriteAllText(path, content switch
        {
            "cut" => whole[..^5],
            "other" => whole.Replace(One.ToString(), Two.ToString(), StringComparison.Ordinal),
            "huge" => new string(' ', 100_000),
            _ => content,
        });

        Assert.Equal(MarkVerdict.Torn, Store().Check(Seen()));
        if (which == "place")
            Assert.Equal(MarkVerdict.Older, Store().Check(Seen(revision: 9)));
        Store().Raise(Seen());
        Assert.Equal(MarkVerdict.Same, Store().Check(Seen()));
    }

    [Fact]
    public void Two_places_have_two_files_whatever_their_names()
    {
        MarkStore marks = Store();
        foreach (string location in (string[])["/a", "/A", "/a/../b", new string('x', 5_000), "postgresql://host/db?x=1", "/ü\n"])
        {
            marks.Raise(Seen(location: location));
            Assert.Equal(MarkVerdict.OtherVault, marks.Check(Seen(location: location, vault: Two)));
        }

        Assert.Equal(6, Directory.GetFiles(_folder["state/marks"], "place-*").Length);
    }

    [Fact]
    public void A_state_folder_that_can_not_be_written_is_a_warning_for_raising_and_an_error_for_replacing()
    {
        File.WriteAllText(_folder["state"], "a file");
        MarkStore marks = Store();

        Assert.Equal(MarkVerdict.Torn, marks.Check(Seen()));
        marks.Raise(Seen());

        Assert.Contains(marks.Warnings, text => text.Contains("could not be written", StringComparison.Ordinal));
        Assert.Throws<VaultUnavailableException>(() => marks.Replace(Seen()));
        int warnings = marks.Warnings.Count;
        marks.Raise(Seen());
        Assert.Equal(MarkVerdict.Torn, marks.Check(Seen()));
        Assert.Equal(warnings, marks.Warnings.Count);
    }

    [Fact]
    public void A_mark_that_lies_as_a_folder_is_as_a_torn_one()
    {
        Directory.CreateDirectory(_folder[$"state/marks/vault-{One}.json"]);
        MarkStore marks = Store();

        Assert.Equal(MarkVerdict.Torn, marks.Check(Seen()));
        Assert.Single(marks.Warnings);
    }

    [Fact]
    public void Processes_that_raise_at_the_same_time_reach_the_highest()
    {
        Child[] children = [.. Enumerable.Range(0, 3).Select(i => Child.Start(["marks", _folder["state"], $"{100 + i}"]))];
        Assert.All(children, child => Assert.Equal("", child.ReadLine()));
        foreach (Child child in children)
            child.Dispose();

        Assert.Equal(102, Store().Find(One)!.Revision);
        Assert.Equal(3, Directory.GetFiles(_folder["state/marks"]).Length);
    }

    [Fact]
    public void The_state_folder_is_the_one_that_is_asked_for()
    {
        Need.Linux();
        string Find(string? chosen, string? xdg, string home) =>
            StateDirectory.Find(name => name == "STRONGROOM_STATE_DIR" ? chosen : name == "XDG_STATE_HOME" ? xdg : null, _ => home);

        Assert.Equal("/chosen", Find("/chosen", "/xdg", "/home"));
        Assert.Equal("/xdg/strongroom", Find("", "/xdg", "/home"));
        Assert.Equal("/home/.local/state/strongroom", Find(null, "relative", "/home"));
        Assert.Equal("/home/.local/state/strongroom", Find(null, null, "/home"));
        Assert.Equal("SR1621", Assert.Throws<VaultConfigurationException>(() => Find(null, null, "")).Code);
    }

    private MarkStore Store() => new(FileSystems.Default, _folder["state"]);
}
