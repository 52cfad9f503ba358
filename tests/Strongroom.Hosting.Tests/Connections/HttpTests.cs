using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using Strongroom.Tests.Vault;
using static Strongroom.Hosting.Tests.Support;

namespace Strongroom.Hosting.Tests.Connections;

/// <summary>HTTP clients against a real server that forgets old keys at once. STRONGROOM_FULL=1 signs the hundred thousand requests of the benchmarks.</summary>
public sealed class HttpTests : IDisposable
{
    private readonly TestVault _vault = new();
    private readonly FakeLoggerProvider _log = new();

    private static int Requests { get; } = Environment.GetEnvironmentVariable("STRONGROOM_FULL") == "1" ? 100_000 : 4_000;

    public void Dispose() => _vault.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_token_follows_its_secret_is_sent_again_once_and_never_logged(bool synchronous)
    {
        await using Exchange exchange = await Exchange.StartAsync();
        await using SecretsManager writer = await _vault.CreateAsync();
        await writer.SetAsync("broker/token", "token-one");
        using IHost host = await StartAsync(exchange, static client => client.AddStrongroomBearer("broker/token"));
        HttpClient client = Client(host);
        exchange.Tokens["Bearer token-one"] = true;
        Assert.Equal(HttpStatusCode.OK, await SendAsync(new HttpRequestMessage(HttpMethod.Get, "/account")));

        exchange.Tokens.Clear();
        exchange.Tokens["Bearer token-two"] = true;
        await writer.SetAsync("broker/token", "token-two");
        Assert.Equal(HttpStatusCode.OK, await SendAsync(new HttpRequestMessage(HttpMethod.Post, "/order") { Content = new StringContent("buy") }));
        Assert.Equal("/order Bearer token-two buy", exchange.Seen.Last());

        // No other version: the answer is handed on, and nothing is sent a second time.
        exchange.Tokens.Clear();
        int seen = exchange.Seen.Count;
        Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(new HttpRequestMessage(HttpMethod.Get, "/account")));
        Assert.Equal(seen + 1, exchange.Seen.Count);

        Assert.Contains(_log.Collector.GetSnapshot(), static record => record.Id.Id == 1032);
        Assert.Contains(_log.Collector.GetSnapshot(), static record => record.Message.Contains("Request Headers", StringComparison.Ordinal));
        Assert.All(_log.Collector.GetSnapshot(), static record => Assert.DoesNotContain("token-", record.Message + string.Concat(record.StructuredState?.Select(static pair => pair.Value) ?? []), StringComparison.Ordinal));
        await host.StopAsync(Ct);

        async Task<HttpStatusCode> SendAsync(HttpRequestMessage request)
        {
            // The client logs what it sends: nothing of the secret is there, before or after.
            using HttpResponseMessage response = synchronous ? client.Send(request, Ct) : await client.SendAsync(request, Ct);
            Assert.DoesNotContain("token-", $"{response.RequestMessage} {response}", StringComparison.Ordinal);
            return response.StatusCode;
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_stream_is_not_sent_twice(bool isStream)
    {
        await using Exchange exchange = await Exchange.StartAsync();
        await using SecretsManager writer = await _vault.CreateAsync();
        await SetAsync(writer, "broker/binance", ("key", "key-one"), ("secret", "s"));
        using IHost host = await StartAsync(exchange, static client => client.AddStrongroomHeader("X-Api-Key", "broker/binance#key"));
        exchange.Tokens["key-two"] = true;
        exchange.Meanwhile = async () =>
        {
            exchange.Meanwhile = null;
            await SetAsync(writer, "broker/binance", ("key", "key-two"), ("secret", "s"));
        };

        using HttpResponseMessage response = await Client(host).PostAsync("/", isStream ? new StreamContent(new MemoryStream("x"u8.ToArray())) : new ByteArrayContent("x"u8.ToArray()), Ct);

        // There is a newer version, and a body of bytes is sent again with it.
        Assert.Equal(isStream ? HttpStatusCode.Unauthorized : HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(isStream ? ["/ key-one x"] : ["/ key-one x", "/ key-two x"], exchange.Seen);
        await host.StopAsync(Ct);
    }

    [Theory]
    [InlineData("default")]
    [InlineData("older")]
    [InlineData("certificate")]
    public async Task A_key_is_not_sent_to_where_the_server_points(string connections)
    {
        await using Exchange exchange = await Exchange.StartAsync(), elsewhere = await Exchange.StartAsync();
        await using SecretsManager writer = await _vault.CreateAsync();
        await writer.SetAsync("broker/key", "key-one");
        if (connections == "certificate")
        {
            (byte[] certificate, byte[] privateKey) = AspNetCoreTests.Make("broker");
            await new SecretsHelper(writer).StoreCertificateAsync("tls/broker", certificate, privateKey, ct: Ct);
        }

        exchange.Elsewhere = elsewhere.Address;
        using IHost host = await StartAsync(exchange, client =>
        {
            if (connections == "older")
                client.ConfigurePrimaryHttpMessageHandler(static () => new HttpClientHandler());
            if (connections == "certificate")
                client.AddStrongroomClientCertificate("tls/broker");
            client.AddStrongroomHeader("X-Api-Key", "broker/key").AddStrongroomBearer("broker/key");
        });

        using HttpResponseMessage response = await Client(host).PostAsync("/order", new StringContent("buy"), Ct);

        Assert.Equal(HttpStatusCode.TemporaryRedirect, response.StatusCode);
        Assert.Empty(elsewhere.Seen);
        await host.StopAsync(Ct);
    }

    [Fact]
    public async Task A_stream_that_is_sent_synchronously_is_signed_and_sent()
    {
        await using Exchange exchange = await Exchange.StartAsync();
        await using SecretsManager writer = await _vault.CreateAsync();
        byte[] key = RandomNumberGenerator.GetBytes(32);
        exchange.Keys["key"] = key;
        using (SecretValue value = SecretValue.FromFields([new("key", SecretValue.FromBytes("key"u8)), new("secret", SecretValue.FromBytes(key))]))
            await writer.SetAsync("broker/exchange", value, ct: Ct);
        using IHost host = await StartAsync(exchange, static client => client.AddStrongroomSigner("broker/exchange", RequestSigner.Headers()));

        using HttpResponseMessage response = Client(host).Send(new HttpRequestMessage(HttpMethod.Post, "/hmac") { Content = new StreamContent(new OnePass("buy 1"u8.ToArray())) }, Ct);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await host.StopAsync(Ct);
    }

    [Fact]
    public async Task Who_sends_synchronously_can_stop_waiting_for_the_vault()
    {
        await (await _vault.CreateWithAsync("broker/key")).DisposeAsync();
        using ManualResetEventSlim opening = new(), entered = new();
        using IHost host = Application(services =>
        {
            services.AddStrongroom(options =>
            {
                _vault.Configure(options);
                options.Unlock = () =>
                {
                    entered.Set();
                    opening.Wait(TimeSpan.FromSeconds(60));
                    return Unlock.KeyFile(_vault.KeyPath);
                };
            });
            services.AddHttpClient("broker").AddStrongroomHeader("X-Api-Key", "broker/key");
        });
        HttpClient client = Client(host);
        Task<Exception?> first = Task.Run(() => Record.Exception(() => client.Send(new HttpRequestMessage(HttpMethod.Get, "http://127.0.0.1:1/"), Ct)), Ct);
        Assert.True(entered.Wait(TimeSpan.FromSeconds(60), Ct));
        using var impatient = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));

        Task<Exception?> second = Task.Run(() => Record.Exception(() => client.Send(new HttpRequestMessage(HttpMethod.Get, "http://127.0.0.1:1/"), impatient.Token)), Ct);
        await Task.WhenAny(second, Task.Delay(TimeSpan.FromSeconds(20), Ct));
        bool stopped = second.IsCompleted;
        opening.Set();

        Assert.IsAssignableFrom<OperationCanceledException>(await second);
        Assert.True(stopped);
        Assert.IsType<HttpRequestException>(await first);
    }

    [Theory]
    [InlineData("/hmac", RequestSignatureAlgorithm.HmacSha256)]
    [InlineData("/ed25519", RequestSignatureAlgorithm.Ed25519)]
    public async Task Signed_requests_are_all_good_while_keys_rotate(string path, RequestSignatureAlgorithm algorithm)
    {
        await using Exchange exchange = await Exchange.StartAsync();
        await using SecretsManager writer = await _vault.CreateAsync();
        await RotateAsync(0);
        using IHost host = await StartAsync(exchange, client => client.AddStrongroomSigner("broker/exchange", RequestSigner.Headers(algorithm)), LogLevel.Warning);
        HttpClient client = Client(host);
        int left = Requests, bad = 0, rotations = 0;

        Task rotating = Task.Run(async () =>
        {
            while (Volatile.Read(ref left) > 0)
            {
                await RotateAsync(++rotations);
                await Task.Delay(50, Ct);
            }
        }, Ct);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Decrement(ref left) >= 0)
            {
                using HttpResponseMessage response = await client.PostAsync($"{path}?symbol=BTC", new StringContent("buy 1"), Ct);
                if (response.StatusCode != HttpStatusCode.OK)
                    Interlocked.Increment(ref bad);
            }
        }, Ct)));
        await rotating;

        Assert.Equal(0, bad);
        Assert.True(rotations > 3, $"{rotations}");
        TestContext.Current.SendDiagnosticMessage($"{algorithm}: {Requests} requests, {rotations} rotations, {exchange.Refused} sent a second time, {bad} bad");
        await host.StopAsync(Ct);

        // The server forgets the key before at once: what was on its way with it has to be signed again.
        async Task RotateAsync(int number)
        {
            byte[] key = RandomNumberGenerator.GetBytes(32);
            using var pair = Ed25519SigningKey.Import(key);
            exchange.Keys[$"key-{number}"] = algorithm == RequestSignatureAlgorithm.Ed25519 ? pair.PublicKey : key;
            using SecretValue value = SecretValue.FromFields([new("key", SecretValue.DangerousFromString($"key-{number}")), new("secret", SecretValue.FromBytes(key))]);
            await writer.SetAsync("broker/exchange", value, ct: Ct);
            exchange.Keys.TryRemove($"key-{number - 1}", out byte[]? _);
        }
    }

    /// <summary>The example of Binance's documentation of signed endpoints.</summary>
    [Fact]
    public async Task A_signature_in_the_query_is_the_one_that_the_exchange_documents()
    {
        await using Exchange exchange = await Exchange.StartAsync();
        await using SecretsManager writer = await _vault.CreateAsync();
        await SetAsync(writer, "broker/binance", ("key", "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"), ("secret", "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"));
        var clock = new FakeTimeProvider(DateTimeOffset.FromUnixTimeMilliseconds(1499827319559));
        using IHost host = await StartAsync(exchange, client =>
        {
            client.AddStrongroomSigner("broker/binance", RequestSigner.Query("X-Api-Key"));
            client.Services.AddSingleton<TimeProvider>(clock);
        });

        using HttpResponseMessage response = await Client(host).PostAsync("/api/v3/order?symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000", null, Ct);

        Assert.Contains("timestamp=1499827319559&signature=c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71 vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A", Assert.Single(exchange.Seen), StringComparison.Ordinal);
        await host.StopAsync(Ct);
    }

    [Fact]
    public async Task What_can_not_be_a_header_or_a_key_is_refused_without_being_shown()
    {
        await using Exchange exchange = await Exchange.StartAsync();
        await using SecretsManager writer = await _vault.CreateAsync();
        await writer.SetAsync("line", "planted-value\n");
        await SetAsync(writer, "fields", ("other", "planted-value"));
        (string Code, Action<IHttpClientBuilder> Add)[] cases =
        [
            ("SR1731", static client => client.AddStrongroomHeader("X-Api-Key", "line")),
            ("SR1730", static client => client.AddStrongroomHeader("X-Api-Key", "fields")),
            ("SR1104", static client => client.AddStrongroomBearer("fields#token")),
            ("SR1417", static client => client.AddStrongroomBearer("nowhere")),
            ("SR1732", static client => client.AddStrongroomSigner("fields", RequestSigner.Headers())),
            ("SR1031", static client => client.AddStrongroomSigner("line", RequestSigner.Headers(RequestSignatureAlgorithm.Ed25519))),
        ];
        foreach ((string code, Action<IHttpClientBuilder> add) in cases)
        {
            using IHost host = await StartAsync(exchange, add);
            StrongroomException error = await Assert.ThrowsAnyAsync<StrongroomException>(() => Client(host).GetAsync("/", Ct));
            Assert.Equal(code, error.Code);
            Assert.DoesNotContain("planted", error.ToString(), StringComparison.Ordinal);
            await host.StopAsync(Ct);
        }

        Assert.Empty(exchange.Seen);
    }

    [Fact]
    public async Task Without_a_vault_the_error_says_what_to_call()
    {
        using IHost host = Application(static services => services.AddSingleton(TimeProvider.System).AddHttpClient("broker").AddStrongroomBearer("a"));
        Assert.Equal("SR1707", (await Assert.ThrowsAsync<VaultConfigurationException>(() => host.Services.GetRequiredService<IHttpClientFactory>().CreateClient("broker").GetAsync("http://127.0.0.1:1/", Ct))).Code);
    }

    private static async Task SetAsync(SecretsManager vault, string name, params (string Field, string Value)[] fields)
    {
        using SecretValue value = SecretValue.FromFields(fields.Select(static field => new KeyValuePair<string, SecretValue>(field.Field, SecretValue.FromBytes(Encoding.UTF8.GetBytes(field.Value)))));
        await vault.SetAsync(name, value, ct: Ct);
    }

    private static HttpClient Client(IHost host) => host.Services.GetRequiredService<IHttpClientFactory>().CreateClient("broker");

    // Logs everything, headers included.
    private async Task<IHost> StartAsync(Exchange exchange, Action<IHttpClientBuilder> add, LogLevel level = LogLevel.Trace)
    {
        IHost host = Application(services =>
        {
            services.AddLogging(logging => logging.SetMinimumLevel(level).AddProvider(_log));
            services.AddStrongroom(_vault.Configure);
            IHttpClientBuilder client = services.AddHttpClient("broker", http => http.BaseAddress = exchange.Address);
            // The client's own logs show what they are told to: the secret's header must not be among it.
            client.RedactLoggedHeaders(static _ => false);
            add(client);
        });
        await host.StartAsync(Ct);
        return host;
    }

    /// <summary>A stream that can be read once.</summary>
    private sealed class OnePass(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
    }
}
