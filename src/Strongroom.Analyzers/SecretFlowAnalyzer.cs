using System;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Strongroom.Analyzers;

/// <summary>
/// Warns where a secret goes into a text that lives on: an interpolated or concatenated string, a log, the console, an exception, JSON. What counts as a secret: values of Strongroom's types, what their members called
/// <c>Dangerous…</c> give, text decoded from their spans, members and parameters marked <c>[Secret]</c>, and locals that are initialised with one of these.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SecretFlowAnalyzer : DiagnosticAnalyzer
{
    private const int DeepestLocal = 5;

    /// <summary>A secret in a string.</summary>
    public static readonly DiagnosticDescriptor InString = Rule("SRG001", "A secret becomes part of a string", "{0} becomes part of a string, which can't be wiped and is easily passed on: use its bytes where they are needed");

    /// <summary>A secret in a log.</summary>
    public static readonly DiagnosticDescriptor InLog = Rule("SRG002", "A secret is logged", "{0} is handed to {1}: log its name and version instead");

    /// <summary>A secret in an exception.</summary>
    public static readonly DiagnosticDescriptor InException = Rule("SRG003", "A secret becomes part of an exception", "{0} becomes part of an exception, which is logged and shown: say which secret it is, and not what");

    /// <summary>A secret in JSON.</summary>
    public static readonly DiagnosticDescriptor InJson = Rule("SRG004", "A secret is serialised", "{0} is serialised as JSON: keep secrets out of what is serialised");

    private static readonly ImmutableHashSet<string> SecretTypes = ImmutableHashSet.Create(StringComparer.Ordinal, "SecretValue", "SecretData", "SecretLease", "LiveSecret", "ApiKey", "DatabaseCredentials", "CertificateCredentials", "Unlock");

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(InString, InLog, InException, InJson);

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterOperationAction(static operation => Interpolation(operation), OperationKind.Interpolation);
        context.RegisterOperationAction(static operation => Concatenation(operation), OperationKind.Binary, OperationKind.CompoundAssignment);
        context.RegisterOperationAction(static operation => Call(operation), OperationKind.Invocation);
        context.RegisterOperationAction(static operation => Creation(operation), OperationKind.ObjectCreation);
    }

    private static void Interpolation(OperationAnalysisContext context)
    {
        var hole = (IInterpolationOperation)context.Operation;

        // A hole in a message for a log or an exception is reported there.
        if (IsSecret(hole.Expression, 0) && Sink(hole) is var sink)
            Report(context, sink ?? InString, hole.Expression, "a log");
    }

    private static void Concatenation(OperationAnalysisContext context)
    {
        (IOperation left, IOperation right) = context.Operation switch
        {
            IBinaryOperation { OperatorKind: BinaryOperatorKind.Add, Type.SpecialType: SpecialType.System_String } binary => (binary.LeftOperand, binary.RightOperand),
            ICompoundAssignmentOperation { OperatorKind: BinaryOperatorKind.Add, Type.SpecialType: SpecialType.System_String } assignment => (assignment.Value, assignment.Value),
            _ => (context.Operation, context.Operation),
        };
        if (ReferenceEquals(left, context.Operation))
            return;
        if (IsSecret(left, 0))
            Report(context, InString, left, "");
        else if (IsSecret(right, 0))
            Report(context, InString, right, "");
    }

    private static void Call(OperationAnalysisContext context)
    {
        var call = (IInvocationOperation)context.Operation;
        if (Rule(call.TargetMethod) is not { } rule)
            return;
        foreach (IArgumentOperation argument in call.Arguments)
        {
            foreach (IOperation value in Values(argument.Value))
            {
                if (IsSecret(value, 0))
                    Report(context, rule, value, call.TargetMethod.ContainingType.Name);
            }
        }
    }

    private static void Creation(OperationAnalysisContext context)
    {
        var creation = (IObjectCreationOperation)context.Operation;
        if (!IsException(creation.Type))
            return;
        foreach (IArgumentOperation argument in creation.Arguments)
        {
            if (IsSecret(argument.Value, 0))
                Report(context, InException, argument.Value, "");
        }
    }

    // What a text that is interpolated here is handed to, if that is worse than a string.
    private static DiagnosticDescriptor? Sink(IOperation operation)
    {
        for (IOperation? at = operation.Parent; at is not null and not IBlockOperation; at = at.Parent)
        {
            if (at is IObjectCreationOperation creation && IsException(creation.Type))
                return InException;
            if (at is IInvocationOperation call && Rule(call.TargetMethod) is { } rule)
                return rule;
        }

        return null;
    }

    private static DiagnosticDescriptor? Rule(IMethodSymbol method)
    {
        string type = method.ContainingType.ToDisplayString(SymbolDisplayFormat.CSharpErrorMessageFormat);
        if (type is "Microsoft.Extensions.Logging.LoggerExtensions" or "Microsoft.Extensions.Logging.ILogger" || HasAttribute(method, "LoggerMessageAttribute")
            || (type is "System.Console" or "System.Diagnostics.Debug" or "System.Diagnostics.Trace" or "System.IO.TextWriter" && method.Name.StartsWith("Write", StringComparison.Ordinal)))
            return InLog;
        if (type == "System.Text.Json.JsonSerializer" && method.Name.StartsWith("Serialize", StringComparison.Ordinal))
            return InJson;
        return type is "string" or "System.Text.StringBuilder" && method.Name is "Format" or "Concat" or "Join" or "Append" or "AppendLine" or "AppendFormat" or "Insert" or "Replace" ? InString : null;
    }

    // The elements of a params array or span one by one.
    private static ImmutableArray<IOperation> Values(IOperation value)
    {
        while (value is IConversionOperation conversion)
            value = conversion.Operand;
        return value switch
        {
            IArrayCreationOperation { Initializer: { } initializer } => initializer.ElementValues,
            ICollectionExpressionOperation collection => collection.Elements,
            _ => ImmutableArray.Create(value),
        };
    }

    private static bool IsSecret(IOperation operation, int depth)
    {
        while (operation is IConversionOperation conversion)
            operation = conversion.Operand;
        if (IsSecretType(operation.Type))
            return true;
        return operation switch
        {
            IInvocationOperation call => IsRevealing(call, depth),
            ILocalReferenceOperation local => depth < DeepestLocal && IsSecret(local, depth),
            IPropertyReferenceOperation property => HasAttribute(property.Property, "SecretAttribute") || (property.Instance is { } instance && property.Property.Name == "Span" && IsSecretType(instance.Type)),
            IFieldReferenceOperation field => HasAttribute(field.Field, "SecretAttribute"),
            IParameterReferenceOperation parameter => HasAttribute(parameter.Parameter, "SecretAttribute"),
            ICoalesceOperation either => IsSecret(either.Value, depth) || IsSecret(either.WhenNull, depth),
            IConditionalOperation either => IsSecret(either.WhenTrue, depth) || (either.WhenFalse is { } other && IsSecret(other, depth)),
            _ => false,
        };
    }

    private static bool IsRevealing(IInvocationOperation call, int depth)
    {
        IMethodSymbol method = call.TargetMethod;
        if (method.Name.StartsWith("Dangerous", StringComparison.Ordinal) && IsOurs(method.ContainingType) && method.ReturnType.SpecialType == SpecialType.System_String)
            return true;

        // Text or an encoding of the bytes: Encoding.UTF8.GetString(key.Span), Convert.ToBase64String(key.Span).
        return method.Name is "GetString" or "ToBase64String" or "ToHexString" or "ToHexStringLower" or "EncodeToString" or "ToArray" or "Trim" && call.Arguments.Any(argument => IsSecret(argument.Value, depth));
    }

    private static bool IsSecret(ILocalReferenceOperation local, int depth)
    {
        SyntaxNode? declaration = local.Local.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax();
        if (declaration is null || local.SemanticModel is not { } model || declaration.SyntaxTree != model.SyntaxTree)
            return false;
        return model.GetOperation(declaration) is IVariableDeclaratorOperation declarator
            && (declarator.Initializer ?? (declarator.Parent as IVariableDeclarationOperation)?.Initializer) is { } initializer
            && IsSecret(initializer.Value, depth + 1);
    }

    private static bool IsSecretType(ITypeSymbol? type) => type is not null && SecretTypes.Contains(type.Name) && IsOurs(type);

    private static bool IsOurs(ITypeSymbol type) => type.ContainingNamespace is { Name: "Strongroom", ContainingNamespace.IsGlobalNamespace: true };

    private static bool IsException(ITypeSymbol? type)
    {
        for (ITypeSymbol? at = type; at is not null; at = at.BaseType)
        {
            if (at is { Name: "Exception", ContainingNamespace: { Name: "System", ContainingNamespace.IsGlobalNamespace: true } })
                return true;
        }

        return false;
    }

    private static bool HasAttribute(ISymbol symbol, string name) => symbol.GetAttributes().Any(attribute => attribute.AttributeClass?.Name == name);

    private static void Report(OperationAnalysisContext context, DiagnosticDescriptor rule, IOperation value, string receiver) =>
        context.ReportDiagnostic(Diagnostic.Create(rule, value.Syntax.GetLocation(), value.Syntax.ToString(), receiver));

    private static DiagnosticDescriptor Rule(string id, string title, string message) =>
        new(id, title, message, "Security", DiagnosticSeverity.Warning, isEnabledByDefault: true);
}
