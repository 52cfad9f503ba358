using Strongroom.Rotation;
using Strongroom.Tests.LocalVaults;
using Strongroom.Tests.Vault;

namespace Strongroom.Tests.Rotations;

public sealed class CommandRotatorTests : IDisposable
{
    private const string Program = """
        import json, os, sys
        state, step = sys.argv[1], sys.argv[-1]
        told = json.load(sys.stdin)
        with open(state + ".seen", "a") as seen:
            seen.write(" ".join(sys.argv) + " " + " ".join(k + "=" + v for k, v in os.environ.items()) + "\n")
        accepted = json.load(open(state)) if os.path.exists(state) else ["first value"]
        assert told["step"] == step and told["name"] == "app/key" and told["fence"] > 0, told
        if step == "set" and told["new"] not in accepted: accepted.append(told["new"])
        if step == "verify" and told["new"] not in accepted: sys.exit(1)
        if step == "revoke" and told["old"] in accepted: accepted.remove(told["old"])
        if os.path.exists(state + ".refuse"): sys.exit(3)
        if os.path.exists(state + ".hang"): __import__("time").sleep(60)
        json.dump(accepted, open(state, "w"))
        print("noise of %s" % told["old"], file=sys.stderr)
        if step == "create" and os.path.exists(state + ".make"): print("made by the program")
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("strongroom-command-").FullName;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private string State => Path.Combine(_folder, "state");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Killed_at_every_point_the_next_run_converges_and_no_value_is_an_argument()
    {
        await using RotationFixture fixture = await ReadyAsync();

        int points = await RotationKills.EverywhereAsync(fixture, "app/key", Rotator, async () => Assert.Contains(await fixture.Vault.TextAsync("app/key"), Accepted()), async () => Assert.Equal([await fixture.Vault.TextAsync("app/key")], Accepted()));

        Assert.True(points >= 14, $"only {points} points");
        string seen = await File.ReadAllTextAsync(State + ".seen", Ct);
        Assert.DoesNotContain("first value", seen, StringComparison.Ordinal);
        Assert.DoesNotContain(await fixture.Vault.TextAsync("app/key"), seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exit_codes_and_time_outs_are_told_apart()
    {
        await using RotationFixture fixture = await ReadyAsync();
        using var engine = new RotationEngine(fixture.Vault, new RotationOptions { Rotators = [Rotator()], StepTimeout = TimeSpan.FromSeconds(3), Lease = TimeSpan.FromMinutes(1) });

        File.WriteAllText(State + ".hang", "");
        RotationResult slow = await engine.RotateAsync("app/key", ct: Ct);
        Assert.Equal((RotationResultKind.Failed, "SR1808"), (slow.Kind, slow.Error!.Code));
        File.Delete(State + ".hang");
        File.WriteAllText(State + ".make", "");
        RotationResult made = await engine.RotateAsync("app/key", new RotationRequest { Urgent = true }, Ct);
        Assert.True(made.Kind == RotationResultKind.Completed, made.Error?.Message);
        Assert.Equal("made by the program", await fixture.Vault.TextAsync("app/key"));
        File.Delete(State + ".make");
        File.WriteAllText(State + ".refuse", "");
        RotationResult refused = await engine.RotateAsync("app/key", ct: Ct);
        Assert.Equal("SR1821", refused.Error!.Code);
        Assert.DoesNotContain("made by", refused.Error.ToString(), StringComparison.Ordinal);

        var missing = new RotationEngine(fixture.Vault, new RotationOptions { Rotators = [new CommandRotator("far", Path.Combine(_folder, "not-there"))] });
        Assert.Equal("SR1822", (await missing.RotateAsync("app/key", ct: Ct)).Error!.Code);
        missing.Dispose();
    }

    [Fact]
    public async Task A_key_and_its_secret_are_answered_together_with_their_expiry()
    {
        await using RotationFixture fixture = await WithFieldsAsync();

        RotationResult result = await fixture.Engine(Answering("""{"expires":"2027-04-01T00:00:00Z","new":{"key":"key-2","secret":"\u00fcber \"quoted\""}}""")).RotateAsync("app/key", ct: Ct);

        Assert.True(result.Kind == RotationResultKind.Promoted, result.Error?.Message);
        using SecretData data = await fixture.Vault.GetAsync("app/key", ct: Ct);
        Assert.Equal(("key-2", "über \"quoted\"", "https://exchange"), (data.Value.DangerousRevealString("key"), data.Value.DangerousRevealString("secret"), data.Value.DangerousRevealString("endpoint")));
        Assert.Equal(new DateTimeOffset(2027, 4, 1, 0, 0, 0, TimeSpan.Zero), data.Metadata.ExpiresAt);
    }

    [Theory]
    [InlineData("planted")]
    [InlineData("{}")]
    [InlineData("""{"new":{}}""")]
    [InlineData("""{"new":{"key":"planted","key":"planted"}}""")]
    [InlineData("""{"new":{"key":"planted"},"new":{"key":"planted"}}""")]
    [InlineData("""{"new":{"key":1}}""")]
    [InlineData("""{"new":{"key":"planted"},"expires":"soon"}""")]
    [InlineData("""{"new":{"key":"planted"},"expiry":"2027-04-01T00:00:00Z"}""")]
    [InlineData("""{"new":{"key":"planted"}} planted""")]
    [InlineData("""{"new":{"key":"planted\ud800"}}""")]
    [InlineData("""{"new":{"key":"planted"}""")]
    public async Task What_is_no_object_with_new_fields_is_refused_without_being_quoted(string answer)
    {
        await using RotationFixture fixture = await WithFieldsAsync();

        RotationResult result = await fixture.Engine(Answering(answer)).RotateAsync("app/key", ct: Ct);

        Assert.Equal((RotationResultKind.Failed, "SR1829"), (result.Kind, result.Error!.Code));
        Assert.DoesNotContain("planted", result.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_read_beyond_the_answer_is_wiped()
    {
        var output = new Output(10_000);
        byte[] kept = new byte[100];

        Assert.Equal(100, await CommandRotator.ReadAsync(output, kept, Ct));

        Assert.All(kept, static given => Assert.Equal(1, given));
        Assert.True(output.Filled.Count > 1);
        Assert.All(output.Filled.Skip(1), static beyond => Assert.False(beyond.Span.ContainsAnyExcept((byte)0)));
    }

    private CommandRotator Answering(string answer)
    {
        File.WriteAllText(State + ".answer", answer);
        return new CommandRotator("far", "/bin/sh", "-c", "cat >/dev/null; if [ \"$1\" = create ]; then cat \"$0\"; fi", State + ".answer");
    }

    private static async Task<RotationFixture> WithFieldsAsync()
    {
        RotationFixture fixture = await RotationFixture.CreateAsync();
        using SecretValue fields = SecretValue.FromFields([new("key", SecretValue.FromBytes("key-1"u8)), new("secret", SecretValue.FromBytes("first"u8)), new("endpoint", SecretValue.FromBytes("https://exchange"u8))]);
        await fixture.Vault.SetAsync("app/key", fields, new SetOptions { ExpiresAt = fixture.Time.GetUtcNow().AddDays(1), Tags = new Dictionary<string, string> { ["rotate.with"] = "far" } }, Ct);
        return fixture;
    }

    private async Task<RotationFixture> ReadyAsync()
    {
        Need.That(File.Exists("/usr/bin/python3"), "python3 is not installed: apt-get install python3");
        await File.WriteAllTextAsync(Path.Combine(_folder, "far.py"), Program, Ct);
        RotationFixture fixture = await RotationFixture.CreateAsync();
        await fixture.SetAsync("app/key", "first value", ("with", "far"));
        return fixture;
    }

    private CommandRotator Rotator() => new("far", "/usr/bin/python3", Path.Combine(_folder, "far.py"), State);

    private string[] Accepted() => File.Exists(State) ? System.Text.Json.JsonSerializer.Deserialize<string[]>(File.ReadAllText(State))! : ["first value"];

    /// <summary>Gives ones, and remembers into what.</summary>
    private sealed class Output(int length) : MemoryStream(Enumerable.Repeat((byte)1, length).ToArray())
    {
        public List<Memory<byte>> Filled { get; } = [];

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Filled.Add(buffer);
            return base.ReadAsync(buffer, cancellationToken);
        }
    }
}
