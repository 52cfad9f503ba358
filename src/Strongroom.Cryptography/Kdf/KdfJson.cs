using System.Buffers;

namespace Strongroom.Cryptography;

/// <summary>The member <c>kdf</c> of a slot, which is also bound into the slot's keys.</summary>
internal static class KdfJson
{
    private const int HashLength = 32;

    public static void Write(KdfParameters? kdf, CanonicalJsonWriter writer)
    {
        if (kdf is null)
        {
            writer.NullValue();
            return;
        }
        writer.BeginObject();
        writer.Name("hash_length");
        writer.Value(HashLength);
        if (kdf.IsArgon2id)
        {
            Number("memory_cost", kdf.MemoryCost);
            writer.Name("name");
            writer.Value(kdf.Name);
            Number("parallelism", kdf.Parallelism);
            Number("time_cost", kdf.TimeCost);
        }
        else
        {
            Number("iterations", kdf.TimeCost);
            writer.Name("name");
            writer.Value(kdf.Name);
        }
        writer.EndObject();

        void Number(string name, int value)
        {
            writer.Name(name);
            writer.Value(value);
        }
    }

    /// <summary>The canonical bytes; empty for null.</summary>
    public static ReadOnlySpan<byte> ToBytes(KdfParameters? kdf)
    {
        if (kdf is null)
            return [];
        var bytes = new ArrayBufferWriter<byte>(128);
        Write(kdf, new CanonicalJsonWriter(bytes));
        return bytes.WrittenSpan;
    }

    public static KdfParameters? Read(JsonValue value)
    {
        if (value.IsNull)
            return null;
        var name = value["name"].String;
        var isArgon2id = string.Equals(name, KdfParameters.Argon2idName, StringComparison.Ordinal);
        if (isArgon2id)
            value.RequireExactly("hash_length", "memory_cost", "name", "parallelism", "time_cost");
        else
            value.RequireExactly("hash_length", "iterations", "name");
        if (value["hash_length"].Number != HashLength)
            throw JsonErrors.Member($"hash_length is not {HashLength}");
        return isArgon2id
            ? KdfParameters.Argon2id(Number(value["memory_cost"]), Number(value["time_cost"]), Number(value["parallelism"]))
            : new KdfParameters(name, 0, Number(value["iterations"]), 1);
    }

    // What does not fit is far above every ceiling: the bounds refuse it.
    private static int Number(JsonValue value) => (int)Math.Min(value.Number, int.MaxValue);
}
