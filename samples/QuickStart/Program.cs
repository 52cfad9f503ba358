using Strongroom;

using Unlock unlock = Unlock.PassphraseFile(args[1]);
await using SecretsManager vault = await SecretsManager.OpenOrCreateAsync(new VaultOptions { Path = args[0] }, unlock);
using SecretValue key = SecretValue.FromBytes("the broker's key"u8), next = SecretValue.FromBytes("the next one"u8);
await vault.SetAsync("broker/binance", key, new SetOptions { Type = SecretType.ApiKey });
var secrets = new SecretsHelper(vault);
using var login = new DatabaseCredentials("db.internal", 5432, "orders", "oms", "a password"u8);
await secrets.StoreDatabaseCredentialsAsync("db/orders", login);
using DatabaseCredentials db = await secrets.GetDatabaseCredentialsAsync("db/orders");
SecretMetadata rotated = await vault.RotateAsync("broker/binance", next);
VerifyReport report = await vault.VerifyAsync();
Console.WriteLine($"{db.Username}@{db.Host}, broker key version {rotated.Version}, vault and audit log intact: {report.IsIntact}");
