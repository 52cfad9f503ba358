using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Strongroom.Backends.PostgreSql;
using Strongroom.Rotation;
using Strongroom.Tests.House;
using Strongroom.Tests.Vault;
using static Strongroom.Hosting.Tests.Support;

namespace Strongroom.Hosting.Tests;

/// <summary>The code of docs/rotation.md, compiled and run: its lines are those of this file.</summary>
public sealed partial class RotationDocumentTests : IDisposable
{
    private readonly TestVault _vault = new();

    public void Dispose() => _vault.Dispose();

    [Fact]
    public void Every_line_of_code_in_the_document_stands_here()
    {
        string here = Repository.Read("tests/Strongroom.Hosting.Tests/RotationDocumentTests.cs");
        var lines = Fence().Matches(Repository.Read("docs/rotation.md")).SelectMany(match => match.Groups[1].Value.Split('\n')).Select(line => line.Trim()).Where(line => line.Length > 0).ToList();

        Assert.True(lines.Count > 10);
        Assert.All(lines, line => Assert.Contains(line, here, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_engine_rotates_and_a_consumer_reports()
    {
        await using SecretsManager vault = await _vault.CreateAsync();
        await vault.SetAsync("broker/binance", "first", new SetOptions { Tags = new Dictionary<string, string> { ["rotate.with"] = "exchange-keys", ["rotate.every"] = "30d" } });

        await using var consumer = new RotationConsumer(vault, "orders");
        consumer.Track(vault.Live("broker/binance"));
        await consumer.ReportAsync();

        using var engine = new RotationEngine(vault, new RotationOptions { Rotators = [new ExchangeKeys()] });
        using IDisposable listening = engine.OnNotice(notice => Console.WriteLine($"{notice.Name}: {notice.Kind}"));
        foreach (RotationPlan plan in await engine.PlanAsync())
            Console.WriteLine($"{plan.Name}: {plan.State}, due {plan.DueAt:u} {plan.Note}");
        await engine.RunDueAsync();
        RotationResult result = await engine.RotateAsync("broker/binance", new RotationRequest { Reason = "laptop lost", Urgent = true });

        Assert.Equal(RotationResultKind.Completed, result.Kind);
        Assert.Equal("made by the exchange", await vault.TextAsync("broker/binance"));
    }

    [Fact]
    public async Task An_application_rotates_in_the_background()
    {
        await using (SecretsManager vault = await _vault.CreateAsync())
            await vault.SetAsync("app/key", "first");
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        Action<StrongroomOptions> options = _vault.Configure;

        builder.Services.AddStrongroom(options)
            .AddRotation(o => o.Add(new PostgreSqlRotator()).Add(new RedisRotator()))
            .ReportVersions()
            .OnRotation((services, notice) => Console.WriteLine($"{notice.Name}: {notice.Kind}"));

        using IHost host = builder.Build();
        await host.StartAsync(Ct);
        await host.StopAsync(Ct);
    }

    private sealed class ExchangeKeys : IRotator
    {
        public string Kind => "exchange-keys";

        public IReadOnlyCollection<string> Settings => [];

        public ValueTask<SecretValue> CreateAsync(RotationContext context, CancellationToken ct) => new(SecretValue.FromBytes("made by the exchange"u8));

        public ValueTask SetAsync(RotationContext context, CancellationToken ct) => default;

        public ValueTask VerifyAsync(RotationContext context, CancellationToken ct) => default;

        public ValueTask RevokeAsync(RotationContext context, CancellationToken ct) => default;
    }

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Fence();
}
