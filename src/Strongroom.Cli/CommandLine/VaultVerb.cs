using System.CommandLine;
using Strongroom.Cli.Agent;
using Strongroom.Cli.Input;
using Strongroom.Cli.Vaults;

namespace Strongroom.Cli.CommandLine;

/// <summary>A verb that opens the vault.</summary>
internal abstract class VaultVerb : Verb
{
    protected VaultVerb(string name, string description, params Example[] examples)
        : base(name, description, examples) => Unlock.AddTo(this);

    /// <summary>What opens it.</summary>
    public UnlockOptions Unlock { get; } = new();

    /// <summary>Opens the vault for secrets: in the agent when that holds it open and nothing that unlocks is named, else in this process. The caller disposes of it.</summary>
    /// <param name="context">Options, streams, questions.</param>
    /// <param name="expiry">What a read of an expired secret does.</param>
    protected async ValueTask<IOpenVault> OpenAsync(CommandContext context, ExpiryPolicy expiry = ExpiryPolicy.Warn)
    {
        if (TryAgent(context, expiry) is not { } held)
            return new OwnVault(await OpenManagerAsync(context, options => options with { Expiry = expiry }));
        foreach (var warning in held.Warnings)
            context.Output.Warning(warning);
        if (context.NamesLockTimeout)
            context.Output.Warning("--lock-timeout does nothing here: the agent waits for other writers as long as was said when the vault was unlocked.");
        return held;
    }

    /// <summary>The vault in the agent, when that holds it open and nothing that unlocks is named. The caller disposes of it.</summary>
    protected AgentVault? TryAgent(CommandContext context, ExpiryPolicy expiry = ExpiryPolicy.Warn) =>
        context.AsCopy || Unlock.IsGiven(context) ? null : AgentVault.TryOpen(context.VaultAddressText, expiry, context.Cancellation);

    /// <summary>Reads a secret; when there is none, the error names the one whose name is closest. The caller owns it.</summary>
    protected static async ValueTask<SecretData> ReadAsync(CommandContext context, IOpenVault vault, SecretName name, long? version)
    {
        try
        {
            return await vault.GetAsync(name, version, context.Cancellation);
        }
        catch (SecretNotFoundException error) when (error.Code == "SR1417")
        {
            throw await Outcome.SuggestAsync(context, vault, name, error);
        }
    }

    /// <summary>Opens the vault in this process, for what changes its keys. The caller disposes of the manager.</summary>
    /// <param name="context">Options, streams, questions.</param>
    /// <param name="adjust">Changes how it is opened.</param>
    protected async ValueTask<SecretsManager> OpenManagerAsync(CommandContext context, Func<VaultOptions, VaultOptions>? adjust = null)
    {
        var options = context.VaultOptions();
        if (adjust is not null)
            options = adjust(options);
        var manager = await VaultOpening.OpenAsync(context, Unlock, options);
        foreach (var warning in manager.Warnings)
            context.Output.Warning(warning);
        return manager;
    }
}

/// <summary>A verb that changes the vault: has <c>--dry-run</c>, refuses <c>--as-copy</c>.</summary>
internal abstract class ChangingVerb : VaultVerb
{
    private readonly Option<bool> _dryRun = Make.Flag("--dry-run", "Check everything and say what would be done, but change nothing.", "-n");

    protected ChangingVerb(string name, string description, params Example[] examples)
        : base(name, description, examples) => Options.Add(_dryRun);

    /// <summary>Whether nothing may be changed.</summary>
    protected bool IsDryRun(CommandContext context) => context.Get(_dryRun);

    public sealed override ValueTask<int> RunAsync(CommandContext context) => context.AsCopy
        ? throw CliException.Usage($"--as-copy opens read-only: {Name} can't change that.", "Leave --as-copy away, or use restore-vault to put a copy back.")
        : ChangeAsync(context);

    /// <summary>Does it.</summary>
    protected abstract ValueTask<int> ChangeAsync(CommandContext context);
}
