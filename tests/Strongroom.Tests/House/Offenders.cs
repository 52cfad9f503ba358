namespace Strongroom.Tests.House;

/// <summary>Fails with all that breaks a rule, one a line: a list that is cut short makes people run the tests once for each.</summary>
internal static class Offenders
{
    public static void None(IEnumerable<string> offenders)
    {
        string all = string.Join(Environment.NewLine, offenders);
        if (all.Length != 0)
            Assert.Fail(all);
    }
}
