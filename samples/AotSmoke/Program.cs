using AotSmoke;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Strongroom;

// All integrations in one small service, published ahead of time: it serves one request to itself, says what it has seen, and ends. Needs a vault with broker/exchange (fields key, secret) and db/oms (a login).
StrongroomExit.UseExitCodes();
WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.WebHost.UseUrls("http://127.0.0.1:0");
builder.Configuration.AddInMemoryCollection([new("Greeting", "${strongroom://broker/exchange#key}")]);
builder.Configuration.AddStrongroom(options => options.Prefix = "broker/");
builder.Services.AddStrongroom().Require("broker/exchange#secret", "db/oms#password").MaskLogs();
builder.Services.AddOptions<Exchange>().BindStrongroom("broker/exchange").ValidateOnStart();
builder.Services.AddHealthChecks().AddStrongroom();
builder.Services.AddDataProtection().SetApplicationName("smoke").PersistKeysToStrongroom("dp/smoke").ProtectKeysWithStrongroom("dp-kek");
builder.Services.AddStrongroomNpgsqlDataSource("db/oms");
builder.Services.AddHttpClient("exchange").AddStrongroomSigner("broker/exchange", RequestSigner.Headers());
await using WebApplication app = builder.Build();
app.MapGet("/", static (HttpContext context) => context.Request.Headers["X-Key"] + " signed " + (context.Request.Headers["X-Signature"].ToString().Length == 64));
await app.StartAsync();

using LiveSecret secret = app.Services.GetRequiredService<SecretsManager>().Live("broker/exchange", "secret");
int length;
using (SecretLease lease = secret.Acquire())
    length = lease.Span.Length;
IDataProtector protector = app.Services.GetRequiredService<IDataProtectionProvider>().CreateProtector("smoke");
HttpClient client = app.Services.GetRequiredService<IHttpClientFactory>().CreateClient("exchange");
HealthReport health = await app.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
Console.WriteLine($"configuration {app.Configuration["Greeting"]} = {app.Configuration["exchange:key"]}");
Console.WriteLine($"options {app.Services.GetRequiredService<IOptionsMonitor<Exchange>>().CurrentValue.Key}, live secret of {length} bytes");
Console.WriteLine($"protected {protector.Unprotect(protector.Protect("payload"))}, database user {app.Services.GetRequiredService<StrongroomNpgsqlDataSource>().User}");
Console.WriteLine($"request {await client.GetStringAsync(app.Urls.Single())}, health {health.Status}");
await app.StopAsync();
