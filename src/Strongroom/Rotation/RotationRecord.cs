using System.Collections.Immutable;
using System.Globalization;
using Strongroom.Cryptography;

namespace Strongroom.Rotation;

/// <summary>The state of a secret's rotation as it stands in the tags of its record under <see cref="ReservedNames.Rotations"/>. Immutable.</summary>
internal sealed record RotationRecord
{
    public const string FenceTag = "fence";
    private const int KeptHistory = 20;
    private static readonly string[] StageNames = ["none", "pending", "exchanging", "set", "verified", "promoted"];

    public static RotationRecord Empty { get; } = new();

    public RotationStage Stage { get; init; }

    public RandomId Id { get; init; }

    public string Kind { get; init; } = "";

    public string Reason { get; init; } = "";

    public long From { get; init; }

    public long To { get; init; }

    public DateTimeOffset? Begun { get; init; }

    public DateTimeOffset? Promoted { get; init; }

    /// <summary>When the old value is revoked at the latest.</summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>When the new value expires, where the rotator said it.</summary>
    public DateTimeOffset? Expires { get; init; }

    public bool Urgent { get; init; }

    public long Attempts { get; init; }

    public long Probes { get; init; }

    public DateTimeOffset? Retry { get; init; }

    public string? Error { get; init; }

    public long Fence { get; init; }

    public string Owner { get; init; } = "";

    /// <summary>Until when the owner keeps the rotation to itself.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Newest first.</summary>
    public ImmutableArray<PastRotation> History { get; init; } = [];

    /// <summary>The record without what belongs to the rotation that has ended, with it in the history.</summary>
    public RotationRecord Ended(RotationResultKind result, DateTimeOffset now) => new()
    {
        Fence = Fence,
        Owner = Owner,
        Until = Until,
        Attempts = result == RotationResultKind.Refused ? Attempts + 1 : 0,
        Retry = result == RotationResultKind.Refused ? Retry : null,
        Error = result == RotationResultKind.Refused ? Error : null,
        History = [new PastRotation(Id, Kind, From, To, Begun ?? now, now, result, Reason), .. History.Take(KeptHistory - 1)],
    };

    public ImmutableSortedDictionary<string, string> ToTags()
    {
        ImmutableSortedDictionary<string, string>.Builder tags = SecretMetadata.EmptyTags.ToBuilder();
        tags["stage"] = StageNames[(int)Stage];
        if (Stage != RotationStage.None)
            tags["id"] = Id.ToString();
        Put("kind", Kind);
        Put("reason", Reason);
        Put("from", From);
        Put("to", To);
        Put("begun", Begun);
        Put("promoted", Promoted);
        Put("deadline", Deadline);
        Put("expires", Expires);
        Put("urgent", Urgent ? 1 : 0);
        Put("attempts", Attempts);
        Put("probes", Probes);
        Put("retry", Retry);
        Put("error", Error ?? "");
        Put("owner", Owner);
        Put("until", Until);
        tags[FenceTag] = Fence.ToString(CultureInfo.InvariantCulture);
        for (int i = 0; i < History.Length; i++)
            tags[string.Create(CultureInfo.InvariantCulture, $"history.{i:00}")] = Line(History[i]);
        return tags.ToImmutable();

        void Put(string key, object? value)
        {
            if (value is not (null or "" or 0L or 0))
                tags[key] = value is DateTimeOffset time ? CanonicalTime.Format(time) : Convert.ToString(value, CultureInfo.InvariantCulture)!;
        }
    }

    /// <summary>Reads the state. It is authenticated, so what can't be read was written by a program of another version.</summary>
    public static RotationRecord Read(SecretName name, ImmutableSortedDictionary<string, string> tags)
    {
        int stage = Array.IndexOf(StageNames, Text("stage"));
        if (stage < 0)
            throw new VaultConfigurationException("SR1803", $"The rotation of {name} is in a stage that this program does not know.", "Use the newer version of the program that began it.");
        return new RotationRecord
        {
            Stage = (RotationStage)stage,
            Id = RandomId.TryParse(Text("id"), out RandomId id) ? id : default,
            Kind = Text("kind"),
            Reason = Text("reason"),
            From = Number("from"),
            To = Number("to"),
            Begun = Time("begun"),
            Promoted = Time("promoted"),
            Deadline = Time("deadline"),
            Expires = Time("expires"),
            Urgent = Number("urgent") == 1,
            Attempts = Number("attempts"),
            Probes = Number("probes"),
            Retry = Time("retry"),
            Error = Text("error") is { Length: > 0 } error ? error : null,
            Owner = Text("owner"),
            Until = Time("until"),
            Fence = Number(FenceTag),
            History = [.. tags.Where(static tag => tag.Key.StartsWith("history.", StringComparison.Ordinal)).Select(static tag => Line(tag.Value)).OfType<PastRotation>()],
        };

        string Text(string key) => tags.GetValueOrDefault(key) ?? "";
        long Number(string key) => long.TryParse(Text(key), NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : 0;
        DateTimeOffset? Time(string key) => RotationRecord.Time(Text(key));
    }

    private static DateTimeOffset? Time(string text) => CanonicalTime.TryParse(Utf8.Strict.GetBytes(text), out DateTimeOffset time) ? time : null;

    private static string Line(PastRotation past) =>
        $"{past.Id}|{past.Rotator}|{past.FromVersion}|{past.ToVersion}|{CanonicalTime.Format(past.BegunAt)}|{CanonicalTime.Format(past.EndedAt)}|{past.Result}|{past.Reason}";

    private static PastRotation? Line(string line)
    {
        string[] parts = line.Split('|', 8);
        return parts.Length == 8 && RandomId.TryParse(parts[0], out RandomId id) && long.TryParse(parts[2], out long from) && long.TryParse(parts[3], out long to)
            && Time(parts[4]) is { } begun && Time(parts[5]) is { } ended && Enum.TryParse(parts[6], out RotationResultKind result)
                ? new PastRotation(id, parts[1], from, to, begun, ended, result, parts[7])
                : null;
    }
}
