namespace Strongroom.Bench.Harness;

/// <summary>Names and values of the kind that applications keep.</summary>
internal static class Samples
{
    public const int ValueBytes = 256;

    public static SecretName Name(int index) => SecretName.Parse($"service-{index / 100}/secret-{index}");

    public static byte[] Value(int index)
    {
        byte[] value = new byte[ValueBytes];
        new Random(index).NextBytes(value);
        return value;
    }

    /// <summary>A batch that sets a secret for each value; who asked for the values disposes of them.</summary>
    public static SecretBatch Batch(int first, SecretValue[] values)
    {
        SecretBatch batch = new();
        var tags = new Dictionary<string, string>(StringComparer.Ordinal) { ["env"] = "prod", ["owner"] = "trading" };
        for (int i = 0; i < values.Length; i++)
            batch.Set(Name(first + i), values[i], new SetOptions { Type = SecretType.ApiKey, Description = "A secret of the benchmark", Tags = tags });
        return batch;
    }

    public static void Fill(SecretsManager manager, int count)
    {
        const int Step = 20_000;
        for (int first = 0; first < count; first += Step)
        {
            SecretValue[] values = [.. Enumerable.Range(first, Math.Min(Step, count - first)).Select(static index => SecretValue.FromBytes(Value(index)))];
            manager.CommitAsync(Batch(first, values)).AsTask().GetAwaiter().GetResult();
            Array.ForEach(values, static value => value.Dispose());
        }
    }
}
