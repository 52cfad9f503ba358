using Strongroom.Storage;

namespace Strongroom.Testing.Conformance;

/// <summary>Opens one more handle on the same storage, as another process would. The kit disposes of the handles.</summary>
public delegate ValueTask<IVaultBackend> BackendOpener();
