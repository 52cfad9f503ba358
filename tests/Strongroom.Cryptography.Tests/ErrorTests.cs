namespace Strongroom.Cryptography.Tests;

public sealed class ErrorTests
{
    [Fact]
    public void Each_error_carries_code_message_hint_and_cause()
    {
        var cause = new InvalidOperationException("cause");
        (StrongroomException Error, bool IsTransient)[] errors =
        [
            (new CommitOutcomeUnknownException("SR0001", "message", "hint", cause), false), (new SecretConflictException("SR0001", "message", "hint", cause), false),
            (new SecretExpiredException("SR0001", "message", "hint", cause), false), (new SecretNotFoundException("SR0001", "message", "hint", cause), false),
            (new VaultConfigurationException("SR0001", "message", "hint", cause), false), (new VaultIntegrityException("SR0001", "message", "hint", cause), false),
            (new VaultLimitException("SR0001", "message", "hint", cause), false), (new VaultLockedException("SR0001", "message", "hint", cause), false),
            (new VaultUnavailableException("SR0001", "message", "hint", cause), true),
        ];

        Assert.All(errors, each => Assert.Equal(("SR0001", "message", "hint", cause, each.IsTransient), (each.Error.Code, each.Error.Message, each.Error.Hint, each.Error.InnerException, each.Error.IsTransient)));
        Assert.Null(new SecretNotFoundException("SR0001", "message").Hint);
    }
}
