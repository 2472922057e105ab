using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Ensembles.Analyzers.Gradients.Flow;

/// <summary>Expressions that are one of several.</summary>
sealed partial class Interpreter
{
    Value Choose(ISwitchExpressionOperation choice)
    {
        var chosen = Evaluate(choice.Value);
        // A throwing arm has no value.
        var arms = choice.Arms.Where(arm => Unconverted(arm.Value) is not IThrowOperation
            && Matches(arm.Pattern, chosen) != false
            && Evaluate(arm.Guard).Truth != false).ToList();
        // Behind the first arm that is sure to match, none is reached.
        var last = arms.FindIndex(arm => Matches(arm.Pattern, chosen) == true
            && (arm.Guard is null || Evaluate(arm.Guard).Truth == true));
        if (last >= 0)
            arms.RemoveRange(last + 1, arms.Count - last - 1);
        Value? value = null;
        ByLot(chosen, () => value = AnyOf(arms, arm =>
        {
            Match(arm.Pattern, chosen);
            return Evaluate(arm.Value);
        }));
        return arms.Count > 1 && chosen.Draws.Count > 0 ? value!.WithDraws(chosen.Draws) : value!;
    }

    /// <summary>Gives what a pattern declares the value that it is matched with.</summary>
    void Match(IPatternOperation pattern, Value value)
    {
        foreach (var part in pattern.DescendantsAndSelf())
        {
            var declared = part switch
            {
                IDeclarationPatternOperation declaration => declaration.DeclaredSymbol,
                IRecursivePatternOperation recursive => recursive.DeclaredSymbol,
                _ => null,
            };
            if (declared is not null)
                bindings[declared] = value;
        }
    }

    /// <summary>What comes out where one of several ways is taken.</summary>
    Value AnyOf<T>(IReadOnlyList<T> ways, Func<T, Value> take)
    {
        Value? result = null;
        Fork(ways.Select<T, Action>(way => () =>
        {
            var value = take(way);
            result = result is null ? value : Value.Join(result, value);
        }));
        return result ?? Value.Constant;
    }

    Value Choose(IOperation condition, IOperation whenTrue, IOperation? whenFalse)
    {
        Value? result = null;
        void Take(IOperation? way)
        {
            if (way is not null && Unconverted(way) is not IThrowOperation && Evaluate(way) is var value)
                result = result is null ? value : Value.Join(result, value);
        }

        var draws = Branch(condition, () => Take(whenTrue), () => Take(whenFalse)).Draws;
        return draws.Count > 0 ? (result ?? Value.Constant).WithDraws(draws) : result ?? Value.Constant;
    }
}
