using Strongroom.Cli.Agent;

namespace Strongroom.Cli.Tests.Agent;

/// <summary>What goes over the agent's wire arrives as it was.</summary>
public sealed class WireTests
{
    public static TheoryData<WriteCondition> Conditions =>
    [
        default(WriteCondition),
        WriteCondition.Absent,
        WriteCondition.Version(7),
        new WriteCondition { IfPresent = true },
        new WriteCondition { IfTag = KeyValuePair.Create<string, string?>("rotate.state", "draining") },
        new WriteCondition { IfTag = KeyValuePair.Create<string, string?>("empty", "") },
        new WriteCondition { IfTag = KeyValuePair.Create<string, string?>("none", null) },
        new WriteCondition { IfVersion = 3, IfPresent = true, IfTag = KeyValuePair.Create<string, string?>("a", "b") },
    ];

    [Fact]
    public void An_error_of_files_ends_with_the_same_code_as_without_an_agent()
    {
        using var wire = new WireWriter();
        wire.Error(new IOException("No space left on device"));
        wire.Error(new InvalidOperationException("what could be a value"));
        var reader = new WireReader(wire.Frame()[sizeof(uint)..].Span);

        var (file, defect) = (Assert.IsType<CliException>(reader.Error()), Assert.IsType<CliException>(reader.Error()));

        Assert.Equal((ExitCodes.Unavailable, "SR2020"), (file.ExitCode, file.Code));
        Assert.Equal((ExitCodes.Unexpected, "SR2099"), (defect.ExitCode, defect.Code));
        Assert.Contains("No space left", file.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("a value", defect.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Conditions))]
    public void Conditions_arrive_in_every_write(WriteCondition condition)
    {
        var name = SecretName.Parse("a/b");
        using var value = SecretValue.FromBytes("v"u8);
        using var wire = new WireWriter();
        wire.Condition(condition);
        wire.Options(new SetOptions { Condition = condition });
        wire.Options(new RotateOptions { Condition = condition });
        wire.Batch(new SecretBatch()
            .Set(name, value, new SetOptions { Condition = condition })
            .Delete(name, condition)
            .Revoke(name, 2, condition)
            .UpdateMetadata(name, new MetadataChange { Description = "d" }, condition));

        var reader = new WireReader(wire.Frame()[sizeof(uint)..].Span);
        var values = new List<SecretValue>();

        Assert.Equal(condition, reader.Condition());
        Assert.Equal(condition, reader.SetOptions().Condition);
        Assert.Equal(condition, reader.RotateOptions().Condition);
        Assert.Equal([condition, condition, condition, condition], reader.Batch(values).Writes.Select(write => write.Kind == SecretWriteKind.Set ? write.Set.Condition : write.Condition));
        Assert.True(reader.IsAtEnd);
        values.ForEach(static read => read.Dispose());
    }
}
