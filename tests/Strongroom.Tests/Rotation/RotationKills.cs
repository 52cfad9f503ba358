using Strongroom.Rotation;

namespace Strongroom.Tests.Rotations;

/// <summary>Kills a rotator at the first point, then at the second, and so on until a rotation ends unhurt; after each another node ends what was begun.</summary>
internal static class RotationKills
{
    /// <param name="fixture">The vault, in which the secret is.</param>
    /// <param name="name">The secret.</param>
    /// <param name="rotator">A new rotator, as another process would have it.</param>
    /// <param name="atDeath">What must hold at the moment of death.</param>
    /// <param name="atEnd">What must hold when the rotation has been ended.</param>
    /// <returns>How many points there were.</returns>
    public static async Task<int> EverywhereAsync(RotationFixture fixture, string name, Func<IRotator> rotator, Func<Task> atDeath, Func<Task> atEnd)
    {
        for (int kill = 0; ; kill++)
        {
            int at = 0;
            try
            {
                RotationResult unhurt = await fixture.Engine(_ =>
                {
                    if (at++ == kill)
                        throw new KilledException();
                }, rotator()).RotateAsync(name, new RotationRequest { Urgent = true }, TestContext.Current.CancellationToken);
                Assert.True(unhurt.Kind == RotationResultKind.Completed, $"{unhurt.Kind} {unhurt.Error?.Code} {unhurt.Error?.Message}");
                await atEnd();
                return kill;
            }
            catch (KilledException)
            {
                await atDeath();
            }

            fixture.Time.Advance(TimeSpan.FromMinutes(3));
            RotationResult ended = await fixture.Engine(rotator()).RotateAsync(name, new RotationRequest { Urgent = true }, TestContext.Current.CancellationToken);
            Assert.True(ended.Kind == RotationResultKind.Completed, $"after point {kill}: {ended.Kind} {ended.Error?.Code} {ended.Error?.Message}");
            await atEnd();
        }
    }
}
