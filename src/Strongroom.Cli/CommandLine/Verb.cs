using System.CommandLine;

namespace Strongroom.Cli.CommandLine;

/// <summary>One verb: what it takes, how it is explained, what it does. One file each in <c>Verbs/</c>.</summary>
internal abstract class Verb : Command
{
    /// <summary>Describes the verb.</summary>
    /// <param name="name">The word.</param>
    /// <param name="description">One sentence.</param>
    /// <param name="examples">At least two for what can be run by itself.</param>
    protected Verb(string name, string description, params Example[] examples)
        : base(name, description) => Examples = examples;

    /// <summary>Shown by <c>--help</c>.</summary>
    public IReadOnlyList<Example> Examples { get; }

    /// <summary>More for <c>--help</c>, after the description; may be empty.</summary>
    public virtual string Details => "";

    /// <summary>Whether it does something by itself, or only groups others.</summary>
    public virtual bool IsGroup => false;

    /// <summary>The exit code when the verb fails.</summary>
    /// <param name="code">What the error stands for.</param>
    public virtual int FailureCode(int code) => code;

    /// <summary>Does it.</summary>
    /// <returns>The exit code.</returns>
    public abstract ValueTask<int> RunAsync(CommandContext context);

    /// <summary>Adds an option and gives it back.</summary>
    protected T With<T>(T option)
        where T : Option
    {
        Options.Add(option);
        return option;
    }

    /// <summary>Adds an argument and gives it back.</summary>
    protected Argument<T> Takes<T>(Argument<T> argument)
    {
        Arguments.Add(argument);
        return argument;
    }
}
