using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Ensembles.Analyzers.Gradients.Flow;

/// <summary>Expressions.</summary>
sealed partial class Interpreter
{
    /// <summary>What stands before each "?." that is being evaluated.</summary>
    readonly Stack<Value> conditionalInstances = new();

    Value Evaluate(IOperation? expression)
    {
        if (expression is null || expression.ConstantValue.HasValue || ++operations > MostOperations || depth > MostNestedExpressions)
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
            case IBinaryOperation binary:
                return Operate(binary.OperatorKind, binary.OperatorMethod, binary.LeftOperand, binary.RightOperand, binary.Syntax);
            case IConversionOperation { OperatorMethod: { } conversion } converted when IsTensor(conversion.ContainingType) && !IsTensor(conversion.ReturnType):
                return Evaluate(converted.Operand).CutAt(At(BreakKind.NoGradient, converted.Syntax, $"the conversion to {conversion.ReturnType.ToDisplayString()}"));
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
                Evaluate(choice.Value);
                // A throwing arm has no value.
                return Joined(choice.Arms.Select(arm => arm.Value).Where(value => Unconverted(value) is not IThrowOperation));
            case ISimpleAssignmentOperation assignment:
                return Assign(assignment.Target, Evaluate(assignment.Value));
            case ICompoundAssignmentOperation assignment:
                return Assign(assignment.Target, Operate(assignment.OperatorKind, assignment.OperatorMethod, assignment.Target, assignment.Value, assignment.Syntax));
            case ICoalesceAssignmentOperation assignment:
                return Assign(assignment.Target, Value.Join(Evaluate(assignment.Target), Evaluate(assignment.Value)));
            case IDeconstructionAssignmentOperation deconstruction:
                return Assign(deconstruction.Target, Evaluate(deconstruction.Value));
            case IVariableDeclaratorOperation declarator:
                return declarator.GetVariableInitializer() is { } initializer ? Assign(declarator, Evaluate(initializer.Value)) : Value.Constant;
            case ITupleOperation tuple:
                return Value.Tuple(tuple.Elements.Select(Evaluate));
            case IAnonymousFunctionOperation or IMethodReferenceOperation:
                return Value.Constant with { Function = expression };
            case IDelegateCreationOperation creation:
                return Evaluate(creation.Target);
            case IObjectCreationOperation creation:
                return Create(creation);
            case IIsPatternOperation or IIsTypeOperation or INameOfOperation or ISizeOfOperation or ITypeOfOperation or IDefaultValueOperation or IInstanceReferenceOperation or ILocalFunctionOperation:
                return Value.Constant;
            default:
                return Value.Combine([.. expression.ChildOperations.Select(Evaluate)]);
        }
    }

    Value Joined(IEnumerable<IOperation> alternatives)
    {
        var values = alternatives.Select(Evaluate).ToList();
        return values.Count == 0 ? Value.Constant : values.Aggregate(Value.Join);
    }

    Value Choose(IOperation condition, IOperation whenTrue, IOperation? whenFalse)
    {
        Value? result = null;
        void Take(IOperation? way)
        {
            if (way is not null && Unconverted(way) is not IThrowOperation && Evaluate(way) is var value)
                result = result is null ? value : Value.Join(result, value);
        }

        Branch(condition, () => Take(whenTrue), () => Take(whenFalse));
        return result ?? Value.Constant;
    }

    Value Field(IFieldReferenceOperation field)
    {
        if (field.Instance is null or IInstanceReferenceOperation)
            return bindings[field.Field];
        var instance = Evaluate(field.Instance);
        return field.Field.ContainingType.IsTupleType ? Element(instance, field.Field) : Value.Combine(instance, bindings[field.Field]);
    }

    static Value Element(Value tuple, IFieldSymbol field)
    {
        bool IsIt(IFieldSymbol element) => SymbolEqualityComparer.Default.Equals(element, field) || SymbolEqualityComparer.Default.Equals(element.CorrespondingTupleField, field);

        var index = field.ContainingType.TupleElements.ToList().FindIndex(IsIt);
        return index >= 0 && index < tuple.Elements.Count ? tuple.Elements[index] : tuple;
    }

    Value Property(IPropertyReferenceOperation property)
    {
        var instance = property.Instance is null or IInstanceReferenceOperation ? Value.Constant : Evaluate(property.Instance);
        var arguments = property.Arguments.Select(argument => Evaluate(argument.Value)).ToArray();
        if (property is { Property.GetMethod: { } getter, Instance: null or IInstanceReferenceOperation } && InSource(getter))
        {
            // An automatic property holds what it was given.
            var code = Override(getter, Self);
            return bodies.Of(code, cancellation) is not null ? Call(code, Self, arguments) : bindings[property.Property];
        }

        var value = Value.Combine([instance, .. arguments]);
        if (IsTensor(property.Instance?.Type) && property.Property.Name == "bytes")
            return value.CutAt(At(BreakKind.NoGradient, NameIn(property.Syntax), "`bytes`"));
        if (arguments.Length > 0 || CarriesGradient(property.Type))
            return value;
        // A tensor's shape says nothing about its numbers.
        return IsTensor(property.Instance?.Type) ? Value.Constant : value.WithoutGradient();
    }

    Value Operate(BinaryOperatorKind kind, IMethodSymbol? method, IOperation leftOperand, IOperation rightOperand, SyntaxNode syntax)
    {
        var (left, right) = (Evaluate(leftOperand), Evaluate(rightOperand));
        var value = Value.Combine(left, right);
        if (method is null || !IsTensor(method.ContainingType))
            return value;

        return Recorded(kind switch
        {
            BinaryOperatorKind.Add or BinaryOperatorKind.Subtract => value.LooksLike(Larger(left, right)) with { Probabilities = null },
            BinaryOperatorKind.Multiply when ConstantOf(rightOperand) is { } factor => value.LooksLike(left).Times(factor, syntax),
            BinaryOperatorKind.Multiply when ConstantOf(leftOperand) is { } factor => value.LooksLike(right).Times(factor, syntax),
            BinaryOperatorKind.Divide when ConstantOf(rightOperand) is { } divisor and not 0 => value.LooksLike(left).Times(1 / divisor, syntax),
            BinaryOperatorKind.Equals or BinaryOperatorKind.NotEquals or BinaryOperatorKind.GreaterThan or BinaryOperatorKind.GreaterThanOrEqual
                or BinaryOperatorKind.LessThan or BinaryOperatorKind.LessThanOrEqual or BinaryOperatorKind.And or BinaryOperatorKind.Or or BinaryOperatorKind.ExclusiveOr
                => value.CutAt(At(BreakKind.NoGradient, syntax, syntax is BinaryExpressionSyntax { OperatorToken.Text: var text } ? $"`{text}`" : "a comparison")),
            _ => value,
        });
    }

    static Value Larger(Value a, Value b) => !b.MayBeLive || (a.MayBeLive && a.Gain >= b.Gain) ? a : b;

    /// <summary>The value of an operation on tensors, which has no gradient where none is recorded.</summary>
    Value Recorded(Value value) => withoutGradient is null ? value : value.CutAt(withoutGradient);

    /// <summary>Stores a value.</summary>
    Value Assign(IOperation target, Value value)
    {
        switch (Unconverted(target))
        {
            case ILocalReferenceOperation local:
                bindings[local.Local] = value;
                break;
            case IParameterReferenceOperation parameter:
                bindings[parameter.Parameter] = value;
                break;
            case IVariableDeclaratorOperation declarator:
                bindings[declarator.Symbol] = value;
                break;
            case IDeclarationExpressionOperation declaration:
                Assign(declaration.Expression, value);
                break;
            case IFieldReferenceOperation { Instance: null or IInstanceReferenceOperation } field:
                bindings[field.Field] = value;
                break;
            case IPropertyReferenceOperation { Instance: null or IInstanceReferenceOperation, Arguments.Length: 0 } property:
                bindings[property.Property] = value;
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

    /// <summary>Makes a value part of what an expression belongs to.</summary>
    void Mix(IOperation expression, Value value)
    {
        if (RootOf(expression) is { } root)
            bindings[root] = Value.Combine(bindings[root], value);
    }

    /// <summary>The local, parameter or field that holds what the expression is a part of; null where it is a copy, or nothing is known.</summary>
    static ISymbol? RootOf(IOperation? expression) => Unconverted(expression) switch
    {
        ILocalReferenceOperation local => local.Local,
        IParameterReferenceOperation parameter => parameter.Parameter,
        IFieldReferenceOperation { Instance: null or IInstanceReferenceOperation } field => field.Field,
        IPropertyReferenceOperation { Instance: null or IInstanceReferenceOperation } property => property.Property,
        IFieldReferenceOperation field => RootOf(field.Instance),
        IPropertyReferenceOperation property => RootOf(property.Instance),
        IArrayElementReferenceOperation element => RootOf(element.ArrayReference),
        IInvocationOperation { Instance: { } instance } call when !IsTensor(instance.Type) || TorchNames.Viewing.Contains(call.TargetMethod.Name) || call.TargetMethod.Name.EndsWith("_", StringComparison.Ordinal) => RootOf(instance),
        IInvocationOperation { TargetMethod.IsExtensionMethod: true, Arguments: [{ Value: var first }, ..] } => RootOf(first),
        _ => null,
    };

    static IOperation? Unconverted(IOperation? operation) => operation switch
    {
        IConversionOperation conversion => Unconverted(conversion.Operand),
        _ => operation,
    };

    Value Create(IObjectCreationOperation creation)
    {
        var arguments = creation.Arguments.Select(argument => Evaluate(argument.Value)).ToArray();
        var value = Value.Combine([.. arguments, Evaluate(creation.Initializer)]);
        return IsRandomSource(creation.Type) && creation.Arguments.Any(argument => argument.ArgumentKind == ArgumentKind.Explicit)
            ? value with { IsSeeded = true }
            : value;
    }

    /// <summary>A number that is the same in every call; null where it may not be.</summary>
    double? ConstantOf(IOperation? expression) => Unconverted(expression) switch
    {
        { ConstantValue: { HasValue: true, Value: { } constant } } => Number(constant),
        IFieldReferenceOperation { Field.IsReadOnly: true } field when InSource(field.Field) => InitialValue(field.Field),
        IPropertyReferenceOperation { Property: { IsIndexer: false } property } when InSource(property) => InitialValue(property),
        _ => null,
    };

    double? InitialValue(ISymbol member) =>
        Unconverted(bodies.InitializerOf(member, cancellation)) is { ConstantValue: { HasValue: true, Value: { } constant } } ? Number(constant) : null;

    static double? Number(object constant) => constant is double or float or int or long or decimal ? Convert.ToDouble(constant, System.Globalization.CultureInfo.InvariantCulture) : null;
}
