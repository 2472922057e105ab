using System.Collections.Concurrent;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Ensembles.Forwards;

/// <summary>The operation trees of methods and initializers, in any file of a compilation.</summary>
sealed class Bodies(Compilation compilation)
{
    readonly ConcurrentDictionary<SyntaxTree, SemanticModel> models = new();

    /// <summary>The body of a method, local function or getter in source; null for any other.</summary>
    public IOperation? Of(IMethodSymbol method, CancellationToken cancellation)
    {
        var written = method.PartialImplementationPart ?? method;
        return written.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(cancellation) is { } node
            && ModelOf(node) is { } model
            ? model.GetOperation(node, cancellation) switch
            {
                IMethodBodyOperation body => body.BlockBody ?? body.ExpressionBody,
                ILocalFunctionOperation function => function.Body,
                var other => other,
            }
            : null;
    }

    /// <summary>The code of a constructor; null for one that is not written, or not in source.</summary>
    public IConstructorBodyOperation? OfConstructor(IMethodSymbol constructor, CancellationToken cancellation) =>
        constructor.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(cancellation) is { } node
            ? ModelOf(node)?.GetOperation(node, cancellation) as IConstructorBodyOperation
            : null;

    /// <summary>What fields and automatic properties are given where they are declared.</summary>
    public IOperation? InitializerOf(ISymbol member, CancellationToken cancellation)
    {
        var value = member.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(cancellation) switch
        {
            VariableDeclaratorSyntax variable => variable.Initializer?.Value,
            PropertyDeclarationSyntax property => property.Initializer?.Value,
            _ => null,
        };
        return value is not null ? ModelOf(value)?.GetOperation(value, cancellation) : null;
    }

    /// <summary>
    /// What a field or automatic property is given: where it is declared, and by the constructors of its class.
    /// </summary>
    public IEnumerable<IOperation> ValuesOf(ISymbol member, CancellationToken cancellation) =>
        AssignmentsTo(member, cancellation).Prepend(InitializerOf(member, cancellation)).OfType<IOperation>();

    /// <summary>
    /// The classes of the modules in "new X()", "Softmax(1)" or "Sequential(new X(), ReLU())", in the order in which
    /// they run.
    /// </summary>
    public static IEnumerable<ITypeSymbol> ModulesIn(IOperation made) => made switch
    {
        IConversionOperation conversion => ModulesIn(conversion.Operand),
        IObjectCreationOperation { Type: { } type } => [type],
        IInvocationOperation { TargetMethod.Name: "Sequential" } sequence =>
            sequence.Arguments.SelectMany(argument => ModulesIn(argument.Value)),
        IInvocationOperation { Type: { } type } => [type],
        IArrayCreationOperation { Initializer: { } list } => list.ElementValues.SelectMany(ModulesIn),
        ITupleOperation { Elements: [_, var named] } => ModulesIn(named),
        _ => [],
    };

    /// <summary>The classes of the modules in "new(new X(), ReLU())" or "ModuleDict(("x", new X()))".</summary>
    public static IEnumerable<ITypeSymbol> ElementsIn(IOperation made) => made switch
    {
        IConversionOperation conversion => ElementsIn(conversion.Operand),
        IObjectCreationOperation creation => creation.Arguments.SelectMany(argument => ModulesIn(argument.Value)),
        IInvocationOperation call => call.Arguments.SelectMany(argument => ModulesIn(argument.Value)),
        _ => [],
    };

    /// <summary>Whether functions are among the elements of "[f]", "new() { f }" or "(1, f)".</summary>
    public static bool HoldsFunctions(IOperation made) => made switch
    {
        IDelegateCreationOperation => true,
        IInvocationOperation => false,
        IObjectCreationOperation creation => creation.Initializer is { } list && HoldsFunctions(list),
        IObjectOrCollectionInitializerOperation list => list.Initializers.Any(element => element switch
        {
            IInvocationOperation adding => adding.Arguments.Any(argument => HoldsFunctions(argument.Value)),
            ISimpleAssignmentOperation assignment => HoldsFunctions(assignment.Value),
            _ => false,
        }),
        // A collection expression has an operation of its own in later versions of the compiler only.
        _ => made.ChildOperations.Any(HoldsFunctions),
    };

    IEnumerable<IOperation?> AssignmentsTo(ISymbol member, CancellationToken cancellation) =>
        member.ContainingType.InstanceConstructors
        .SelectMany(constructor => constructor.DeclaringSyntaxReferences)
        .Select(reference => reference.GetSyntax(cancellation))
        .OfType<ConstructorDeclarationSyntax>()
        .SelectMany(constructor => constructor.DescendantNodes().OfType<AssignmentExpressionSyntax>())
        .Where(assignment =>
            assignment.IsKind(SyntaxKind.SimpleAssignmentExpression) && NameOf(assignment.Left) == member.Name)
        .Select(assignment => ModelOf(assignment)?.GetOperation(assignment.Right, cancellation));

    static string? NameOf(ExpressionSyntax target) => target switch
    {
        IdentifierNameSyntax name => name.Identifier.ValueText,
        MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax } access => access.Name.Identifier.ValueText,
        _ => null,
    };

    /// <summary>What the code around a node means; null for code of another compilation.</summary>
    // A rule that waited for the end of the compilation could follow calls without this, but would be silent in an
    // editor and have no fixes there. Only what is asked for here is bound a second time.
#pragma warning disable RS1030
    public SemanticModel? ModelOf(SyntaxNode node) =>
        compilation.ContainsSyntaxTree(node.SyntaxTree)
            ? models.GetOrAdd(node.SyntaxTree, tree => compilation.GetSemanticModel(tree))
            : null;
#pragma warning restore RS1030
}
