using System.CommandLine;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Input;
using Strongroom.Cli.Platform;
using Strongroom.Cli.References;

namespace Strongroom.Cli.Verbs;

/// <summary><c>inject</c>: fills the references of a template.</summary>
internal sealed class InjectVerb : VaultVerb
{
    private readonly Option<string?> _input;
    private readonly Option<string?> _output;
    private readonly Option<bool> _force;

    public InjectVerb()
        : base(
            "inject",
            "Fill the references in a template: all of them, or nothing is written.",
            new Example("echo 'token: {{ strongroom://ci/token }}' | strongroom inject", "From standard input to standard output"),
            new Example("strongroom inject -i app.tpl -o app.conf", "Into a new file that only you can read"))
    {
        _input = With(Make.Text("--input", "TEMPLATE", "The template; default or -: standard input.", "-i"));
        _output = With(Make.Text("--output", "FILE", "Write to a file of mode 0600, as a whole or not at all.", "-o"));
        _force = With(Make.Flag("--force", "With --output: replace a file that is there.", "-f"));
    }

    public override string Details =>
        """
        A reference stands in braces, {{ strongroom://db/main#password }}, or bare where a blank, a quote or another character ends it that no reference has. All else is copied byte for byte.
        """;

    public override async ValueTask<int> RunAsync(CommandContext context)
    {
        var path = context.Get(_input) is { } given and not "-" ? given : null;
        using var text = path is null ? await StandardInput.ReadAsync(context) : await StandardInput.ReadFileAsync(path, context.Cancellation);
        var template = Template.Parse(path ?? "standard input", text.Span.ToArray());
        using var filled = await FillAsync(context, template);
        if (context.Get(_output) is not { } output)
        {
            context.Output.Bytes(filled.Span);
            return ExitCodes.Ok;
        }

        if (context.Get(_force))
            PrivateFile.Replace(output, filled.Span);
        else
            PrivateFile.Create(output, filled.Span);
        context.Output.Note($"{output} written: {template.References.Count()} references filled.");
        return ExitCodes.Ok;
    }

    private async ValueTask<WipedBuffer> FillAsync(CommandContext context, Template template)
    {
        // A template without references needs no vault.
        if (!template.References.Any())
        {
            using var none = new ResolvedReferences();
            return template.Fill(none);
        }

        using var vault = await OpenAsync(context);
        using var values = await ReferenceResolver.ResolveAsync(context, vault, [.. template.References]);
        return template.Fill(values);
    }
}
