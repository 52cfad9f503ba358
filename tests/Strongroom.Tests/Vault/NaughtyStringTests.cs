using System.Text.Json;
using Strongroom.Tests.House;

namespace Strongroom.Tests.Vault;

/// <summary>The strings that break programs (tests/vectors/blns.json), wherever a user may put one: each is kept exactly, or refused before anything is written.</summary>
public sealed class NaughtyStringTests
{
    private static readonly string[] Strings = JsonSerializer.Deserialize<string[]>(Repository.Read("tests/vectors/blns.json"))!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task As_values_fields_descriptions_and_tags()
    {
        using var vault = new TestVault();
        await using (SecretsManager manager = await vault.CreateAsync())
        {
            var batch = new SecretBatch();
            for (int i = 0; i < Strings.Length; i++)
            {
                batch.Set($"plain/{i}", SecretValue.DangerousFromString(Strings[i]), new SetOptions { Description = Strings[i], Tags = new Dictionary<string, string> { ["t"] = Strings[i] } });
                batch.Set($"field/{i}", SecretValue.FromFields([new("f", SecretValue.DangerousFromString(Strings[i]))]));
            }

            await manager.CommitAsync(batch, Ct);
        }

        await using SecretsManager opened = await vault.OpenAsync();
        Assert.True((await opened.VerifyAsync(ct: Ct)).IsIntact);
        for (int i = 0; i < Strings.Length; i++)
        {
            using SecretData plain = await opened.GetAsync($"plain/{i}", ct: Ct), field = await opened.GetAsync($"field/{i}", ct: Ct);
            Assert.Equal(Strings[i], plain.Value.DangerousRevealString());
            Assert.Equal(Strings[i], plain.Metadata.Description);
            Assert.Equal(Strings[i], plain.Metadata.Tags["t"]);
            Assert.Equal(Strings[i], field.Value.DangerousRevealString("f"));
        }
    }

    [Fact]
    public async Task As_names_and_tag_keys_they_are_refused_or_kept()
    {
        using var vault = new TestVault();
        await using SecretsManager manager = await vault.CreateAsync();
        var kept = new List<string>();
        foreach (string text in Strings)
        {
            if (SecretName.TryParse(text, out SecretName name))
            {
                await manager.SetAsync(name, "value");
                kept.Add(text);
            }

            Exception? error = await Record.ExceptionAsync(() => manager.SetAsync("tagged", "value", new SetOptions { Tags = new Dictionary<string, string> { [text] = "x" } }));
            Assert.True(error is null or StrongroomException, $"{error}");
        }

        Assert.Equal(kept.Distinct().Append("tagged").Order(StringComparer.Ordinal), (await manager.NamesAsync()).Order(StringComparer.Ordinal));
        Assert.NotEmpty(kept);
        Assert.True((await manager.VerifyAsync(ct: Ct)).IsIntact);
    }

    [Fact]
    public void As_passphrases_they_are_taken_or_refused_with_an_error_of_ours()
    {
        int taken = 0;
        foreach (string text in Strings)
        {
            try
            {
                Unlock.DangerousPassphrase(text).Dispose();
                taken++;
            }
            catch (StrongroomException)
            {
                // Empty, or with a line break: nobody could type it again.
            }
        }

        Assert.True(taken > Strings.Length / 2);
    }
}
