namespace Strongroom.Cryptography.Tests;

/// <summary>Tests that look at memory which was given back: they run alone, since a test beside them may have been given the same block meanwhile.</summary>
[CollectionDefinition(nameof(FreedMemory), DisableParallelization = true)]
public sealed class FreedMemory;
