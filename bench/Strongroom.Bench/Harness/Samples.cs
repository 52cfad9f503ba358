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

    public static SecretBatch Batch(int first, int count) => Batch(first, [.. Enumerable.Range(first, count).Select(Value)]);

    public static SecretBatch Batch(int first, byte[][] values)
    {
        SecretBatch batch = new();
        var tags = new Dictionary<string, string>(StringComparer.Ordinal) { ["env"] = "prod", ["owner"] = "trading" };
        for (int i = 0; i < values.Length; i++)
            batch.Set(Name(first + i), SecretValue.FromBytes(values[i]), new SetOptions { Type = SecretType.ApiKey, Description = "A secret of the benchmark", Tags = tags });
        return batch;
    }

    public static void Fill(SecretsManager manager, int count)
    {
        const int Step = 20_000;
        for (int first = 0; first < count; first += Step)
            manager.CommitAsync(Batch(first, Math.Min(Step, count - first))).AsTask().GetAwaiter().GetResult();
    }
}
