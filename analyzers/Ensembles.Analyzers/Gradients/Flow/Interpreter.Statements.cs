using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Ensembles.Analyzers.Gradients.Flow;

/// <summary>Statements.</summary>
sealed partial class Interpreter
{
    void Execute(IOperation? statement)
    {
        if (statement is ILabeledOperation { Label: var label })
            Arrive(label);
        if (statement is null || bindings.Ended)
            return;
        cancellation.ThrowIfCancellationRequested();

        switch (statement)
        {
            case IBlockOperation block:
                Scoped(() => ExecuteAll(block.Operations));
                break;
            case IReturnOperation { ReturnedValue: { } value } returning:
                var result = Evaluate(value);
                returned = returned is null ? result : Value.Join(returned, result);
                bindings.Ended = returning.Kind == OperationKind.Return;
                break;
            case IReturnOperation { Kind: OperationKind.Return or OperationKind.YieldBreak }:
                bindings.Ended = true;
                break;
            case IConditionalOperation condition:
                Branch(condition.Condition, () => Execute(condition.WhenTrue), () => Execute(condition.WhenFalse));
                break;
            case IForEachLoopOperation loop:
                Assign(loop.LoopControlVariable, Value.Combine(Evaluate(loop.Collection)));
                Loop(loop);
                break;
            case IForLoopOperation loop:
                ExecuteAll(loop.Before);
                Evaluate(loop.Condition);
                Loop(loop, () => ExecuteAll(loop.AtLoopBottom));
                break;
            case IWhileLoopOperation loop:
                Evaluate(loop.Condition);
                Loop(loop);
                break;
            case IUsingOperation scope:
                Scoped(() =>
                {
                    Execute(scope.Resources);
                    Execute(scope.Body);
                });
                break;
            case IUsingDeclarationOperation declaration:
                Execute(declaration.DeclarationGroup);
                break;
            case ITryOperation attempt:
                Try(attempt);
                break;
            case ISwitchOperation choice:
                Switch(choice);
                break;
            case ILockOperation locked:
                Execute(locked.Body);
                break;
            case ILabeledOperation labeled:
                Execute(labeled.Operation);
                break;
            case IBranchOperation jump:
                Jump(jump.Target);
                break;
            case IThrowOperation:
                bindings.Ended = true;
                break;
            case ILocalFunctionOperation:
                break;
            default:
                Evaluate(statement);
                break;
        }
    }

    void ExecuteAll(IEnumerable<IOperation> statements)
    {
        foreach (var statement in statements)
            Execute(statement);
    }

    /// <summary>What turns gradients off inside is over behind it.</summary>
    void Scoped(Action run)
    {
        var outer = withoutGradient;
        run();
        withoutGradient = outer;
    }

    void Branch(IOperation condition, Action whenTrue, Action whenFalse)
    {
        Evaluate(condition);
        switch (Decide(condition))
        {
            case true:
                whenTrue();
                break;
            case false:
                whenFalse();
                break;
            default:
                Fork([whenTrue, whenFalse]);
                break;
        }
    }

    void Fork(IEnumerable<Action> ways)
    {
        var before = bindings;
        var ends = new List<Bindings>();
        foreach (var way in ways)
        {
            bindings = before.Fork();
            way();
            ends.Add(bindings);
        }

        bindings = ends.Count == 0 ? before : ends.Aggregate(Bindings.Join);
    }

    void Try(ITryOperation attempt)
    {
        var before = bindings.Fork();
        Execute(attempt.Body);
        var body = bindings;
        foreach (var handler in attempt.Catches)
        {
            bindings = before.Fork();
            Execute(handler.Handler);
            body = Bindings.Join(body, bindings);
        }

        bindings = body;
        var ended = bindings.Ended;
        bindings.Ended = false;
        Execute(attempt.Finally);
        bindings.Ended |= ended;
    }

    /// <summary>
    /// What a condition is where an attack runs the code: in evaluation mode, with gradients recorded; null where
    /// either may be.
    /// </summary>
    bool? Decide(IOperation condition) => condition switch
    {
        { ConstantValue: { HasValue: true, Value: bool constant } } => constant,
        IPropertyReferenceOperation { Property.Name: "training" } property
            when IsModule(property.Instance?.Type) => false,
        IPropertyReferenceOperation { Property.Name: "requires_grad" } property
            when IsTensor(property.Instance?.Type) => withoutGradient is null ? true : null,
        IInvocationOperation { TargetMethod.Name: "is_grad_enabled" } => withoutGradient is null,
        IUnaryOperation { OperatorKind: UnaryOperatorKind.Not } not => !Decide(not.Operand),
        IBinaryOperation { OperatorKind: BinaryOperatorKind.ConditionalAnd } and =>
            And(Decide(and.LeftOperand), Decide(and.RightOperand)),
        IBinaryOperation { OperatorKind: BinaryOperatorKind.ConditionalOr } or =>
            !And(!Decide(or.LeftOperand), !Decide(or.RightOperand)),
        IBinaryOperation { OperatorKind: BinaryOperatorKind.Equals } equals =>
            Same(Decide(equals.LeftOperand), Decide(equals.RightOperand)),
        IConversionOperation { OperatorMethod: null } conversion => Decide(conversion.Operand),
        _ => null,
    };

    static bool? And(bool? a, bool? b) => a == false || b == false ? false : a == true && b == true ? true : null;

    static bool? Same(bool? a, bool? b) => a is null || b is null ? null : a == b;
}
