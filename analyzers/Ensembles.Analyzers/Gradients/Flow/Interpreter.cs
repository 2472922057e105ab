using Ensembles.Declarations;
using Ensembles.Forwards;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using static Ensembles.Forwards.TorchSymbols;

namespace Ensembles.Analyzers.Gradients.Flow;

/// <summary>
/// Runs a module's <c>forward</c> on values that stand for how they depend on the input, as an attack runs it: in
/// evaluation mode, with gradients recorded. Follows what it calls in the same compilation; anything else passes
/// gradients on.
/// </summary>
sealed partial class Interpreter
{
    const int MostNestedCalls = 24;

    /// <summary>Expressions within expressions, calls included, that the stack surely bears.</summary>
    const int MostNestedExpressions = 400;

    /// <summary>Operations after which nothing is followed any more, so that no code takes long.</summary>
    const int MostOperations = 20_000;

    readonly KnownTypes known;
    readonly Bodies bodies;
    readonly CancellationToken cancellation;

    /// <summary>The bodies that are being run, innermost last, each with the type of its "this".</summary>
    readonly List<(ISymbol Code, INamedTypeSymbol Self)> calls = [];

    Bindings bindings = new();
    Value? returned;
    Break? withoutGradient;
    int operations;
    int depth;

    Interpreter(KnownTypes known, Bodies bodies, CancellationToken cancellation) =>
        (this.known, this.bodies, this.cancellation) = (known, bodies, cancellation);

    /// <summary>What <c>forward</c> returns; null for a class that has none in source.</summary>
    public static Value? Forward(
        INamedTypeSymbol module, KnownTypes known, Bodies bodies, CancellationToken cancellation)
    {
        if (ForwardOf(module) is not { } forward || bodies.Of(forward, cancellation) is not { } body)
            return null;
        var interpreter = new Interpreter(known, bodies, cancellation);
        interpreter.Construct(new Instance(module, null, [], body.Syntax));
        return interpreter.Call(forward, module, [.. forward.Parameters.Select(_ => Value.Live)]);
    }

    INamedTypeSymbol Self => calls[calls.Count - 1].Self;

    /// <summary>The module whose code is being run: the one around it, or else the one that called it.</summary>
    INamedTypeSymbol Owner
    {
        get
        {
            var around = calls[calls.Count - 1].Code.ContainingType;
            return around is not null && around.DerivesFrom(known.Module)
                ? around
                // In code that is not finished none of them may be a module yet.
                : calls.LastOrDefault(call => call.Self.DerivesFrom(known.Module)).Self ?? Self;
        }
    }

    /// <summary>Runs a method in source.</summary>
    /// <param name="method">The method.</param>
    /// <param name="self">The type of its "this", which decides what its virtual calls reach.</param>
    /// <param name="arguments">One value for each parameter.</param>
    Value Call(IMethodSymbol method, INamedTypeSymbol self, Value[] arguments) =>
        IsFollowed(method) && bodies.Of(method, cancellation) is { } body
            ? Run(body, method, method.Parameters, self, arguments)
            : Value.Combine(arguments);

    Value Run(
        IOperation body, ISymbol code, IEnumerable<IParameterSymbol> parameters, INamedTypeSymbol self,
        Value[] arguments)
    {
        var (outerReturned, outerScope, outerLots) = (returned, withoutGradient, lots);
        lots = [];
        foreach (var (parameter, argument) in parameters.Zip(arguments, (parameter, argument) => (parameter, argument)))
            bindings[parameter] = argument;

        returned = null;
        calls.Add((code, self));
        try
        {
            // An expression body is its value; blocks return theirs.
            if (body is IBlockOperation)
                Execute(body);
            else
                returned = Evaluate(body);
            return returned ?? Value.Constant;
        }
        finally
        {
            calls.RemoveAt(calls.Count - 1);
            (returned, withoutGradient, lots) = (outerReturned, outerScope, outerLots);
            bindings.Ended = false;
        }
    }

    bool IsFollowed(ISymbol code) =>
        calls.Count < MostNestedCalls && !calls.Any(call => SymbolEqualityComparer.Default.Equals(call.Code, code));

    Break At(BreakKind kind, SyntaxNodeOrToken place, string what) => new(kind, place.GetLocation()!, what, Owner);
}
