using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Strongroom.Rotation;
using Strongroom.Tests.Vault;

namespace Strongroom.Tests.Rotations;

/// <summary>Against a web service that checks signatures, on a port of loopback.</summary>
public sealed class WebhookRotatorTests : IAsyncLifetime
{
    private static readonly byte[] Key = "the key that signs requests"u8.ToArray();
    private readonly HttpListener _listener = new();
    private readonly ConcurrentBag<WebhookRotator> _rotators = [];
    private readonly HashSet<string> _accepted = ["first value"];
    private readonly ConcurrentQueue<string> _requests = [];
    private Task _serving = Task.CompletedTask;
    private Uri _address = null!;
    private int _failures;
    private int _refusal;
    private string? _elsewhere;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            _address = new Uri($"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}/rotate/");
        }

        _listener.Prefixes.Add(_address.ToString());
        _listener.Start();
        _serving = Task.Run(ServeAsync, Ct);
        return default;
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _serving;
        foreach (WebhookRotator rotator in _rotators)
            rotator.Dispose();
    }

    [Fact]
    public async Task Killed_at_every_point_the_next_run_converges()
    {
        await using RotationFixture fixture = await ReadyAsync();

        int points = await RotationKills.EverywhereAsync(fixture, "app/key", () => Rotator(fixture.Time), async () => Assert.Contains(await fixture.Vault.TextAsync("app/key"), _accepted), async () => Assert.Equal([await fixture.Vault.TextAsync("app/key")], _accepted));

        Assert.True(points >= 14, $"only {points} points");
        Assert.DoesNotContain("unsigned", _requests);
        Assert.Contains(_requests.GroupBy(key => key, StringComparer.Ordinal), group => group.Count() > 1);
    }

    [Fact]
    public async Task What_fails_for_a_moment_is_tried_again_and_a_refusal_ends_the_rotation()
    {
        await using RotationFixture fixture = await ReadyAsync();
        using RotationEngine engine = fixture.Engine(Rotator());

        _failures = 2;
        Assert.Equal(RotationResultKind.Promoted, (await engine.RotateAsync("app/key", ct: Ct)).Kind);
        Assert.Equal(3, _requests.Count(static key => key.EndsWith("-create", StringComparison.Ordinal)));

        _failures = 3;
        RotationResult failed = await engine.RotateAsync("app/key", new RotationRequest { Urgent = true }, Ct);
        Assert.Equal((RotationResultKind.Failed, "SR1824"), (failed.Kind, failed.Error?.Code));
        Assert.Equal(RotationResultKind.Completed, (await engine.RotateAsync("app/key", new RotationRequest { Urgent = true }, Ct)).Kind);

        _refusal = 422;
        RotationResult refused = await engine.RotateAsync("app/key", ct: Ct);
        Assert.True(refused.Kind is RotationResultKind.Refused or RotationResultKind.Failed, $"{refused}");
        Assert.Equal("SR1821", refused.Error!.Code);
        _refusal = 0;
        Assert.Equal(RotationResultKind.Completed, (await engine.RotateAsync("app/key", new RotationRequest { Urgent = true }, Ct)).Kind);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(307)]
    public async Task Values_are_not_sent_to_where_the_service_points(int status)
    {
        await using RotationFixture fixture = await ReadyAsync();
        using RotationEngine engine = fixture.Engine(Rotator());
        _elsewhere = _address + "elsewhere/";
        _refusal = status;

        RotationResult result = await engine.RotateAsync("app/key", ct: Ct);

        Assert.Equal((RotationResultKind.Failed, "SR1824"), (result.Kind, result.Error?.Code));
        Assert.Single(_requests);
    }

    [Fact]
    public void Secrets_are_not_sent_over_a_network_in_the_open()
    {
        Assert.Equal("SR1823", Assert.Throws<VaultConfigurationException>(() => new WebhookRotator("hook", new Uri("http://rotator.example/"), "hooks/key")).Code);
    }

    // Even when it is told to follow.
    private WebhookRotator Rotator(TimeProvider? time = null)
    {
        var rotator = new WebhookRotator("hook", _address, "hooks/key", static handler => handler.AllowAutoRedirect = true, time);
        _rotators.Add(rotator);
        return rotator;
    }

    private static async Task<RotationFixture> ReadyAsync()
    {
        RotationFixture fixture = await RotationFixture.CreateAsync();
        await fixture.SetAsync("app/key", "first value", ("with", "hook"));
        using var key = SecretValue.FromBytes(Key);
        await fixture.Vault.SetAsync("hooks/key", key, ct: Ct);
        return fixture;
    }

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            try
            {
                HttpListenerContext context = await _listener.GetContextAsync();
                using var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body);
                if (_elsewhere is not null)
                    context.Response.RedirectLocation = _elsewhere;
                context.Response.StatusCode = Handle(context.Request, body.ToArray());
                context.Response.Close();
            }
            catch (Exception error) when (error is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }
        }
    }

    private int Handle(HttpListenerRequest request, byte[] body)
    {
        byte[] signed = [.. Encoding.ASCII.GetBytes(request.Headers["Strongroom-Timestamp"] + "."), .. body];
        if (request.Headers["Strongroom-Signature"] != "v1=" + Convert.ToHexStringLower(HMACSHA256.HashData(Key, signed)))
        {
            _requests.Enqueue("unsigned");
            return 401;
        }

        _requests.Enqueue(request.Headers["Idempotency-Key"]!);
        if (Interlocked.Decrement(ref _failures) >= 0)
            return 503;
        if (_refusal != 0)
            return _refusal;
        using JsonDocument told = JsonDocument.Parse(body);
        string step = told.RootElement.GetProperty("step").GetString()!;
        string? next = told.RootElement.TryGetProperty("new", out JsonElement value) ? value.GetString() : null;
        lock (_accepted)
        {
            if (step == "set")
                _accepted.Add(next!);
            if (step == "revoke")
                _accepted.Remove(told.RootElement.GetProperty("old").GetString()!);
            return step == "verify" && !_accepted.Contains(next!) ? 400 : 200;
        }
    }
}
