using System.Buffers.Text;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Input;
using Strongroom.Cli.Otp;
using Strongroom.Cli.Output;

namespace Strongroom.Cli.References;

/// <summary>Turns references into values: all of them, or an error that names every one that can't be.</summary>
internal static class ReferenceResolver
{
    /// <summary>Resolves. The caller owns the result.</summary>
    /// <param name="context">Warnings and the clock.</param>
    /// <param name="store">The vault.</param>
    /// <param name="references">What is wanted, with a word on where each stands.</param>
    public static async ValueTask<ResolvedReferences> ResolveAsync(CommandContext context, ISecretStore store, IReadOnlyCollection<PlacedReference> references)
    {
        var resolved = new ResolvedReferences();
        var failures = new List<(PlacedReference At, Exception Error)>();
        try
        {
            // Fields of one secret come from one read: never the user of one version with the password of the next.
            foreach (var group in references.GroupBy(reference => (reference.Reference.Store, reference.Reference.Name, reference.Reference.Version)))
                await ReadAsync(context, store, group, resolved, failures);
            ThrowIfAny(failures);
            return resolved;
        }
        catch
        {
            resolved.Dispose();
            throw;
        }
    }

    private static async ValueTask ReadAsync(
        CommandContext context,
        ISecretStore store,
        IGrouping<(string? Store, SecretName Name, long? Version), PlacedReference> group,
        ResolvedReferences resolved,
        List<(PlacedReference At, Exception Error)> failures)
    {
        var first = group.First();
        try
        {
            RequireOwnStore(first.Reference);
            using var secret = await store.GetAsync(group.Key.Name, group.Key.Version, context.Cancellation);
            if (secret.Metadata.ExpiresAt is { } expires && expires <= context.Now)
                context.Output.Warning($"{secret.Name} expired {HumanText.Relative(expires, context.Now)}.");
            foreach (var reference in group)
            {
                try
                {
                    if (!resolved.Contains(reference.Reference))
                        resolved.Add(reference.Reference, secret.Metadata, Value(reference.Reference, secret, context));
                }
                catch (Exception error) when (error is StrongroomException or CliException)
                {
                    failures.Add((reference, error));
                }
            }
        }
        catch (Exception error) when (error is SecretNotFoundException or SecretExpiredException or CliException)
        {
            failures.AddRange(group.Select(reference => (reference, (Exception)error)));
        }
    }

    /// <summary>Refuses a reference to a store that this command does not have at hand.</summary>
    public static void RequireOwnStore(SecretReference reference)
    {
        if (reference.Store is { } store)
            throw new CliException(ExitCodes.Configuration, "SR2041", $"There is no store '{store}' here: {reference}.", "Leave the store away, and name its vault with --vault.");
    }

    private static WipedBuffer Value(SecretReference reference, SecretData secret, CommandContext context)
    {
        if (reference.Form == SecretReferenceForm.Otp)
            return OneTimeCode(reference, secret, context);
        var bytes = reference.Select(secret);
        var value = new WipedBuffer(Math.Max(16, Base64.GetMaxEncodedToUtf8Length(bytes.Length)));
        if (reference.Form == SecretReferenceForm.Base64)
        {
            _ = Base64.EncodeToUtf8(bytes, value.GetSpan(Base64.GetMaxEncodedToUtf8Length(bytes.Length)), out _, out var written);
            value.Advance(written);
        }
        else
        {
            value.Write(bytes);
        }

        return value;
    }

    private static WipedBuffer OneTimeCode(SecretReference reference, SecretData secret, CommandContext context)
    {
        using var source = OneTimePassword.Parse(OtpField.Select(secret, reference.Field));
        var code = new WipedBuffer(16);
        code.Write(source.Code(context.Now));
        return code;
    }

    private static void ThrowIfAny(List<(PlacedReference At, Exception Error)> failures)
    {
        if (failures.Count == 0)
            return;
        var lines = failures.Select(failure => $"{failure.At.Place}: {failure.Error.Message}");
        var (error, hint) = failures[0].Error switch
        {
            StrongroomException library => (Errors.ExitCode(library), library.Hint),
            CliException own => (own.ExitCode, own.Hint),
            _ => (ExitCodes.Unexpected, null),
        };
        throw new CliException(error, "SR2040", string.Join('\n', lines), failures.Count == 1 ? hint : "Correct them all; nothing was done.", failures[0].Error);
    }
}

/// <summary>A reference and where it stands, for messages.</summary>
/// <param name="Reference">The reference.</param>
/// <param name="Place"><c>DB_PASSWORD</c>, or <c>file:12</c>.</param>
internal sealed record PlacedReference(SecretReference Reference, string Place);
