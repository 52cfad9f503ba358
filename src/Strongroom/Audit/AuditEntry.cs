using Strongroom.Cryptography;

namespace Strongroom.Audit;

/// <summary>
/// An entry of the log, verified or not as its source says. Its fields are an allow-list (format, section 10): there is none that could hold a value.
/// </summary>
/// <param name="Chain">The chain.</param>
/// <param name="Index">0 for the first entry of a chain, then + 1.</param>
/// <param name="Time">When it was written.</param>
/// <param name="Actor"><c>user@host program[pid]</c>.</param>
/// <param name="Operation">What was done.</param>
/// <param name="Outcome"><c>ok</c>, or the error's code.</param>
/// <param name="Revision">Of the vault: the one a commit made, or the one in force.</param>
/// <param name="Count">How many events the entry stands for; for <c>torn-line</c> the bytes that were cut off.</param>
/// <param name="Secrets">What was touched.</param>
/// <param name="Line">The whole line, without LF.</param>
public sealed record AuditEntry(
    RandomId Chain, long Index, DateTimeOffset Time, string Actor, string Operation, string Outcome, long Revision, long Count, IReadOnlyList<AuditSecret> Secrets, string Line);
