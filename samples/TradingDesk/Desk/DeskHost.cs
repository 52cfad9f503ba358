using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Strongroom;
using Strongroom.Backends.PostgreSql;
using Strongroom.Rotation;

namespace TradingDesk.Desk;

/// <summary>The desk: everything that it needs to know of its secrets stands here. Which vault it is, and what opens it, comes from the environment (STRONGROOM_VAULT, STRONGROOM_KEY_FILE).</summary>
internal static class DeskHost
{
    public static async Task RunAsync(string[] args)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(args);
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(static kestrel => kestrel.UseStrongroomCertificate("tls/desk"));

        // Last of the sources: appsettings.json is committed and holds references.
        builder.Configuration.AddStrongroom();
        builder.Services.AddStrongroom()
            .Require("broker/orders#secret", "broker/quotes#secret", "db/desk#password", "fix/session#password", "tls/desk#key")
            .MaskLogs()
            .AddRotation(options => Rotation(options, builder.Configuration))
            .ReportVersions(configure: static (services, consumer) => consumer.Track("db/desk", () => services.GetRequiredService<StrongroomNpgsqlDataSource>().VersionsInUse.Min()));

        builder.Services.AddStrongroomNpgsqlDataSource("db/desk", static options => options.ConnectionString = "Maximum Pool Size=8");
        var exchange = new Uri(builder.Configuration["Exchange:Address"]!);
        builder.Services.AddHttpClient("orders", http => http.BaseAddress = exchange).AddStrongroomSigner("broker/orders", RequestSigner.Headers());
        builder.Services.AddHttpClient("quotes", http => http.BaseAddress = exchange);
        builder.Services.AddHttpClient("fix", http => http.BaseAddress = exchange);
        builder.Services.AddHealthChecks().AddStrongroom(configure: static options => options.IncludeNames = true).AddCheck<DatabaseHealth>("database");

        builder.Services.AddSingleton<DeskMetrics>().AddSingleton<MetricsText>().AddSingleton<FixLogonRotator>();
        builder.Services.AddHostedService<Trader>().AddHostedService<Quoter>();

        WebApplication app = builder.Build();
        // Listens from the start, so that nothing is missed before the first reader.
        MetricsText metrics = app.Services.GetRequiredService<MetricsText>();
        app.MapGet("/metrics", metrics.Write);
        app.MapHealthChecks("/health", new HealthCheckOptions { ResponseWriter = WriteHealthAsync });
        await app.RunAsync();
    }

    private static void Rotation(StrongroomRotationOptions options, ConfigurationManager configuration)
    {
        options.Interval = configuration.GetValue<TimeSpan>("Rotation:Interval");
        // An order desk wants to know within seconds whether a lost answer changed its password.
        options.Engine = new RotationOptions { FirstRetry = TimeSpan.FromSeconds(1), LongestRetry = TimeSpan.FromMinutes(5) };
        options.Add(new PostgreSqlRotator())
            .Add(new CommandRotator("exchange-key", Path.Combine(AppContext.BaseDirectory, "rotators", "exchange-key")))
            .Add(static services => services.GetRequiredService<FixLogonRotator>());
    }

    private static Task WriteHealthAsync(HttpContext context, HealthReport report) =>
        context.Response.WriteAsync(report.Status + "\n" + string.Concat(report.Entries.Select(static entry => $"{entry.Key}: {entry.Value.Status}: {entry.Value.Description} {entry.Value.Data.GetValueOrDefault("names")}\n")));
}
