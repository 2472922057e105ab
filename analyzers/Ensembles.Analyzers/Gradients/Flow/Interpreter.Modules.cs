using Ensembles.Declarations;
using Ensembles.Forwards;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using static Ensembles.Forwards.TorchSymbols;

namespace Ensembles.Analyzers.Gradients.Flow;

/// <summary>Calls of modules, and what puts modules together.</summary>
sealed partial class Interpreter
{
    static readonly HashSet<string> adding =
        ["append", "Append", "add_module", "register_module", "Add", "AddRange", "Insert", "extend"];

    bool IsModuleCall(IInvocationOperation call) =>
        call.TargetMethod.Name is "call" or "forward"
            && call.Instance is not (null or IInstanceReferenceOperation)
            && IsModule(call.Instance.Type);

    Value CallModule(IInvocationOperation call, Value instance, Value[] arguments)
    {
        var value =
            RunModules(call.Instance!, instance, arguments, NameIn(call.Syntax), call.TargetMethod.Name == "call");
        // What was switched to training mode by hand draws.
        return instance.Draws.Count == 0 ? value : Value.Combine(instance, value);
    }

    /// <summary>Runs the module that an expression stands for.</summary>
    Value RunModules(IOperation expression, Value module, Value[] arguments, SyntaxNodeOrToken place, bool called)
    {
        var modules = module.Callables.Where(callable =>
            callable is Chain || callable is Instance one && IsA(one.Type, Unconverted(expression)?.Type)).ToList();
        if (modules.Count == 0)
            modules.AddRange(InstancesOf(expression, module));
        return modules.Count > 0
            ? AnyOf(modules, one => RunModule(one, arguments, place, called))
            : Recorded(Value.Combine(arguments));
    }

    Value RunModule(Callable module, Value[] arguments, SyntaxNodeOrToken place, bool called)
    {
        if (module is not Chain chain)
            return module is Instance one
                ? RunModule(one, arguments, place, called)
                : Recorded(Value.Combine(arguments));
        foreach (var part in chain.Parts.SelectMany(part => part.Callables))
            arguments = [RunModule(part, arguments, place, called: true)];
        return arguments.Length == 1 ? arguments[0] : Recorded(Value.Combine(arguments));
    }

    Value RunModule(Instance module, Value[] arguments, SyntaxNodeOrToken place, bool called)
    {
        var (type, given) = (module.Type, Value.Combine(arguments));
        if (TorchNames.SaturatingModules.TryGetValue(type.Name, out var function)
            && IsTorch(type)
            && arguments.Length > 0)
            return Recorded(Squash(arguments[0], function, place));

        if (TorchNames.DrawingModules.Contains(type.Name) && IsTorch(type))
            return Recorded(given).WithDraw(At(BreakKind.Draw, place, $"`{type.Name}`"));

        var value = ForwardOf(type) is { } forward && forward.Parameters.Length >= arguments.Length
            ? CallOn([module], forward, Padded(arguments, forward))
            : type.SelfAndBases().Any(t => t is { Name: "FeatureNetwork", ContainingNamespace.Name: "Ensembles" })
                ? RunSplit(module, given)
                : Recorded(given);

        if (DeclaresSurrogate(type) && given.MayBeLive)
        {
            // Only call runs the hook that gives the module its surrogate's gradient.
            value = called
                ? given with { Draws = value.Draws }
                : (given with { Draws = value.Draws })
                    .CutAt(
                        At(BreakKind.NoGradient, place,
                            $"`forward` of `{type.Name}`, which leaves its surrogate out where `call` would use it"));
        }

        return DeclaresRandomness(type) ? value with { Draws = given.Draws } : Dropped(type, value);
    }

    /// <summary>A feature network's forward is its head on its features.</summary>
    Value RunSplit(Instance network, Value images)
    {
        IMethodSymbol? Part(string name) =>
            network.Type.SelfAndBases().SelectMany(type => type.GetMembers(name)).OfType<IMethodSymbol>()
            .FirstOrDefault(method => !method.IsAbstract && method.Parameters.Length == 1 && InSource(method));

        return Part("features") is { } features && Part("head") is { } head
            ? CallOn([network], head, [CallOn([network], features, [images])])
            : Recorded(images);
    }

    /// <summary>TorchSharp's functions that make modules, and put them together; null for any other.</summary>
    Value? Assemble(IInvocationOperation call, Value instance, Value[] arguments)
    {
        var method = call.TargetMethod;
        if (call.Instance is { Type: var type } && IsModule(type) && adding.Contains(method.Name))
        {
            var whole = instance with
            {
                Callables = instance.Callables.OfType<Chain>().Any()
                    ? [.. instance.Callables.Select(callable =>
                        callable is Chain chain ? chain.With(arguments) : callable)]
                    : Value.Combine([instance, .. arguments]).Callables,
            };
            if (RootOf(call.Instance) is { } root)
                bindings[root] = whole;
            return whole;
        }

        if (!method.IsStatic || !IsModule(method.ReturnType))
            return null;
        if (method.Name == "Sequential")
            return Value.Constant with { Callables = [new Chain([.. arguments.SelectMany(PartsOf)], call.Syntax)] };
        return IsModuleCollection(method.ReturnType)
            ? Value.Combine(arguments)
            : Value.Constant with { Callables = [
                new Instance((INamedTypeSymbol)method.ReturnType, null, [], call.Syntax)] };
    }

    /// <summary>What one argument gives a sequence: the elements of an array one after the other.</summary>
    static IReadOnlyList<Value> PartsOf(Value argument) => argument.Elements.Count > 0 ? argument.Elements : [argument];
}
