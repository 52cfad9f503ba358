using Microsoft.Extensions.Time.Testing;
using Strongroom.Audit;
using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Tests.Audit;

/// <summary>A vault's audit log as the manager uses it: a head with one chain, commits and reads.</summary>
internal sealed class AuditFixture : IDisposable
{
    public const string Folder = "/vaults/v.json.audit";

    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    public AuditFixture(AuditOptions? options = null, bool print = false, IFileSystem? files = null, string folder = Folder)
    {
        Memory = files as MemoryFiles ?? new MemoryFiles();
        Files = files ?? Memory;
        AuditFolder = folder;
        Options = options ?? new AuditOptions { Program = "tests" };
        Keys = HardenedEncryption.Generate(RandomId.New());
        Record = AuditChain.Create(Files, AuditFolder, Keys, Options, Time, null, print, out SecretBuffer? printed);
        Printed = printed;
        Chain = Open();
    }

    private AuditFixture(AuditFixture other, MemoryFiles files)
    {
        Memory = files;
        Files = files;
        AuditFolder = other.AuditFolder;
        Options = other.Options;
        Keys = other.Keys;
        Record = other.Record;
        Printed = other.Printed;
        Revision = other.Revision;
        Chain = Open();
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 5, 4, 8, 0, 0, TimeSpan.Zero));

    public HardenedEncryption Keys { get; }

    public MemoryFiles Memory { get; }

    public IFileSystem Files { get; }

    public string AuditFolder { get; }

    public AuditOptions Options { get; }

    public ChainRecord Record { get; private set; }

    public SecretBuffer? Printed { get; }

    public AuditChain Chain { get; private set; }

    public long Revision { get; private set; } = 1;

    public string ChainFolder => Path.Combine(AuditFolder, Record.Id.ToString());

    public string Segment => Path.Combine(ChainFolder, "000001.jsonl");

    public string State => Path.Combine(ChainFolder, "state");

    /// <summary>The same vault on another disk, opened by a new process.</summary>
    public AuditFixture On(MemoryFiles files) => new(this, files);

    /// <summary>Another process on the same disk.</summary>
    public AuditFixture Again() => new(this, Memory);

    public AuditChain Open() => new(Files, AuditFolder, Record, Keys, Options, Time);

    public void Reopen()
    {
        Chain.Dispose();
        Chain = Open();
    }

    /// <summary>A commit: its line stands in the head before it is appended.</summary>
    /// <param name="append">False for a process that dies between.</param>
    public string Commit(string name = "broker/alpaca", string operation = "set", bool append = true)
    {
        using IDisposable held = Chain.Lock(Record.Line, Timeout);
        string line = Chain.Build(new AuditEvent(operation, "ok", ++Revision, [new AuditSecret(name, operation, 1, 1)]));
        Record = Record with { Line = line };
        if (append)
            Chain.Append(line, durable: true);
        return line;
    }

    /// <summary>A flush of reads.</summary>
    public string Read(string name = "broker/alpaca", bool durable = false)
    {
        using IDisposable held = Chain.Lock(Record.Line, Timeout);
        string line = Chain.Build(new AuditEvent("read", "ok", Revision, [new AuditSecret(name, "read", 1, 3)], 3));
        Chain.Append(line, durable);
        return line;
    }

    /// <summary>What the next operation does first, nothing else.</summary>
    public void Touch() => Chain.Lock(Record.Line, Timeout).Dispose();

    public AuditReport Verify(params AuditCheckpoint[] checkpoints) => Verify([Record], checkpoints);

    public AuditReport Verify(IReadOnlyList<ChainRecord> records, params AuditCheckpoint[] checkpoints)
    {
        var printed = Printed is null ? null : new Dictionary<RandomId, SecretBuffer> { [Record.Id] = Printed };
        return AuditVerifier.Verify(new AuditShelf(Files, AuditFolder), records, Keys, printed, checkpoints, CancellationToken.None);
    }

    public IReadOnlyList<AuditEntry> Entries() => [.. AuditVerifier.Read(new AuditShelf(Files, AuditFolder), null, CancellationToken.None)];

    public string[] Lines(string? segment = null) => Utf8.Strict.GetString(Memory[segment ?? Segment]).TrimEnd('\n').Split('\n');

    public void Dispose() => Chain.Dispose();
}
