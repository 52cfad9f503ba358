using Microsoft.Extensions.Logging;

namespace Strongroom.Hosting;

/// <summary>A logger factory whose loggers write no value that has left the vault.</summary>
internal sealed class MaskingLoggerFactory(ILoggerFactory inner, ISecretMask mask) : ILoggerFactory
{
    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    public ILogger CreateLogger(string categoryName) => new MaskingLogger(inner.CreateLogger(categoryName), mask);

    public void Dispose() => inner.Dispose();
}

/// <summary>Masks message, named values, scopes and exceptions. What holds no secret is passed on as it is.</summary>
internal sealed class MaskingLogger(ILogger inner, ISecretMask mask) : ILogger
{
    public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => Masked(state, state.ToString() ?? "") is { } masked ? inner.BeginScope(masked) : inner.BeginScope(state);

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        ArgumentNullException.ThrowIfNull(formatter);
        if (!inner.IsEnabled(logLevel))
            return;
        string message = formatter(state, exception);
        MaskedState? masked = Masked(state, message);
        Exception? error = Masked(exception);
        if (masked is null && ReferenceEquals(error, exception))
            inner.Log(logLevel, eventId, state, exception, formatter);
        else
            inner.Log(logLevel, eventId, masked ?? new MaskedState(message, Pairs(state)), error, static (state, _) => state.ToString());
    }

    private MaskedState? Masked<TState>(TState state, string message)
    {
        string text = mask.Mask(message);
        bool changed = !ReferenceEquals(text, message);
        KeyValuePair<string, object?>[] pairs = Pairs(state);
        for (int i = 0; i < pairs.Length; i++)
        {
            // What a provider may write out: text, and the text of objects. Numbers and the like hold no secret.
            if (pairs[i].Value is not { } value || value is IFormattable and not Delegate && value.GetType().IsPrimitive)
                continue;
            string shown = value as string ?? value.ToString() ?? "";
            string safe = mask.Mask(shown);
            if (ReferenceEquals(shown, safe))
                continue;
            pairs[i] = new(pairs[i].Key, safe);
            changed = true;
        }

        return changed ? new MaskedState(text, pairs) : null;
    }

    private Exception? Masked(Exception? exception)
    {
        if (exception is null)
            return null;
        string text = exception.ToString();
        string safe = mask.Mask(text);
        return ReferenceEquals(text, safe) ? exception : new MaskedException(mask.Mask(exception.Message), safe);
    }

    private static KeyValuePair<string, object?>[] Pairs<TState>(TState state) => state is IEnumerable<KeyValuePair<string, object?>> pairs ? [.. pairs] : [];
}

/// <summary>The state of a message, masked.</summary>
internal sealed class MaskedState(string message, KeyValuePair<string, object?>[] pairs) : IReadOnlyList<KeyValuePair<string, object?>>
{
    public int Count => pairs.Length;

    public KeyValuePair<string, object?> this[int index] => pairs[index];

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => ((IEnumerable<KeyValuePair<string, object?>>)pairs).GetEnumerator();

    System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => pairs.GetEnumerator();

    public override string ToString() => message;
}

/// <summary>Stands in a log for an exception whose text had a secret in it.</summary>
internal sealed class MaskedException(string message, string text) : Exception(message)
{
    public override string ToString() => text;
}
