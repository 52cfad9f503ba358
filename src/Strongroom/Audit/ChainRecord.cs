using Strongroom.Cryptography;

namespace Strongroom.Audit;

/// <summary>A chain as the head holds it (format, section 10).</summary>
/// <param name="Id">The chain; names its folder.</param>
/// <param name="Owner"><c>user@host</c>, see <see cref="AuditIdentity.Owner"/>.</param>
/// <param name="KeptUnderRoot">Whether the first key is among the sealed keys; false when it was printed.</param>
/// <param name="SealedKeys">The chain's keys, sealed under the root.</param>
/// <param name="Line">The last line that a commit of this chain wrote, without LF.</param>
internal sealed record ChainRecord(RandomId Id, string Owner, bool KeptUnderRoot, byte[] SealedKeys, string Line);
