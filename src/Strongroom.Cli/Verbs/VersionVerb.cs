using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Strongroom.Cli.CommandLine;

namespace Strongroom.Cli.Verbs;

/// <summary><c>version</c>.</summary>
internal sealed class VersionVerb : Verb
{
    public VersionVerb()
        : base("version", "Show the version.", new Example("strongroom version", "One line"), new Example("strongroom version --json", "With commit, platform and format"))
    {
    }

    public override ValueTask<int> RunAsync(CommandContext context)
    {
        var parts = Informational().Split('+', 2);
        if (context.Output.IsJson)
            context.Output.Json(json =>
            {
                json.WriteString("version", parts[0]);
                json.WriteString("commit", parts.Length > 1 ? parts[1] : null);
                json.WriteNumber("format", 1);
                json.WriteString("platform", RuntimeInformation.RuntimeIdentifier);
                json.WriteString("runtime", RuntimeInformation.FrameworkDescription);
                json.WriteBoolean("native", !RuntimeFeature.IsDynamicCodeSupported);
            });
        else
            context.Output.Line($"strongroom {parts[0]}");
        return ValueTask.FromResult(ExitCodes.Ok);
    }

    private static string Informational() => typeof(VersionVerb).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";
}
