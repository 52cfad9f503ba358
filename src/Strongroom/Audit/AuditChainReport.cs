using Strongroom.Cryptography;

namespace Strongroom.Audit;

/// <summary>A chain that was verified.</summary>
/// <param name="Chain">The chain.</param>
/// <param name="Owner">Whose it is; empty for a chain that the head does not name.</param>
/// <param name="Entries">How many entries it has, those of segments that were moved away included.</param>
/// <param name="FirstVerified">The first index whose MAC was checked; above 0 when early segments have been moved away, -1 when no MAC could be checked (the printed key was not given, or the chain was replaced).</param>
/// <param name="Checkpoint">Its checkpoint now.</param>
public sealed record AuditChainReport(RandomId Chain, string Owner, long Entries, long FirstVerified, AuditCheckpoint Checkpoint);
