using Strongroom.Cryptography;

namespace Strongroom.Audit;

/// <summary>Something wrong, or worth knowing, in a chain.</summary>
/// <param name="Chain">The chain.</param>
/// <param name="Index">The entry, or -1.</param>
/// <param name="Message">What, in plain words.</param>
public sealed record AuditFinding(RandomId Chain, long Index, string Message);
