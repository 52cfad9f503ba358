using System.Text;
using CsCheck;
using Strongroom.Storage;

namespace Strongroom.Tests.LocalVaults;

/// <summary>Framing, image and summary against a model; and that a file has one form only.</summary>
public sealed class VaultFileTests
{
    private const string Head = """{"mac":"x","revision":1}""";

    [Fact]
    public void Any_sequence_of_commits_gives_the_file_and_the_summary_of_the_model() => VaultModel.Changes.Array[1, 6].Sample(commits =>
    {
        var model = new VaultModel();
        VaultImage image = VaultImage.Empty;
        foreach (var changes in commits)
        {
            model.Apply(changes);
            image = VaultModel.Apply(image, changes);
            byte[] written = Write(image);

            Assert.Equal(Encoding.UTF8.GetString(model.Frame(Head)), Encoding.UTF8.GetString(written));
            Assert.Equal(written.Length, VaultFile.LengthOf(Head.Length, image));
            Assert.Equal(model.Summary(), image.ComputeSummary());

            // Every other commit continues from what was read, so that rows of one and of many buffers mix.
            if (model.Records.Count % 2 == 0)
                image = VaultFileReader.Read(written).Image;
        }
    }, iter: 2_000);

    [Fact]
    public void What_was_written_is_read_and_found() => VaultModel.Changes.Sample(changes =>
    {
        var model = new VaultModel();
        model.Apply(changes);
        LoadedVault loaded = VaultFileReader.Read(model.Frame(Head));

        Assert.Equal(Head, Encoding.UTF8.GetString(loaded.Head.Span));
        Assert.Equal(model.Records.Keys, loaded.Image.Records.ToArray().Select(row => Encoding.UTF8.GetString(row.Key)));
        Assert.Equal(model.Summary(), loaded.Image.ComputeSummary());
        foreach ((RowKey key, string? record) in changes)
            Assert.Equal(record, loaded.Image.Find(key) is { } row ? Encoding.UTF8.GetString(row.Bytes.Span) : null);
        foreach ((string name, string record) in model.Records)
            Assert.Equal(record, Encoding.UTF8.GetString(loaded.Image.Records[loaded.Image.FindRecord(Encoding.UTF8.GetBytes(name))].Bytes.Span));
    }, iter: 2_000);

    [Fact]
    public void Whatever_is_not_refused_has_exactly_the_bytes_that_would_be_written() => Gen.Select(VaultModel.Changes, Gen.Int[0, 10_000], Gen.Int[0, 3], Gen.Byte).Sample((changes, place, kind, value) =>
    {
        var model = new VaultModel();
        model.Apply(changes);
        var bytes = new List<byte>(model.Frame(Head));
        place %= bytes.Count;
        switch (kind)
        {
            case 0:
                bytes[place] = value;
                break;
            case 1:
                bytes.Insert(place, value);
                break;
            case 2:
                bytes.RemoveAt(place);
                break;
            default:
                bytes.RemoveRange(place, bytes.Count - place);
                break;
        }

        byte[] mutated = [.. bytes];
        try
        {
            LoadedVault loaded = VaultFileReader.Read(mutated);
            Assert.Equal(mutated, Write(loaded.Image, loaded.Head.ToArray()));
        }
        catch (VaultIntegrityException error)
        {
            Assert.StartsWith("SR120", error.Code, StringComparison.Ordinal);
        }
    }, iter: 20_000);

    [Fact]
    public void Rows_that_lie_together_are_written_together()
    {
        LoadedVault loaded = VaultFileReader.Read(Write(Rows.Numbered(20_000)));
        var file = new MemoryFile();

        VaultFileWriter.Write(file, Encoding.UTF8.GetBytes(Head), loaded.Image.Apply([Rows.Record("secret/010000", "new")], []), TestContext.Current.CancellationToken);

        Assert.InRange(file.Writes, 3, 6);
        Assert.Equal(20_000, VaultFileReader.Read(file.Bytes).Image.Records.Length);
    }

    [Fact]
    public void A_commit_shares_what_it_does_not_touch()
    {
        VaultImage image = Rows.Image(Rows.Record("a"), Rows.Record("b"));
        VaultImage next = image.Apply([Rows.Record("c")], []);

        Assert.True(image.Records[1].Bytes.Span == next.Records[1].Bytes.Span);
        Assert.Equal(2, image.Records.Length);
    }

    internal static byte[] Write(VaultImage image, byte[]? head = null)
    {
        var file = new MemoryFile();
        VaultFileWriter.Write(file, head ?? Encoding.UTF8.GetBytes(Head), image, TestContext.Current.CancellationToken);
        return file.Bytes;
    }
}
