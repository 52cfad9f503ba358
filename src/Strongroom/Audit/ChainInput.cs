using Strongroom.Cryptography;

namespace Strongroom.Audit;

/// <summary>What a chain is verified against: its first key, its state (read before the log, so that a writer at work can't make it look ahead) and the head's line.</summary>
internal sealed class ChainInput : IDisposable
{
    private readonly SecretBuffer _stateKey = SecretBuffer.Allocate(ChainMac.KeySize);
    private SecretBuffer? _owned;

    private ChainInput()
    {
    }

    /// <summary>Whose chain it is.</summary>
    public string Owner { get; private init; } = "";

    /// <summary>K₀, or null.</summary>
    public SecretBuffer? First { get; private set; }

    /// <summary>The head's line; empty for a chain that no head names.</summary>
    public byte[] HeadLine { get; private init; } = [];

    /// <summary>Whether a head names the chain.</summary>
    public bool IsOfHead => HeadLine.Length > 0;

    /// <summary>The index of the newest state that opens, or -1.</summary>
    public long StateIndex { get; private set; } = -1;

    /// <summary>The key of that state.</summary>
    public ReadOnlySpan<byte> StateKey => _stateKey.Span;

    /// <summary>Slots of the state that hold something and do not open.</summary>
    public int BrokenSlots { get; private set; }

    /// <summary>What is wrong with the keys, or null.</summary>
    public string? KeyProblem { get; private set; }

    /// <summary>Of a chain that no head names: its keys are gone.</summary>
    public static ChainInput OfReplaced() => new();

    /// <summary>Of a chain that the head names.</summary>
    public static ChainInput Open(IChainLines chain, ChainRecord record, HardenedEncryption keys, IReadOnlyDictionary<RandomId, SecretBuffer>? printedKeys)
    {
        var input = new ChainInput { Owner = record.Owner, HeadLine = Utf8.Strict.GetBytes(record.Line) };
        try
        {
            input.OpenKeys(chain, record, keys, printedKeys);
            return input;
        }
        catch
        {
            input.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stateKey.Dispose();
        _owned?.Dispose();
    }

    private void OpenKeys(IChainLines chain, ChainRecord record, HardenedEncryption keys, IReadOnlyDictionary<RandomId, SecretBuffer>? printedKeys)
    {
        try
        {
            using SealingKey stateKey = ChainKeys.Open(keys, record, out _owned);
            if (chain is ChainFolder folder)
                ReadState(folder, keys.VaultId, stateKey);
        }
        catch (VaultIntegrityException e)
        {
            KeyProblem = e.Message;
        }

        First = _owned ?? printedKeys?.GetValueOrDefault(record.Id);
        if (First is { } first && first.Length != ChainMac.KeySize)
            throw AuditErrors.PrintedKey(record.Id, first.Length);
    }

    private void ReadState(ChainFolder folder, RandomId vaultId, SealingKey key)
    {
        using var state = new StateFile(folder, vaultId, key);
        state.ReadOnce(_stateKey.Span);
        (StateIndex, BrokenSlots) = (state.Index, state.Broken);
    }
}
