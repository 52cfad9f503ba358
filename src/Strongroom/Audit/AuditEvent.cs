namespace Strongroom.Audit;

/// <summary>An event to be written, without index, MAC and time.</summary>
/// <param name="Operation">One of <see cref="AuditOperation"/>.</param>
/// <param name="Outcome"><c>ok</c>, or the error's code.</param>
/// <param name="Revision">Of the vault: the one a commit makes, or the one in force.</param>
/// <param name="Secrets">What was touched.</param>
/// <param name="Count">How many events it stands for.</param>
internal sealed record AuditEvent(string Operation, string Outcome, long Revision, IReadOnlyList<AuditSecret> Secrets, long Count = 1);
