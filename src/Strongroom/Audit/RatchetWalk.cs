using System.Security.Cryptography;
using Strongroom.Cryptography;

namespace Strongroom.Audit;

/// <summary>Which entry is next, and its key, while a chain is verified. The key of an index is had from K₀ by as many steps: an index that was left out can't be had back.</summary>
internal sealed class RatchetWalk : IDisposable
{
    private readonly ChainInput _input;
    private readonly VerificationResults _results;
    private readonly RandomId _chain;
    private readonly ChainMac _mac;
    private readonly SecretBuffer? _key;
    private readonly long _bound;
    private bool _placed;

    /// <summary>Starts at entry 0.</summary>
    /// <param name="chain">The chain.</param>
    /// <param name="input">Its first key and state.</param>
    /// <param name="vouched">The highest index that head or state vouch for, or -1.</param>
    /// <param name="results">Where a state that is not the ratchet's is reported.</param>
    public RatchetWalk(RandomId chain, ChainInput input, long vouched, VerificationResults results)
    {
        (_chain, _input, _results, _bound) = (chain, input, results, vouched + AuditLimits.MaxAhead);
        _mac = new ChainMac(chain);
        _key = input.First is { } first ? SecretBuffer.CopyOf(first.Span) : null;
    }

    /// <summary>The index of the next entry.</summary>
    public long Expected { get; private set; }

    /// <summary>The index of the first entry that is there, when earlier segments have been moved away; else 0.</summary>
    public long FirstIndex { get; private set; }

    /// <summary>Meets the first entry that is there.</summary>
    public void Begin(long index, bool isFirstSegment)
    {
        if (!isFirstSegment && Turn(index))
            FirstIndex = index;
    }

    /// <summary>Meets an entry.</summary>
    /// <param name="index">Its index.</param>
    /// <param name="key">Its key; empty when there is none.</param>
    /// <returns>What is wrong with its place, or null.</returns>
    public string? Meet(long index, out ReadOnlySpan<byte> key)
    {
        key = [];
        long expected = Expected;
        if (index < expected)
            return $"should be next, but entry {index} stands there again or out of order";
        if (!Turn(index))
            return $"should be next, but there stands entry {index}, which neither the head nor the state knows of";
        _placed = true;
        if (_key is not null)
            key = _key.Span;
        return index == expected ? null : $"comes after entry {expected - 1}: what was between is missing";
    }

    /// <summary>Goes past the line that was met; one that was not in its place leaves the walk where it is.</summary>
    public void Pass()
    {
        if (_placed)
            Step();
        _placed = false;
    }

    /// <summary>Whether a line is the next entry of the log.</summary>
    public bool Accepts(ReadOnlySpan<byte> line, in Digest last) =>
        AuditLine.TryParse(line, out AuditLine entry) && entry.Info.Index == Expected && entry.Info.Previous == last
        && (_key is null || _mac.Entry(_key.Span, Expected, entry.BeforeMac, entry.AfterMac) == entry.Info.Mac);

    /// <inheritdoc/>
    public void Dispose() => _key?.Dispose();

    private bool Turn(long index)
    {
        if (_key is null)
            Expected = index;
        else if (index > _bound)
            return false;
        while (Expected < index)
            Step();
        return true;
    }

    private void Step()
    {
        if (_key is not null)
            _mac.Advance(_key.Span, Expected);
        Expected++;
        if (_key is not null && Expected == _input.StateIndex && !CryptographicOperations.FixedTimeEquals(_key.Span, _input.StateKey))
            _results.Find(_chain, -1, "the state does not hold the key of its entry: it was replaced by somebody who has the root key");
    }
}
