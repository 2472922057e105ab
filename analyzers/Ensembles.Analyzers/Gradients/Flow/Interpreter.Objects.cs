using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using static Ensembles.Forwards.TorchSymbols;

namespace Ensembles.Analyzers.Gradients.Flow;

/// <summary>Objects: how they are made, and which functions and objects they hold from then on.</summary>
sealed partial class Interpreter
{
    Value Create(IObjectCreationOperation creation)
    {
        var arguments = creation.Arguments.Select(argument => Evaluate(argument.Value)).ToArray();
        var value = Value.Combine([.. arguments, Evaluate(creation.Initializer)]);
        if (creation.Type is INamedTypeSymbol type && (InSource(type) || IsModule(type) && !IsModuleCollection(type)))
            return value with { Callables = [
                new Instance(
                    type, creation.Constructor, InOrder(creation.Arguments, creation.Constructor, arguments),
                    creation.Syntax)] };
        if (IsRandomSource(creation.Type)
            && creation.Arguments.Any(argument => argument.ArgumentKind == ArgumentKind.Explicit))
            return value with { IsSeeded = true };
        // What is not in source calls what it is given, as Lazy does.
        return arguments.Any(argument => argument.Callables.Count > 0)
            ? Value.Combine(value, Value.Combine([.. arguments.SelectMany(argument => ResultsOf(argument, value))]))
            : value;
    }

    /// <summary>What a field or an automatic property holds.</summary>
    Value Member(ISymbol member, ITypeSymbol? type)
    {
        if (member.IsStatic && !bindings.Knows(member) && InSource(member) && MayHoldCallables(type))
        {
            bindings[member] = Value.Constant;
            bindings[member] =
                Value.Constant with { Callables = Evaluate(bodies.InitializerOf(member, cancellation)).Callables };
        }

        return bindings[member];
    }

    /// <summary>
    /// The objects that an expression may stand for: as they were made, or any of its type where that is not known.
    /// </summary>
    IReadOnlyList<Instance> InstancesOf(IOperation expression, Value value)
    {
        if (Unconverted(expression)?.Type is not INamedTypeSymbol declared)
            return [];
        var made = value.Callables.OfType<Instance>().Where(instance => IsA(instance.Type, declared)).ToList();
        return made.Count > 0 ? made : [new Instance(declared, null, [], expression.Syntax)];
    }

    /// <summary>
    /// Gives the members of an object the functions and objects that it is made with. Nothing else in it depends on the
    /// input.
    /// </summary>
    void Construct(Instance instance)
    {
        if (!InSource(instance.Type))
            return;
        var (outside, outerReturned, outerScope) = (bindings, returned, withoutGradient);
        bindings = bindings.Fork();
        RunConstructors(instance.Type, instance.Constructor, instance.Arguments, instance.Type);
        var inside = bindings;
        (bindings, returned, withoutGradient) = (outside, outerReturned, outerScope);
        foreach (var (member, callables) in inside.Holders)
            bindings[member] = bindings[member] with { Callables = callables };
    }

    /// <summary>Runs the constructor of a class, or each where it is not known which one.</summary>
    void RunConstructors(INamedTypeSymbol type, IMethodSymbol? constructor, Value[] arguments, INamedTypeSymbol self)
    {
        if (!InSource(type))
            return;
        var candidates = constructor is not null
            ? [constructor]
            : type.InstanceConstructors.Where(candidate => !IsCopying(candidate)).ToList();
        Fork(candidates
            .Where(IsFollowed)
            .Select<IMethodSymbol, Action>(candidate => () => RunConstructor(candidate, arguments, self)));
        bindings.Ended = false;
    }

    void RunConstructor(IMethodSymbol constructor, Value[] arguments, INamedTypeSymbol self)
    {
        foreach (var parameter in constructor.Parameters)
            bindings[parameter] = parameter.Ordinal < arguments.Length ? arguments[parameter.Ordinal] : Value.Constant;

        var type = constructor.ContainingType;
        calls.Add((constructor, self));
        try
        {
            var code = bodies.OfConstructor(constructor, cancellation);
            var first = code?.Initializer is { } initializer
                ? initializer.DescendantsAndSelf().OfType<IInvocationOperation>().FirstOrDefault()
                : null;
            var continues = first is not null
                && SymbolEqualityComparer.Default.Equals(first.TargetMethod.ContainingType, type);
            if (!continues)
                Initialize(type);
            if (first is not null)
                RunConstructors(
                    first.TargetMethod.ContainingType, first.TargetMethod,
                    InOrder(
                        first.Arguments, first.TargetMethod,
                        [.. first.Arguments.Select(argument => Evaluate(argument.Value))]),
                    self);
            else if (type.BaseType is { } parent)
                RunConstructors(
                    parent, parent.InstanceConstructors.FirstOrDefault(candidate => candidate.Parameters.IsEmpty), [],
                    self);
            Execute(code?.BlockBody ?? code?.ExpressionBody);
        }
        finally
        {
            calls.RemoveAt(calls.Count - 1);
        }
    }

    void Initialize(INamedTypeSymbol type)
    {
        var fields = type.GetMembers().OfType<IFieldSymbol>();
        foreach (var field in fields.Where(field => !field.IsStatic && MayHoldCallables(field.Type)))
        {
            var member = field.AssociatedSymbol ?? field;
            if (bodies.InitializerOf(member, cancellation) is { } value)
                bindings[member] = Evaluate(value);
        }
    }

    // The one that "with" calls on a record.
    static bool IsCopying(IMethodSymbol constructor) =>
        constructor is { IsImplicitlyDeclared: true, Parameters: [{ Type: var copied }] }
            && SymbolEqualityComparer.Default.Equals(copied, constructor.ContainingType);
}
