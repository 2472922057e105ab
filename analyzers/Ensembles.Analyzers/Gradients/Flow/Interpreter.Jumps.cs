using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Ensembles.Analyzers.Gradients.Flow;

/// <summary>Loops and switches, and what leaves them: break, continue and goto.</summary>
sealed partial class Interpreter
{
    /// <summary>What is known where code has jumped to a label that is still to come.</summary>
    readonly Dictionary<ILabelSymbol, Bindings> jumps = new(SymbolEqualityComparer.Default);

    void Jump(ILabelSymbol label)
    {
        jumps[label] = jumps.TryGetValue(label, out var others) ? Bindings.Join(others, bindings) : bindings.Fork();
        bindings.Ended = true;
    }

    /// <summary>The place that a label stands at.</summary>
    void Arrive(ILabelSymbol label)
    {
        if (!jumps.TryGetValue(label, out var others))
            return;
        jumps.Remove(label);
        bindings = Bindings.Join(bindings, others);
    }

    /// <summary>
    /// Twice, since a turn may depend on the one before; never not at all, since a loop over nothing is of no interest.
    /// </summary>
    void Loop(ILoopOperation loop, Action? atBottom = null)
    {
        void Turn()
        {
            Execute(loop.Body);
            Arrive(loop.ContinueLabel);
            if (!bindings.Ended)
                atBottom?.Invoke();
        }

        Turn();
        if (!bindings.Ended)
            Fork([() => { }, Turn]);
        // Only a jump leaves an endless loop.
        bindings.Ended |= IsEndless(loop);
        Arrive(loop.ExitLabel);
        bindings.Ended = false;
    }

    static bool IsEndless(ILoopOperation loop) => loop switch
    {
        IWhileLoopOperation { Condition.ConstantValue: { HasValue: true, Value: true } } => true,
        IForLoopOperation { Condition: null } => true,
        _ => false,
    };

    static bool MayBeTaken(ISwitchCaseOperation way, Value chosen) => way.Clauses.Any(clause => clause switch
    {
        ISingleValueCaseClauseOperation { Value.ConstantValue: { HasValue: true, Value: bool constant } } =>
            Same(chosen.Truth, constant) != false,
        ISingleValueCaseClauseOperation single => MayBeType(chosen, single.Value) != false,
        IPatternCaseClauseOperation pattern => Matches(pattern.Pattern, chosen) != false,
        _ => true,
    });

    void Switch(ISwitchOperation choice)
    {
        var chosen = Evaluate(choice.Value);
        ByLot(chosen, () => Switch(choice, chosen));
    }

    void Switch(ISwitchOperation choice, Value chosen)
    {
        var ways = choice.Cases.Where(way => MayBeTaken(way, chosen)).Select<ISwitchCaseOperation, Action>(way => () =>
        {
            foreach (var clause in way.Clauses.OfType<IPatternCaseClauseOperation>())
                Match(clause.Pattern, chosen);
            ExecuteAll(way.Body);
        }).ToList();
        if (!choice.Cases.SelectMany(way => way.Clauses).Any(clause => clause.CaseKind == CaseKind.Default))
            ways.Add(() => { });
        Fork(ways);

        // A case that another one goes to, once more from there.
        foreach (var (way, label) in choice.Cases.SelectMany(way => way.Clauses.Select(clause => (way, clause.Label))))
        {
            if (label is null || !jumps.ContainsKey(label))
                continue;
            var others = bindings;
            bindings = jumps[label];
            jumps.Remove(label);
            ExecuteAll(way.Body);
            bindings = Bindings.Join(others, bindings);
        }

        Arrive(choice.ExitLabel);
    }
}
