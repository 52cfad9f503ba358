using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Strongroom.Cli.Tests.Support;

namespace Strongroom.Cli.Tests.Essential;

/// <summary>The format's page is enough to read a vault: a reader in Python that was written from it opens the worked example and what this command writes; and this command opens the example.</summary>
public sealed class FormatExampleTests
{
    private const string Passphrase = "three brass keys under the old mill";

    private static string Example { get; } = Path.Join(TestedCommand.Root, "docs/format/example");

    private static JsonElement Payloads { get; } = JsonDocument.Parse(File.ReadAllBytes(Path.Join(Example, "vectors.json"))).RootElement.GetProperty("example").GetProperty("payloads");

    [Theory]
    [InlineData("--key-file", "example.key")]
    [InlineData("--recovery-file", "example.recovery")]
    [InlineData("--passphrase-file", null)]
    public void A_reader_in_another_language_opens_the_worked_example(string option, string? file)
    {
        using var shell = new Shell();
        shell.Write("pass", Passphrase + "\r\n");

        var secrets = Read(shell, Path.Join(Example, "example.vault.json"), option, file is null ? "pass" : Path.Join(Example, file)).Ok().Json.GetProperty("secrets");

        Assert.Equal(5, secrets.EnumerateObject().Count());
        foreach (var secret in secrets.EnumerateObject())
            Assert.Equal(Payloads.GetProperty(secret.Name).GetString(), Payload(secret.Value));
    }

    [Fact]
    public void It_opens_what_this_command_writes()
    {
        using var shell = Shell.WithVault();
        shell.Write("pass", "correct horse battery staple");
        shell.Run("set plain/bytes --tag k=v --expires 30d", input: "one").Ok();
        shell.Run("rotate plain/bytes --grace 1h", input: "two\n").Ok();
        shell.Run(["set", "with/fields", "username=ä", "password=\u0001\"\\"], []).Ok();
        shell.Run("set gone", input: "x").Ok();
        shell.Run("remove gone").Ok();
        shell.Run("key add --new-passphrase-file pass").Ok();
        shell.Run("rekey --keep-passphrase-file pass --yes").Ok();
        shell.Run("get plain/bytes").Ok();

        foreach (var (option, file) in ((string, string)[])[("--key-file", "vault.key"), ("--passphrase-file", "pass")])
        {
            var found = Read(shell, "vault.json", option, file).Ok().Json;
            var secrets = found.GetProperty("secrets");
            Assert.Equal("two\n", Text(secrets.GetProperty("plain/bytes").GetProperty("value")));
            Assert.Equal("one", Text(secrets.GetProperty("plain/bytes").GetProperty("versions").GetProperty("1").GetProperty("value")));
            Assert.Equal("ä", Text(secrets.GetProperty("with/fields").GetProperty("fields").GetProperty("username")));
            Assert.Equal("\u0001\"\\", Text(secrets.GetProperty("with/fields").GetProperty("fields").GetProperty("password")));
            Assert.Equal("deleted", secrets.GetProperty("gone").GetProperty("metadata").GetProperty("state").GetString());
            Assert.Contains("rotate", found.GetProperty("audit").GetRawText(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("\"format\":1", "\"format\":2", 11)]
    [InlineData("\"format\":1", "\"format\":1,\"format\":1", 7)]
    [InlineData("\"revision\":2", "\"revision\":3", 7)]
    [InlineData("\"env\":\"prod\"", "\"env\":\"test\"", 7)]
    [InlineData("\"kind\":\"key-file\"", "\"kind\":\"recovery-key\"", 4)]
    [InlineData("},\n\"versions\":{", "},\n \"versions\":{", 7)]
    public void It_refuses_what_this_command_refuses(string from, string to, int exit)
    {
        using var shell = Shell.WithVault();
        shell.Run("set a --tag env=prod", input: "one").Ok();
        var text = File.ReadAllText(shell.PathOf("vault.json"));
        Assert.Contains(from, text, StringComparison.Ordinal);
        File.WriteAllText(shell.PathOf("vault.json"), text.Replace(from, to, StringComparison.Ordinal));

        Assert.Equal(exit, Read(shell, "vault.json", "--key-file", "vault.key").Exit);
        Assert.Equal(exit, shell.Run("list").Exit);
    }

    [Fact]
    public void This_command_opens_the_worked_example()
    {
        using var shell = new Shell();
        shell.Write("pass", Passphrase);
        shell.Variables["STRONGROOM_VAULT"] = Path.Join(Example, "example.vault.json");
        shell.Variables["STRONGROOM_PASSPHRASE_FILE"] = shell.PathOf("pass");

        shell.Run("list --as-copy --deleted").Prints("broker/alpaca\ndb/orders\nfix/session-password\nlegacy/token\nmisc/note\n");
        Assert.True(shell.Run("verify --as-copy --json").Ok().Json.GetProperty("intact").GetBoolean());
        shell.Variables["STRONGROOM_KEY_FILE"] = Path.Join(Example, "example.key");
        shell.Variables.Remove("STRONGROOM_PASSPHRASE_FILE");
        shell.Run("get fix/session-password --as-copy").Prints("third-session-password");
        shell.Run("get db/orders#username --as-copy").Prints("trader");
        shell.Run("get misc/note --as-copy").Prints("");
        shell.Run(["get", "fix/session-password", "--as-copy", "--recovery-key-file", Path.Join(Example, "example.recovery")], []).Prints("third-session-password");
    }

    [Fact]
    public void The_vectors_are_what_their_program_makes()
    {
        using var shell = new Shell();

        Python(shell, Path.Join(Example, "make_vectors.py"), "--check").Ok();
    }

    private static CommandResult Read(Shell shell, string vault, string option, string file) => Python(shell, Path.Join(Example, "read_vault.py"), vault, option, file);

    private static CommandResult Python(Shell shell, params string[] words)
    {
        const string Interpreter = "/usr/bin/python3";
        Need.That(File.Exists(Interpreter), "python3 is not installed");
        Need.That(Shell.Finish(shell.Start([Interpreter, "-c", "import argon2, cryptography"]), "python3", []).Exit == 0, "python3-cryptography and python3-argon2 are not installed");
        using Process process = shell.Start([Interpreter, .. words]);
        return Shell.Finish(process, string.Join(' ', words), []);
    }

    private static string Text(JsonElement base64) => Encoding.UTF8.GetString(base64.GetBytesFromBase64());

    // As the page says: 00 and the value, or 01, the number of fields and each with its length.
    private static string Payload(JsonElement secret)
    {
        if (secret.TryGetProperty("value", out var value))
            return "00" + Convert.ToHexStringLower(value.GetBytesFromBase64());
        var text = new StringBuilder("01");
        var fields = secret.GetProperty("fields").EnumerateObject().OrderBy(field => field.Name, StringComparer.Ordinal).ToArray();
        text.Append($"{fields.Length:x8}");
        foreach (var field in fields)
        {
            var bytes = field.Value.GetBytesFromBase64();
            text.Append($"{field.Name.Length:x8}{Convert.ToHexStringLower(Encoding.UTF8.GetBytes(field.Name))}{bytes.Length:x8}{Convert.ToHexStringLower(bytes)}");
        }

        return text.ToString();
    }
}
