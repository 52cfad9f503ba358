namespace Strongroom.Backends.Tests.Linearizability;

/// <summary>One call of one client, as it was seen from outside.</summary>
/// <param name="Text">For a failure's message.</param>
/// <param name="Start">When it was called.</param>
/// <param name="End">When it answered; null when it never did, or answered that it does not know: then it may have happened at any time after its start, or never.</param>
/// <param name="Apply">The state after it; null when from that state it could not have answered as it did.</param>
public sealed record Operation<TState>(string Text, long Start, long? End, Func<TState, TState?> Apply)
    where TState : class;

/// <summary>
/// Whether a history can be explained by some order of its operations in which each takes effect at one moment between call and answer (Wing and Gong's search, with Lowe's memory of what was tried). For any
/// storage and any model of it: the state is an immutable value with equality.
/// </summary>
public static class LinearizabilityChecker
{
    /// <summary>The most operations that one history may have.</summary>
    public const int MaxOperations = 128;

    public static bool IsLinearizable<TState>(IReadOnlyList<Operation<TState>> history, TState initial)
        where TState : class
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(history.Count, MaxOperations);
        Operation<TState>[] operations = [.. history.OrderBy(static operation => operation.Start)];
        UInt128 needed = UInt128.Zero;
        for (int i = 0; i < operations.Length; i++)
        {
            if (operations[i].End is not null)
                needed |= UInt128.One << i;
        }

        var tried = new HashSet<(UInt128, TState)>();
        var open = new Stack<(UInt128 Done, TState State)>();
        open.Push((UInt128.Zero, initial));
        while (open.TryPop(out (UInt128 Done, TState State) at))
        {
            if ((at.Done & needed) == needed)
                return true;
            // Nothing may be put before an operation that had answered before it was called.
            long first = long.MaxValue;
            for (int i = 0; i < operations.Length; i++)
            {
                if ((at.Done >> i & 1) == 0 && operations[i].End is { } end)
                    first = Math.Min(first, end);
            }

            for (int i = operations.Length - 1; i >= 0; i--)
            {
                if ((at.Done >> i & 1) != 0 || operations[i].Start > first || operations[i].Apply(at.State) is not { } next)
                    continue;
                (UInt128, TState) candidate = (at.Done | UInt128.One << i, next);
                if (tried.Add(candidate))
                    open.Push(candidate);
            }
        }

        return false;
    }

    public static string Describe<TState>(IEnumerable<Operation<TState>> history)
        where TState : class =>
        string.Join(Environment.NewLine, history.OrderBy(static operation => operation.Start).Select(static operation => $"{operation.Start,12} {operation.End?.ToString() ?? "?",12} {operation.Text}"));
}
