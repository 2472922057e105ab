using Ensembles.Forwards;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using static Ensembles.Forwards.TorchSymbols;

namespace Ensembles.Analyzers.Gradients.Flow;

/// <summary>
/// Conditions: what they are where an attack runs the code, in evaluation mode and with gradients recorded, wherever
/// they are kept and handed on; and those that random numbers decide.
/// </summary>
sealed partial class Interpreter
{
    /// <summary>The random numbers that decide whether the code being run is reached.</summary>
    IReadOnlyList<Break> lots = [];

    /// <summary>
    /// Runs what a condition decides about. Where that is random, so is all that comes out different for it: what is
    /// assigned, what is returned, and what is returned behind it if one way has returned already.
    /// </summary>
    void ByLot(Value decided, Action run)
    {
        if (decided.Draws.Count == 0)
        {
            run();
            return;
        }

        var (before, outerReturned, outerLots) = (bindings.Fork(), returned, lots);
        lots = [.. lots.Union(decided.Draws)];
        run();
        foreach (var symbol in bindings.ChangedSince(before).ToList())
            bindings[symbol] = bindings[symbol].WithDraws(decided.Draws);
        if (ReferenceEquals(returned, outerReturned))
            lots = outerLots;
    }

    /// <summary>A property that says in which mode the code runs; null for any other.</summary>
    Value? Mode(IPropertyReferenceOperation property) => property.Property.Name switch
    {
        "training" when IsModule(property.Instance?.Type ?? Self) => inTraining ? Value.True : Value.False,
        "requires_grad" when IsTensor(property.Instance?.Type) && withoutGradient is null => Value.True,
        _ => null,
    };

    /// <summary>A call that says in which mode the code runs, or what images are; null for any other.</summary>
    Value? Mode(IInvocationOperation call, Value instance, Value[] arguments)
    {
        var name = call.TargetMethod.Name;
        if (name == "is_grad_enabled")
            return Value.Constant.Holding(withoutGradient is null);
        if (name is not ("is_integral" or "is_floating_point" or "is_complex"))
            return null;
        // Images are float32, and only floating point has gradients.
        var asked = call.Instance is not null ? instance : arguments.FirstOrDefault() ?? Value.Constant;
        var isFloating = asked is { MayBeLive: true, Cuts: [] } || asked.IsFloatingType;
        return isFloating ? Value.Constant.Holding(name == "is_floating_point") : Value.Constant;
    }

    /// <summary>What "not" makes of a condition.</summary>
    Value Negate(IUnaryOperation not)
    {
        var operand = Evaluate(not.Operand);
        return Value.Combine(operand).Holding(!operand.Truth);
    }

    /// <summary>
    /// What two conditions, or two element types, make of each other; null where they make no condition.
    /// </summary>
    static bool? Together(BinaryOperatorKind kind, Value left, Value right, bool? sameType) => kind switch
    {
        BinaryOperatorKind.Equals or BinaryOperatorKind.LessThanOrEqual or BinaryOperatorKind.GreaterThanOrEqual
            when left.IsZero && right.IsZero => true,
        BinaryOperatorKind.NotEquals or BinaryOperatorKind.LessThan or BinaryOperatorKind.GreaterThan
            when left.IsZero && right.IsZero => false,
        BinaryOperatorKind.ConditionalAnd or BinaryOperatorKind.And => And(left.Truth, right.Truth),
        BinaryOperatorKind.ConditionalOr or BinaryOperatorKind.Or => !And(!left.Truth, !right.Truth),
        BinaryOperatorKind.Equals => sameType ?? Same(left.Truth, right.Truth),
        BinaryOperatorKind.NotEquals or BinaryOperatorKind.ExclusiveOr => !(sameType ?? Same(left.Truth, right.Truth)),
        _ => null,
    };

    /// <summary>
    /// Whether the element type of a tensor with a gradient may be the one named; null where neither is one.
    /// </summary>
    static bool? MayBeType(Value type, IOperation named) => type.IsFloatingType && NameOfType(named) is { } name
        && (TorchNames.IntegerTypes.Contains(name) || TorchNames.BooleanTypes.Contains(name))
            ? false
            : null;

    static string? NameOfType(IOperation named) => Unconverted(named) switch
    {
        IFieldReferenceOperation { Field: { ContainingType.Name: "ScalarType" or "torch", Name: var name } } =>
            name.TrimStart('@'),
        IPropertyReferenceOperation { Property: { ContainingType.Name: "torch", Name: var name } } =>
            name.TrimStart('@'),
        _ => null,
    };

    /// <summary>Whether a pattern may match: not so for "true" where the value is false.</summary>
    static bool? Matches(IPatternOperation pattern, Value value) => pattern switch
    {
        IConstantPatternOperation { Value.ConstantValue: { HasValue: true, Value: bool constant } } =>
            Same(value.Truth, constant),
        IConstantPatternOperation constant => MayBeType(value, constant.Value),
        INegatedPatternOperation not => !Matches(not.Pattern, value),
        IBinaryPatternOperation { OperatorKind: BinaryOperatorKind.Or } either =>
            !And(!Matches(either.LeftPattern, value), !Matches(either.RightPattern, value)),
        IBinaryPatternOperation both => And(Matches(both.LeftPattern, value), Matches(both.RightPattern, value)),
        IDiscardPatternOperation => true,
        _ => null,
    };

    static bool? And(bool? a, bool? b) => a == false || b == false ? false : a == true && b == true ? true : null;

    static bool? Same(bool? a, bool? b) => a is null || b is null ? null : a == b;
}
