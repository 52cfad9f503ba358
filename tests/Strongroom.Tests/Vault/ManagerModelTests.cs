using CsCheck;
using Strongroom.Audit;

namespace Strongroom.Tests.Vault;

/// <summary>Random writes by two programs that share a vault file, alone and in batches, against a plain model with versions: each answers what the model answers, and both see the state of the model afterwards.</summary>
public sealed class ManagerModelTests
{
    private static readonly string[] Names = ["a", "a/b", "c"];

    private static readonly Gen<ManagerStep> Step = Gen.Select(
        Gen.Enum<ManagerStepKind>(), Gen.Int[0, 2].Select(static i => Names[i]), Gen.Long[1, 6], Gen.Char['a', 'z'].Array[0, 200],
        static (kind, name, number, value) => new ManagerStep(kind, name, number, new string(value)));

    // A list of one is a write of its own; a longer one is a batch; an empty one closes a program and opens it again.
    private static readonly Gen<(bool Second, ManagerStep[] Steps)> Turn = Gen.Select(Gen.Bool, Gen.Frequency((8, Step.Array[1]), (2, Step.Array[2, 5]), (1, Step.Array[0])));

    [Fact]
    public Task Two_programs_on_one_file_do_what_the_model_does() => Turn.Array[1, 40].SampleAsync(async turns =>
    {
        using var vault = new TestVault();
        vault.Options = vault.Options with { KeepVersions = ManagerModel.KeepVersions, Audit = new AuditOptions { Reads = AuditReads.Off } };
        SecretsManager[] programs = [await vault.CreateAsync(), await vault.OpenAsync()];
        ManagerModel model = ManagerModel.Empty;
        try
        {
            foreach ((bool second, ManagerStep[] steps) in turns)
            {
                int program = second ? 1 : 0;
                if (steps.Length == 0)
                {
                    await programs[program].DisposeAsync();
                    programs[program] = await vault.OpenAsync();
                    continue;
                }

                (ManagerModel after, object expected) = steps.Length == 1 ? model.Apply(steps[0]) : model.ApplyAll(steps);
                object answer = await Answer(() => steps.Length == 1 ? DoAsync(programs[program], steps[0]) : DoAllAsync(programs[program], steps));
                Assert.Equal(expected, answer);
                model = after;
                await SeesAsync(programs[1 - program], model);
            }

            foreach (SecretsManager program in programs)
                await SeesAsync(program, model);
            Assert.True((await programs[0].VerifyAsync(ct: TestContext.Current.CancellationToken)).IsIntact);
        }
        finally
        {
            foreach (SecretsManager program in programs)
                await program.DisposeAsync();
        }
    }, iter: 40);

    private static async Task<object> Answer(Func<Task<object>> call)
    {
        try
        {
            return await call();
        }
        catch (StrongroomException error)
        {
            return error.GetType();
        }
    }

    private static async Task<object> DoAsync(SecretsManager program, ManagerStep step)
    {
        CancellationToken ct = TestContext.Current.CancellationToken;
        using SecretValue value = SecretValue.DangerousFromString(step.Value);
        return step.Kind switch
        {
            ManagerStepKind.Set => (await program.SetAsync(step.Name, value, default, ct)).Version,
            ManagerStepKind.SetAbsent => (await program.SetAsync(step.Name, value, new SetOptions { Condition = WriteCondition.Absent }, ct)).Version,
            ManagerStepKind.SetVersion => (await program.SetAsync(step.Name, value, new SetOptions { Condition = WriteCondition.Version(step.Number) }, ct)).Version,
            ManagerStepKind.Rotate => (await program.RotateAsync(step.Name, value, default, ct)).Version,
            ManagerStepKind.Rollback => (await program.RollbackAsync(step.Name, step.Number, default, ct)).Version,
            ManagerStepKind.Tag => (await program.UpdateMetadataAsync(step.Name, Tagged(step), default, ct)).Version,
            ManagerStepKind.Delete => await program.DeleteAsync(step.Name, default, ct),
            ManagerStepKind.Restore => await program.RestoreAsync(step.Name, default, ct),
            _ => await program.PurgeAsync(step.Name, default, ct),
        };
    }

    private static async Task<object> DoAllAsync(SecretsManager program, ManagerStep[] steps)
    {
        var batch = new SecretBatch();
        SecretValue[] values = [.. steps.Select(static step => SecretValue.DangerousFromString(step.Value))];
        foreach ((ManagerStep step, SecretValue value) in steps.Zip(values))
            Add(batch, step, value);
        await program.CommitAsync(batch, TestContext.Current.CancellationToken);
        Array.ForEach(values, static value => value.Dispose());
        return true;
    }

    private static SecretBatch Add(SecretBatch batch, ManagerStep step, SecretValue value) => step.Kind switch
    {
        ManagerStepKind.Set => batch.Set(step.Name, value),
        ManagerStepKind.SetAbsent => batch.Set(step.Name, value, new SetOptions { Condition = WriteCondition.Absent }),
        ManagerStepKind.SetVersion => batch.Set(step.Name, value, new SetOptions { Condition = WriteCondition.Version(step.Number) }),
        ManagerStepKind.Rotate => batch.Rotate(step.Name, value),
        ManagerStepKind.Tag => batch.UpdateMetadata(step.Name, Tagged(step)),
        ManagerStepKind.Delete => batch.Delete(step.Name),
        ManagerStepKind.Restore => batch.Restore(step.Name),
        ManagerStepKind.Purge => batch.Purge(step.Name),
        // A batch has no rollback; a write that is refused for certain stands for it.
        _ => batch.Set(step.Name, value, new SetOptions { Condition = WriteCondition.Version(long.MaxValue / 2) }),
    };

    private static MetadataChange Tagged(ManagerStep step) => new() { Tags = new Dictionary<string, string?> { ["tag"] = step.Value } };

    private static async Task SeesAsync(SecretsManager program, ManagerModel model)
    {
        CancellationToken ct = TestContext.Current.CancellationToken;
        Assert.Equal(model.Secrets.Where(static secret => !secret.Value.IsDeleted).Select(static secret => secret.Key), await program.NamesAsync());
        foreach (string name in Names)
        {
            using SecretData? data = await program.TryGetAsync(name, null, ct);
            ManagerModel.Secret? live = model.Live(name);
            Assert.Equal((live?.Version, live?.Value, live?.Rotations), (data?.Metadata.Version, data?.Value.DangerousRevealString(), data?.Metadata.RotationCount));
            if (live is null)
                continue;
            Assert.Equal(live.Tag, data!.Metadata.Tags.GetValueOrDefault("tag"));
            Assert.Equal(live.Older.Select(static older => older.Version).Append(live.Version), (await program.HistoryAsync(name, ct)).Select(static version => version.Version).Order());
            foreach (ManagerModel.Older older in live.Older)
                Assert.Equal(older.Value, await program.TextAsync(name, older.Version));
        }
    }
}
