using System.CommandLine;
using Strongroom.Cli.CommandLine;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Input;

/// <summary>How costly a new passphrase slot is, and whether a weak passphrase is refused.</summary>
internal sealed class KdfOptions
{
    private readonly Option<string?> _memory = Make.Text("--memory-cost", "KIB", "Argon2id memory of a passphrase slot. Default: 65536.");
    private readonly Option<string?> _time = Make.Text("--time-cost", "N", "Argon2id passes. Default: 3.");
    private readonly Option<string?> _parallelism = Make.Text("--parallelism", "N", "Argon2id lanes. Default: 1.");
    private readonly Option<bool> _refuseWeak = Make.Flag("--refuse-weak", "Refuse a passphrase that is easy to guess, rather than warn.");

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _memory, _time, _parallelism, _refuseWeak })
            command.Options.Add(option);
    }

    /// <summary>The options with this policy.</summary>
    public VaultOptions Apply(CommandContext context, VaultOptions options)
    {
        var standard = KdfParameters.Default;
        var parameters = KdfParameters.Argon2id(
            (int)(context.Number(_memory, 1, int.MaxValue) ?? standard.MemoryCost),
            (int)(context.Number(_time, 1, int.MaxValue) ?? standard.TimeCost),
            (int)(context.Number(_parallelism, 1, int.MaxValue) ?? standard.Parallelism));
        parameters.Validate();
        return options with { Encryption = parameters, RefuseWeakPassphrase = context.Get(_refuseWeak) };
    }
}
