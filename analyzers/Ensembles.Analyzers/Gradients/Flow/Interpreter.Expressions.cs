using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using static Ensembles.Forwards.TorchSymbols;

namespace Ensembles.Analyzers.Gradients.Flow;

/// <summary>Expressions.</summary>
sealed partial class Interpreter
{
    /// <summary>What stands before each "?." that is being evaluated.</summary>
    readonly Stack<Value> conditionalInstances = new();

    Value Evaluate(IOperation? expression)
    {
        if (expression is { ConstantValue: { HasValue: true, Value: bool constant } })
            return constant ? Value.True : Value.False;
        if (expression is { ConstantValue: { HasValue: true, Value: { } number } } && Number(number) == 0)
            return Value.Zero;
        if (expression is null
            || expression.ConstantValue.HasValue
            || ++operations > MostOperations
            || depth > MostNestedExpressions)
            return Value.Constant;

        depth++;
        try
        {
            return EvaluateKind(expression);
        }
        finally
        {
            depth--;
        }
    }

    Value EvaluateKind(IOperation expression)
    {
        switch (expression)
        {
            case ILocalReferenceOperation local:
                return bindings[local.Local];
            case IParameterReferenceOperation parameter:
                return bindings[parameter.Parameter];
            case IFieldReferenceOperation field:
                return Field(field);
            case IPropertyReferenceOperation property:
                return Property(property);
            case IInvocationOperation invocation:
                return Invoke(invocation);
            case IUnaryOperation { OperatorKind: UnaryOperatorKind.Not, OperatorMethod: null } not:
                return Negate(not);
            case IBinaryOperation binary:
                return Operate(
                    binary.OperatorKind, binary.OperatorMethod, binary.LeftOperand, binary.RightOperand, binary.Syntax);
            case IConversionOperation { OperatorMethod: { } conversion } converted
                when IsTensor(conversion.ContainingType) && !IsTensor(conversion.ReturnType):
                return Evaluate(converted.Operand)
                    .CutAt(
                        At(BreakKind.NoGradient, converted.Syntax,
                            $"the conversion to {conversion.ReturnType.ToDisplayString()}"));
            case IConversionOperation conversion:
                return Evaluate(conversion.Operand);
            case IConditionalOperation conditional:
                return Choose(conditional.Condition, conditional.WhenTrue, conditional.WhenFalse);
            case ICoalesceOperation coalesce:
                return Value.Join(Evaluate(coalesce.Value), Evaluate(coalesce.WhenNull));
            case IConditionalAccessOperation access:
                conditionalInstances.Push(Evaluate(access.Operation));
                var accessed = Evaluate(access.WhenNotNull);
                conditionalInstances.Pop();
                return accessed;
            case IConditionalAccessInstanceOperation:
                return conditionalInstances.Count > 0 ? conditionalInstances.Peek() : Value.Constant;
            case ISwitchExpressionOperation choice:
                return Choose(choice);
            case ISimpleAssignmentOperation assignment:
                return AssignFrom(assignment.Target, assignment.Value);
            case ICompoundAssignmentOperation assignment:
                return Assign(
                    assignment.Target,
                    Operate(
                        assignment.OperatorKind, assignment.OperatorMethod, assignment.Target, assignment.Value,
                        assignment.Syntax));
            case IIncrementOrDecrementOperation step:
                return Assign(step.Target, Value.Combine(Evaluate(step.Target)));
            case ICoalesceAssignmentOperation assignment:
                return Assign(assignment.Target, Value.Join(Evaluate(assignment.Target), Evaluate(assignment.Value)));
            case IDeconstructionAssignmentOperation deconstruction:
                return Assign(deconstruction.Target, Evaluate(deconstruction.Value));
            case IVariableDeclaratorOperation declarator:
                return declarator.GetVariableInitializer() is { } initializer
                    ? AssignFrom(declarator, initializer.Value)
                    : Value.Constant;
            case ITupleOperation tuple:
                return Value.Tuple(tuple.Elements.Select(Evaluate));
            case IArrayCreationOperation { Initializer: { } list }:
                return Value.Tuple(list.ElementValues.Select(Evaluate));
            case IAnonymousFunctionOperation or IMethodReferenceOperation:
                return Value.Constant with { Callables = [new Function(expression)] };
            case IDelegateCreationOperation creation:
                return Evaluate(creation.Target);
            case IObjectCreationOperation creation:
                return Create(creation);
            case IWithOperation copy:
                return Value.Combine([.. copy.ChildOperations.Select(Evaluate)]) with { Callables = [] };
            case IIsPatternOperation matched:
                var tested = Evaluate(matched.Value);
                Match(matched.Pattern, tested);
                return (Value.Constant with { Draws = tested.Draws }).Holding(Matches(matched.Pattern, tested));
            case IBlockOperation block:
                Execute(block);
                return Value.Constant;
            case IIsTypeOperation
                or INameOfOperation
                or ISizeOfOperation
                or ITypeOfOperation
                or IDefaultValueOperation
                or IInstanceReferenceOperation
                or ILocalFunctionOperation:
                return Value.Constant;
            default:
                return Value.Combine([.. expression.ChildOperations.Select(Evaluate)]);
        }
    }

    Value Field(IFieldReferenceOperation field)
    {
        if (field.Instance is null or IInstanceReferenceOperation)
            return Member(field.Field, field.Type);
        var instance = Evaluate(field.Instance);
        return field.Field.ContainingType.IsTupleType
            ? Element(instance, field.Field)
            : Value.Combine(instance, bindings[field.Field]);
    }

    static Value Element(Value tuple, IFieldSymbol field) =>
        PositionOf(field) is >= 0 and var position && position < tuple.Elements.Count
            ? tuple.Elements[position]
            : tuple;

    static int PositionOf(IFieldSymbol element) => element.ContainingType.TupleElements.ToList().FindIndex(candidate =>
        SymbolEqualityComparer.Default.Equals(candidate, element)
            || SymbolEqualityComparer.Default.Equals(candidate.CorrespondingTupleField, element));

    Value Property(IPropertyReferenceOperation property)
    {
        if (Mode(property) is { } mode)
            return mode;
        var instance = property.Instance is null or IInstanceReferenceOperation
            ? Value.Constant
            : Evaluate(property.Instance);
        var arguments = property.Arguments.Select(argument => Evaluate(argument.Value)).ToArray();
        if (property is { Property.GetMethod: { } getter, Instance: null or IInstanceReferenceOperation }
            && InSource(getter))
        {
            // An automatic property holds what it was given.
            var code = Override(getter, Self);
            return bodies.Of(code, cancellation) is not null
                ? Call(code, Self, arguments)
                : Member(property.Property, property.Type);
        }

        if (Positional(instance, property.Property) is { } given)
            return given;
        var value = Value.Combine([instance, .. arguments]);
        if (IsTensor(property.Instance?.Type) && property.Property.Name == "bytes")
            return value.CutAt(At(BreakKind.NoGradient, NameIn(property.Syntax), "`bytes`"));
        if (arguments.Length > 0 || CarriesGradient(property.Type))
            return value;
        if (property.Property.Name == "dtype" && IsTensor(property.Instance?.Type))
            return Value.Constant with { IsFloatingType = instance is { MayBeLive: true, Cuts: [] } };
        // A tensor's shape says nothing about its numbers.
        return IsTensor(property.Instance?.Type) ? Value.Constant : value.WithoutGradient();
    }

    /// <summary>What a record was made with in the place of a property; null for any other property.</summary>
    static Value? Positional(Value record, IPropertySymbol property)
    {
        var made = record.Callables.OfType<Instance>()
            .Where(one =>
                one is { Type.IsRecord: true, Constructor: not null } && IsA(one.Type, property.ContainingType))
            .ToList();
        var given = made.SelectMany(one =>
            one.Constructor!.Parameters.Where(parameter => parameter.Name == property.Name)
                .Select(parameter => one.Arguments[parameter.Ordinal])).ToList();
        return given.Count > 0 && given.Count == made.Count ? given.Aggregate(Value.Join) : null;
    }

    Value Operate(
        BinaryOperatorKind kind, IMethodSymbol? method, IOperation leftOperand, IOperation rightOperand,
        SyntaxNode syntax)
    {
        var (left, right) = (Evaluate(leftOperand), Evaluate(rightOperand));
        var value = Value.Combine(left, right);
        if (kind == BinaryOperatorKind.Multiply)
            value = Value.Product(value, left, right);
        if (method is null || !IsTensor(method.ContainingType))
            return value.Holding(Together(
                kind, left, right, MayBeType(left, rightOperand) ?? MayBeType(right, leftOperand)));

        return Recorded(kind switch
        {
            BinaryOperatorKind.Subtract when IsRemainderOf(right, leftOperand) => value.CutAt(Stepping(syntax, "`%`")),
            BinaryOperatorKind.Remainder => value with { RemainderOf = leftOperand.Syntax },
            BinaryOperatorKind.Add or BinaryOperatorKind.Subtract => Value.Sum(left, right),
            BinaryOperatorKind.Multiply when ConstantOf(rightOperand) is { } factor =>
                value.LooksLike(left).Times(factor, syntax),
            BinaryOperatorKind.Multiply when ConstantOf(leftOperand) is { } factor =>
                value.LooksLike(right).Times(factor, syntax),
            BinaryOperatorKind.Divide when ConstantOf(rightOperand) is { } divisor and not 0 =>
                value.LooksLike(left).Times(1 / divisor, syntax),
            BinaryOperatorKind.Equals
                or BinaryOperatorKind.NotEquals
                or BinaryOperatorKind.GreaterThan
                or BinaryOperatorKind.GreaterThanOrEqual
                or BinaryOperatorKind.LessThan
                or BinaryOperatorKind.LessThanOrEqual
                or BinaryOperatorKind.And
                or BinaryOperatorKind.Or
                or BinaryOperatorKind.ExclusiveOr
                => value.CutAt(
                    At(BreakKind.NoGradient, syntax,
                        syntax is BinaryExpressionSyntax { OperatorToken.Text: var text }
                            ? $"`{text}`"
                            : "a comparison")),
            _ => value,
        });
    }

    /// <summary>Whether what is taken away is the rest of a division of what it is taken from: steps remain.</summary>
    static bool IsRemainderOf(Value rest, IOperation whole) =>
        rest.RemainderOf is { } divided
        && (divided.IsEquivalentTo(whole.Syntax, topLevel: false)
            || divided.ToString() == whole.Syntax.ToString());

    Break Stepping(SyntaxNodeOrToken place, string what) =>
        At(BreakKind.NoGradient, place, $"the difference to the remainder by {what}") with { KeepsImage = true };

    /// <summary>The value of an operation on tensors, which has no gradient where none is recorded.</summary>
    Value Recorded(Value value) => withoutGradient is null ? value : value.CutAt(withoutGradient);

    static IOperation? Unconverted(IOperation? operation) => operation switch
    {
        IConversionOperation conversion => Unconverted(conversion.Operand),
        _ => operation,
    };

    /// <summary>A number that is the same in every call; null where it may not be.</summary>
    double? ConstantOf(IOperation? expression) => Unconverted(expression) switch
    {
        { ConstantValue: { HasValue: true, Value: { } constant } } => Number(constant),
        IFieldReferenceOperation { Field.IsReadOnly: true } field when InSource(field.Field) =>
            InitialValue(field.Field),
        IPropertyReferenceOperation { Property: { IsIndexer: false } property } when InSource(property) =>
            InitialValue(property),
        _ => null,
    };

    double? InitialValue(ISymbol member) =>
        Unconverted(bodies.InitializerOf(member, cancellation))?.ConstantValue is { HasValue: true, Value: { } value }
            ? Number(value)
            : null;

    static double? Number(object constant) =>
        constant is double or float or int or long or decimal
            ? Convert.ToDouble(constant, System.Globalization.CultureInfo.InvariantCulture)
            : null;
}
