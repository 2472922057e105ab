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
                if (lots.Count > 0)
                    result = result.WithDraws(lots);
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
                ByLot(Evaluate(loop.Condition), () => Loop(loop, () => ExecuteAll(loop.AtLoopBottom)));
                break;
            case IWhileLoopOperation loop:
                ByLot(Evaluate(loop.Condition), () => Loop(loop));
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

    /// <summary>Runs the way that a condition leads, or both; gives what decides where both may be.</summary>
    Value Branch(IOperation condition, Action whenTrue, Action whenFalse)
    {
        var decided = Evaluate(condition);
        switch (decided.Truth)
        {
            case true:
                whenTrue();
                return Value.Constant;
            case false:
                whenFalse();
                return Value.Constant;
            default:
                ByLot(decided, () => Fork([whenTrue, whenFalse]));
                return decided;
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
}
