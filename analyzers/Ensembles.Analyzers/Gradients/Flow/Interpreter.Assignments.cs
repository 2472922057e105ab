using Ensembles.Forwards;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using static Ensembles.Forwards.TorchSymbols;

namespace Ensembles.Analyzers.Gradients.Flow;

/// <summary>Assignments.</summary>
sealed partial class Interpreter
{
    /// <summary>
    /// Locals that are views of what another symbol holds: what is written into them in place is in that, too.
    /// </summary>
    readonly Dictionary<ISymbol, ISymbol> views = new(SymbolEqualityComparer.Default);

    Value AssignFrom(IOperation target, IOperation expression)
    {
        var value = Assign(target, Evaluate(expression));
        var local = Unconverted(target) switch
        {
            IVariableDeclaratorOperation declarator => declarator.Symbol,
            ILocalReferenceOperation reference => reference.Local,
            _ => null,
        };
        if (local is not null
            && ViewedBy(expression) is { } viewed
            && !SymbolEqualityComparer.Default.Equals(viewed, local))
            views[local] = viewed;
        return value;
    }

    /// <summary>Stores a value.</summary>
    Value Assign(IOperation target, Value value)
    {
        switch (Unconverted(target))
        {
            case ILocalReferenceOperation local:
                Bind(local.Local, value);
                break;
            case IParameterReferenceOperation parameter:
                Bind(parameter.Parameter, value);
                break;
            case IVariableDeclaratorOperation declarator:
                Bind(declarator.Symbol, value);
                break;
            case IDeclarationExpressionOperation declaration:
                Assign(declaration.Expression, value);
                break;
            case IFieldReferenceOperation { Instance: null or IInstanceReferenceOperation } field:
                Bind(field.Field, value);
                break;
            case IPropertyReferenceOperation { Arguments.Length: 0 } property
                when property.Instance is null or IInstanceReferenceOperation:
                Set(property, value);
                break;
            case IFieldReferenceOperation { Field.ContainingType.IsTupleType: true } element
                when RootOf(element) is { } tuple
                    && PositionOf(element.Field) is >= 0 and var position
                    && position < bindings[tuple].Elements.Count:
                Bind(tuple, Value.Tuple(bindings[tuple].Elements.Select((old, i) => i == position ? value : old)));
                break;
            case ITupleOperation tuple:
                for (var i = 0; i < tuple.Elements.Length; i++)
                    Assign(tuple.Elements[i], i < value.Elements.Count ? value.Elements[i] : value);
                break;
            case { } part:
                // An element, or a member: what it belongs to has the value in it.
                Mix(part, Recorded(value));
                break;
        }

        return value;
    }

    void Bind(ISymbol symbol, Value value)
    {
        views.Remove(symbol);
        bindings[symbol] = value;
    }

    void Set(IPropertyReferenceOperation property, Value value)
    {
        // An automatic property keeps what it is given.
        if (property.Property.SetMethod is { } written
            && InSource(written)
            && Override(written, Self) is var setter
            && bodies.Of(setter, cancellation) is not null)
            Call(setter, Self, [value]);
        else
            Bind(property.Property, value);
    }

    /// <summary>Makes a value part of what an expression belongs to, and of what that is a view of.</summary>
    void Mix(IOperation expression, Value value)
    {
        ISymbol? next;
        for (var root = RootOf(expression); root is not null; root = views.TryGetValue(root, out next) ? next : null)
            bindings[root] = Value.Combine(bindings[root], value);
    }

    void StoreInPlace(IOperation target, Value value)
    {
        Mix(target, value);
        if (Whole(target) is ILocalReferenceOperation
                or IParameterReferenceOperation
                or IFieldReferenceOperation { Instance: IInstanceReferenceOperation }
            && RootOf(target) is { } whole)
            bindings[whole] = value;
    }

    /// <summary>
    /// What a chain of calls that work in place, or see all of a tensor in another shape, begins with.
    /// </summary>
    static IOperation? Whole(IOperation? target) => Unconverted(target) switch
    {
        IInvocationOperation { Instance: { } instance, TargetMethod.Name: var name }
            when IsTensor(instance.Type)
                && (name.EndsWith("_", StringComparison.Ordinal) || TorchNames.ViewingAll.Contains(name)) =>
            Whole(instance),
        var other => other,
    };

    /// <summary>What arguments passed by reference are after a call.</summary>
    /// <param name="call">The call.</param>
    /// <param name="given">The value of a parameter behind the call.</param>
    void WriteBack(IInvocationOperation call, Func<IParameterSymbol, Value> given)
    {
        foreach (var argument in call.Arguments)
        {
            if (argument.Parameter is { RefKind: RefKind.Ref or RefKind.Out } parameter)
                Assign(
                    argument.Value,
                    CarriesGradient(parameter.Type) ? given(parameter) : given(parameter).WithoutGradient());
        }
    }

    /// <summary>
    /// The local, parameter or field that holds what the expression is a part of; null where it is a copy, or nothing
    /// is known.
    /// </summary>
    static ISymbol? RootOf(IOperation? expression) => Unconverted(expression) switch
    {
        ILocalReferenceOperation local => local.Local,
        IParameterReferenceOperation parameter => parameter.Parameter,
        IFieldReferenceOperation { Instance: null or IInstanceReferenceOperation } field => field.Field,
        IPropertyReferenceOperation { Instance: null or IInstanceReferenceOperation } property => property.Property,
        IFieldReferenceOperation field => RootOf(field.Instance),
        IPropertyReferenceOperation property => RootOf(property.Instance),
        IArrayElementReferenceOperation element => RootOf(element.ArrayReference),
        IInvocationOperation { Instance: { } instance } call
            when !IsTensor(instance.Type)
                || TorchNames.Viewing.Contains(call.TargetMethod.Name)
                || call.TargetMethod.Name.EndsWith("_", StringComparison.Ordinal) => RootOf(instance),
        IInvocationOperation { TargetMethod.IsExtensionMethod: true, Arguments: [{ Value: var first }, ..] } =>
            RootOf(first),
        _ => null,
    };

    /// <summary>What the tensor that an expression gives is a view of; null where it is one of its own.</summary>
    static ISymbol? ViewedBy(IOperation expression) => Unconverted(expression) switch
    {
        { Type: var type } when !IsTensor(type) => null,
        ILocalReferenceOperation or IParameterReferenceOperation => RootOf(expression),
        IPropertyReferenceOperation { Instance: { } instance, Arguments.Length: > 0 } when IsTensor(instance.Type) =>
            RootOf(instance),
        IInvocationOperation { Instance: { } instance } call
            when IsTensor(instance.Type) && TorchNames.Viewing.Contains(call.TargetMethod.Name) => RootOf(instance),
        _ => null,
    };
}
