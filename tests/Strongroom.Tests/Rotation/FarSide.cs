using Strongroom.Rotation;

namespace Strongroom.Tests.Rotations;

/// <summary>A side that checks a secret, as an engine sees it: which values it accepts, and how it fails.</summary>
internal class FarSide : IRotator
{
    public FarSide(string first) => Accepted.Add(first);

    public HashSet<string> Accepted { get; } = [];

    public int Sets { get; private set; }

    /// <summary>Called with the step's name before it has any effect.</summary>
    public Action<string>? Before { get; set; }

    public virtual string Kind => "far";

    public IReadOnlyCollection<string> Settings => ["place"];

    public ValueTask<SecretValue> CreateAsync(RotationContext context, CancellationToken ct) => new(RotatedValues.Password(20));

    public virtual ValueTask SetAsync(RotationContext context, CancellationToken ct)
    {
        Before?.Invoke("set");
        Sets++;
        Accepted.Add(context.New.DangerousRevealString());
        return default;
    }

    public ValueTask VerifyAsync(RotationContext context, CancellationToken ct)
    {
        Before?.Invoke("verify");
        Assert.Contains(context.New.DangerousRevealString(), Accepted);
        return default;
    }

    public ValueTask RevokeAsync(RotationContext context, CancellationToken ct)
    {
        Before?.Invoke("revoke");
        Accepted.Remove(context.Old.DangerousRevealString());
        return default;
    }
}

/// <summary>A far side that knows who is logged in with the old value.</summary>
internal sealed class DrainingFarSide(string first) : FarSide(first), IDrainingRotator
{
    public bool InUse { get; set; }

    public ValueTask<bool> IsOldInUseAsync(RotationContext context, CancellationToken ct)
    {
        Before?.Invoke("drain");
        return new(InUse);
    }
}

/// <summary>A far side that exchanges old and new in one logon, as FIX does, and locks the account after too many wrong ones.</summary>
internal sealed class ExchangingFarSide(string first) : FarSide(first), ITwoPhaseRotator
{
    private const int LocksAfter = 4;

    public int WrongLogons { get; private set; }

    /// <summary>Loses the answer of the next logon, after or before it was carried out.</summary>
    public string? Lose { get; set; }

    public override string Kind => "fix";

    public override ValueTask SetAsync(RotationContext context, CancellationToken ct)
    {
        if (Lose is "before")
            throw new IOException("connection reset");
        if (Lose is "refuse")
            throw new RotationException("SR1809", "1409=3: the new password does not comply.", isRefusal: true);
        if (!Logon(context.Old.DangerousRevealString()))
            throw new RotationException("SR1809", "1409=5");
        Accepted.Clear();
        Accepted.Add(context.New.DangerousRevealString());
        return Lose is "after" ? throw new IOException("connection reset") : default;
    }

    public ValueTask<bool> ProbeAsync(RotationContext context, SecretValue candidate, CancellationToken ct)
    {
        Before?.Invoke("probe");
        return new(Logon(candidate.DangerousRevealString()));
    }

    private bool Logon(string password)
    {
        Assert.True(WrongLogons < LocksAfter, "the account is locked");
        if (Accepted.Contains(password))
            return true;
        WrongLogons++;
        return false;
    }
}
