using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Npgsql;
using Strongroom;

namespace TradingDesk.Story;

/// <summary>Where the run happens: a folder with the vault and the logs, a database server beside it, and what programs have to know of them.</summary>
internal sealed class Place(string folder, string command)
{
    private static readonly string Script = Path.Combine(AppContext.BaseDirectory, "try-postgresql");

    public string Folder => folder;

    public string Vault => Path.Combine(folder, "vault", "strongroom.json");

    /// <summary>The superuser's password, which only this process has.</summary>
    public string Superuser { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    public int DatabasePort { get; private set; }

    public Dictionary<string, string> Environment => new(StringComparer.Ordinal)
    {
        ["STRONGROOM_VAULT"] = Vault,
        ["STRONGROOM_KEY_FILE"] = Path.Combine(folder, "vault.key"),
        ["STRONGROOM_STATE_DIR"] = Path.Combine(folder, "state"),
        ["STRONGROOM_ROTATORS"] = Path.Combine(AppContext.BaseDirectory, "rotators"),
        // A configuration of whoever runs this is none of the story's business.
        ["XDG_CONFIG_HOME"] = folder,
        ["NO_COLOR"] = "1",
        ["PORT"] = $"{DatabasePort}",
    };

    /// <summary>Opens the vault as deployment does.</summary>
    public async Task<SecretsManager> OpenAsync()
    {
        using Unlock unlock = Unlock.KeyFile(Environment["STRONGROOM_KEY_FILE"]);
        return await SecretsManager.OpenAsync(new VaultOptions { Path = Vault, StateDirectory = Environment["STRONGROOM_STATE_DIR"] }, unlock);
    }

    /// <summary>Calls the command, as an operator does from another terminal.</summary>
    public Task<(int Code, string Output)> StrongroomAsync(params string[] arguments) => Child.RunAsync(this, ["dotnet", command, .. arguments]);

    /// <summary>Starts the database server, or starts it again.</summary>
    public async Task StartDatabaseAsync()
    {
        DatabasePort = DatabasePort == 0 ? FreePort() : DatabasePort;
        await ServerAsync("start");
    }

    /// <summary>Ends the database server without a warning to anybody; its data stays.</summary>
    public Task KillDatabaseAsync() => ServerAsync("kill");

    /// <summary>Runs a statement as the superuser, or as another login.</summary>
    public async Task<object?> QueryAsync(string statement, string user = "vault", string? password = null)
    {
        var settings = new NpgsqlConnectionStringBuilder { Host = "127.0.0.1", Port = DatabasePort, Database = "postgres", Username = user, Password = password ?? Superuser, Pooling = false };
        await using var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync();
        await using var query = new NpgsqlCommand(statement, connection);
        return await query.ExecuteScalarAsync();
    }

    private async Task ServerAsync(string action)
    {
        (int code, string output) = await Child.RunAsync(this, Script, action, folder + "-postgresql");
        if (code != 0)
            throw new StoryException($"PostgreSQL: {output}");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
