namespace Strongroom.Cli.Agent;

/// <summary>
/// What client and agent say to each other (docs/agent.md). A frame is a length (u32, little-endian) and so many bytes. A request is the version, the operation, the vault and what the operation takes;
/// an answer is a status and what it gives. Both ends are of one version: a client that the agent does not know is refused.
/// </summary>
internal static class AgentProtocol
{
    /// <summary>The first byte of every request.</summary>
    public const byte Version = 2;

    /// <summary>The largest request: the largest value, and room for what comes with it.</summary>
    public const int MaxRequest = 20 * 1024 * 1024;

    /// <summary>The largest answer that a client takes.</summary>
    public const int MaxAnswer = 64 * 1024 * 1024;

    /// <summary>How many entries of a list go into one frame.</summary>
    public const int PageSize = 256;

    /// <summary>How long the agent waits for the rest of a request, and for a client to take an answer.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>How often the agent says that it is still at it.</summary>
    public static readonly TimeSpan Sign = TimeSpan.FromSeconds(5);

    /// <summary>How long what is under way may take to end when its vault is locked.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);

    /// <summary>Whether an operation changes the vault, so that without an answer nobody knows whether it was done.</summary>
    public static bool Writes(AgentOperation operation) => operation is >= AgentOperation.Set and <= AgentOperation.Commit;
}

/// <summary>How an answer goes on.</summary>
internal enum AnswerStatus : byte
{
    /// <summary>Done; what was asked for follows.</summary>
    Done = 0,

    /// <summary>An error follows.</summary>
    Failed = 1,

    /// <summary>A part, or progress, follows; more frames come.</summary>
    More = 2,

    /// <summary>The agent does not hold this vault open.</summary>
    NotHeld = 3,

    /// <summary>The short way does not do here: nothing was read.</summary>
    TakeLongWay = 4,

    /// <summary>It takes long; nothing follows, and more frames come.</summary>
    Waiting = 5,
}

/// <summary>What a client can ask for.</summary>
internal enum AgentOperation : byte
{
    Hello = 1,
    Unlock = 2,
    Lock = 3,
    State = 4,
    Stop = 5,
    Names = 6,
    GetField = 10,
    Get = 11,
    List = 12,
    History = 13,
    Metadata = 14,
    Set = 20,
    Delete = 21,
    Rollback = 22,
    Restore = 23,
    Purge = 24,
    Rotate = 25,
    UpdateMetadata = 26,
    Commit = 27,
    Status = 30,
    Verify = 31,
    Backup = 32,
    Log = 33,
    VerifyLog = 34,
    Checkpoint = 35,
}
