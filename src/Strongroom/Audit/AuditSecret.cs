namespace Strongroom.Audit;

/// <summary>A secret that an event touched; never its value.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Operation">What was done with it.</param>
/// <param name="Version">The version.</param>
/// <param name="Count">How often.</param>
public readonly record struct AuditSecret(string Name, string Operation, long Version, long Count);
