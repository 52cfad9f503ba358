namespace TradingDesk.Exchange;

/// <summary>
/// A FIX account whose password is changed in the logon: 554 is the current one, 925 the next. The answer is SessionStatus (1409): 0 active, 1 changed, 3 not acceptable, 5 invalid, 6 locked. For the sample a message is the
/// body of a POST, and fields end with <c>|</c> instead of SOH.
/// </summary>
internal sealed class FixAccount
{
    private const int MaxFailures = 3;
    private readonly Lock _gate = new();
    private string _password = "";
    private int _failures;
    private bool _losesNextReply;

    /// <summary>Opens the account.</summary>
    public void Open(string password) => _password = password;

    /// <summary>The next change happens, and its answer gets lost on the way.</summary>
    public void LoseNextReply() => _losesNextReply = true;

    /// <summary>A logon; null when the answer is lost.</summary>
    public string? Logon(string message)
    {
        var fields = message.Split('|', StringSplitOptions.RemoveEmptyEntries).Select(static field => field.Split('=', 2)).ToDictionary(static pair => pair[0], static pair => pair[1]);
        lock (_gate)
        {
            int status = Status(fields["554"], fields.GetValueOrDefault("925"));
            bool lost = status == 1 && _losesNextReply;
            _losesNextReply &= !lost;
            return lost ? null : $"35=A|1409={status}|";
        }
    }

    private int Status(string password, string? next)
    {
        if (_failures >= MaxFailures)
            return 6;
        if (password != _password)
        {
            _failures++;
            return 5;
        }

        _failures = 0;
        if (next is null)
            return 0;
        if (next.Length < 12)
            return 3;
        _password = next;
        return 1;
    }
}
