using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using static Ensembles.Forwards.TorchSymbols;

namespace Ensembles.Analyzers.Gradients.Flow;

/// <summary>train() and eval() in forward: Monte Carlo dropout.</summary>
sealed partial class Interpreter
{
    /// <summary>
    /// Where all modules within the one being run were switched to training mode; null where they were not.
    /// </summary>
    Break? childrenInTraining;

    /// <summary>Whether the module being run was itself switched to training mode.</summary>
    bool inTraining;

    Value SwitchMode(IInvocationOperation call, Value instance, bool isOn)
    {
        isOn = isOn && call.Arguments.All(argument => Evaluate(argument.Value).Truth == true);
        if (call.Instance is null or IInstanceReferenceOperation)
        {
            inTraining = isOn;
            childrenInTraining = isOn ? InTraining(call, "`train`") : null;
        }
        else if (isOn && call.Instance.Type is INamedTypeSymbol type && HasDropout(type, instance))
        {
            var name = type.Name.Contains("Dropout") ? $"`{type.Name}` in training mode" : "`train`";
            if (RootOf(call.Instance) is not { } module)
                return Value.Constant;
            bindings[module] = bindings[module].WithDraw(InTraining(call, name));
            // One of the modules that a loop or a function goes through: which, only the program knows.
            if (module is ILocalSymbol or IParameterSymbol)
                childrenInTraining = InTraining(call, name);
        }

        return Value.Constant;
    }

    Break InTraining(IInvocationOperation call, string what) => At(BreakKind.Draw, NameIn(call.Syntax), what);

    /// <summary>Whether dropout may be a module of this class, or in what is known of it.</summary>
    bool HasDropout(INamedTypeSymbol type, Value value) =>
        type.Name.Contains("Dropout")
        || type.Name == "Module"
            && value.Callables.Count == 0
        || value.Callables.Any(IsOrHasDropout)
        || (InSource(type)
            && type.GetMembers().OfType<IFieldSymbol>().Any(field => field.Type.Name.Contains("Dropout")));

    bool IsOrHasDropout(Callable module) => module switch
    {
        Chain chain => chain.Parts.SelectMany(part => part.Callables).Any(IsOrHasDropout),
        Instance one => one.Type.Name.Contains("Dropout")
            || (InSource(one.Type)
                && one.Type.GetMembers().OfType<IFieldSymbol>().Any(field => field.Type.Name.Contains("Dropout"))),
        _ => false,
    };

    /// <summary>What a dropout makes of its input where all modules were switched to training mode.</summary>
    Value Dropped(INamedTypeSymbol type, Value value) =>
        childrenInTraining is { } place && type.Name.Contains("Dropout") && IsTorch(type)
            ? value.WithDraw(place)
            : value;
}
