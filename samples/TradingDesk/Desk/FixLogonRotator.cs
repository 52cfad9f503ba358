using System.Text;
using Strongroom;
using Strongroom.Rotation;

namespace TradingDesk.Desk;

/// <summary>
/// Changes the password of a FIX session in its logon (554 and 925), which makes the old one void in the same moment: two phases. When the answer is lost the engine asks which password holds, a bounded number of times,
/// because the third wrong one locks the session.
/// </summary>
internal sealed class FixLogonRotator(IHttpClientFactory clients, TimeProvider time) : ITwoPhaseRotator
{
    private const string Active = "0", Changed = "1", Unacceptable = "3", Invalid = "5";
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(90);

    public string Kind => "fix-logon";

    public IReadOnlyCollection<string> Settings => [];

    public ValueTask<SecretValue> CreateAsync(RotationContext context, CancellationToken ct)
    {
        context.ExpiresAt = time.GetUtcNow() + Lifetime;
        using SecretValue password = RotatedValues.Password(20);
        return new ValueTask<SecretValue>(RotatedValues.WithField(context.Old, "password", password.Span));
    }

    public async ValueTask SetAsync(RotationContext context, CancellationToken ct)
    {
        string status = await LogonAsync(context.Old, context.New, ct);
        if (status != Changed)
            throw new RotationException("DESK01", $"The exchange answered SessionStatus {status} to the change of the FIX password.", "Look at the session; at the exchange it may have to be unlocked.", isRefusal: status is Unacceptable);
    }

    public async ValueTask VerifyAsync(RotationContext context, CancellationToken ct)
    {
        if (!await ProbeAsync(context, context.New, ct))
            throw new RotationException("DESK02", "The exchange does not accept the new FIX password.", "Look at the session.");
    }

    public async ValueTask<bool> ProbeAsync(RotationContext context, SecretValue candidate, CancellationToken ct) => await LogonAsync(candidate, null, ct) switch
    {
        Active => true,
        Invalid => false,
        string status => throw new RotationException("DESK03", $"The exchange answered SessionStatus {status} to a logon.", "Look at the session."),
    };

    // The exchange made the old one void when it took the new one.
    public ValueTask RevokeAsync(RotationContext context, CancellationToken ct) => ValueTask.CompletedTask;

    private async Task<string> LogonAsync(SecretValue login, SecretValue? next, CancellationToken ct)
    {
        // Put together as bytes and wiped: a string could not be.
        byte[] message = GC.AllocateArray<byte>(1024, pinned: true);
        try
        {
            int length = 0;
            Add("35=A|553="u8, login, "username");
            Add("|554="u8, login, "password");
            if (next is not null)
                Add("|925="u8, next, "password");
            using HttpResponseMessage response = await clients.CreateClient("fix").PostAsync("/fix/logon", new ByteArrayContent(message, 0, length), ct);
            string answer = await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync(ct);
            return answer.Split('|').Single(static field => field.StartsWith("1409=", StringComparison.Ordinal))[5..];

            void Add(ReadOnlySpan<byte> tag, SecretValue value, string name)
            {
                if (!value.TryGetField(name, out ReadOnlySpan<byte> field))
                    throw new RotationException("DESK04", $"The FIX session has no field '{name}'.", "Write it with username and password.");
                tag.CopyTo(message.AsSpan(length));
                field.CopyTo(message.AsSpan(length + tag.Length));
                length += tag.Length + field.Length;
            }
        }
        finally
        {
            System.Security.Cryptography.CryptographicOperations.ZeroMemory(message);
        }
    }
}
