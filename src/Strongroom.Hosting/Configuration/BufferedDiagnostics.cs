using Microsoft.Extensions.Logging;

namespace Strongroom.Hosting;

/// <summary>What a configuration provider has to say before there is a logger: kept, and said when there is one.</summary>
internal sealed class BufferedDiagnostics
{
    private const int Most = 200;
    private readonly Lock _gate = new();
    private readonly Queue<Action<ILogger>> _kept = new();
    private ILogger? _logger;

    public void Say(Action<ILogger> message)
    {
        ILogger? logger;
        lock (_gate)
        {
            logger = _logger;
            if (logger is null)
            {
                if (_kept.Count == Most)
                    _kept.Dequeue();
                _kept.Enqueue(message);
            }
        }

        if (logger is not null)
            message(logger);
    }

    public void Attach(ILogger logger)
    {
        Action<ILogger>[] kept;
        lock (_gate)
        {
            _logger = logger;
            kept = [.. _kept];
            _kept.Clear();
        }

        foreach (Action<ILogger> message in kept)
            message(logger);
    }
}
