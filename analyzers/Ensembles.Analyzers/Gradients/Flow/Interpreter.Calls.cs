using Ensembles.Analyzers.Reading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Ensembles.Analyzers.Gradients.Flow;

/// <summary>Calls: of modules, of code in source, and of code that cannot be seen.</summary>
sealed partial class Interpreter
{
    static readonly HashSet<string> projections = ["Select", "SelectMany", "ConvertAll", "Aggregate", "Zip"];

    Value Invoke(IInvocationOperation call)
    {
        var method = call.TargetMethod;
        var instance = call.Instance is null or IInstanceReferenceOperation ? Value.Constant : Evaluate(call.Instance);
        var arguments = call.Arguments.Select(argument => Evaluate(argument.Value)).ToArray();

        if (method.MethodKind == MethodKind.DelegateInvoke)
            return instance.Function is { } function ? InvokeFunction(function, arguments) : Value.Combine([instance, .. arguments]);
        if (method.MethodKind == MethodKind.LocalFunction)
            return bodies.Of(method, cancellation) is { } body && IsFollowed(method) ? Run(body, method, method.Parameters, Self, InOrder(call, arguments)) : Value.Combine(arguments);
        if (IsModuleCall(call))
            return CallModule(call, instance, InOrder(call, arguments));
        if (InSource(method))
            return CallSource(call, instance, InOrder(call, arguments));
        if (IsTorch(method))
            return CallTorch(call, instance, arguments);
        return CallOther(call, instance, arguments);
    }

    /// <summary>Arguments in the order of the parameters; the parts of a "params" argument are one.</summary>
    static Value[] InOrder(IInvocationOperation call, Value[] arguments)
    {
        var ordered = Enumerable.Repeat(Value.Constant, call.TargetMethod.Parameters.Length).ToArray();
        for (var i = 0; i < arguments.Length; i++)
        {
            if (call.Arguments[i].Parameter is { Ordinal: var ordinal } && ordinal < ordered.Length)
                ordered[ordinal] = arguments[i];
        }

        return ordered;
    }

    Value InvokeFunction(IOperation function, params Value[] arguments) => function switch
    {
        IAnonymousFunctionOperation lambda when IsFollowed(lambda.Symbol) => Run(lambda.Body, lambda.Symbol, lambda.Symbol.Parameters, Self, Padded(arguments, lambda.Symbol)),
        IMethodReferenceOperation { Method: { MethodKind: MethodKind.LocalFunction } local } when IsFollowed(local) && bodies.Of(local, cancellation) is { } body =>
            Run(body, local, local.Parameters, Self, Padded(arguments, local)),
        IMethodReferenceOperation { Method.Name: "call" or "forward", Instance: { } module } when ModuleTypeOf(module) is { } type =>
            RunModules([type], arguments, module.Syntax, called: true),
        IMethodReferenceOperation { Method: var method, Instance: null or IInstanceReferenceOperation } when InSource(method) =>
            Call(Override(method, Self), method.IsStatic ? method.ContainingType : Self, Padded(arguments, method)),
        _ => Value.Combine(arguments),
    };

    /// <summary>As many arguments as parameters: a position that goes with an element does not depend on the input.</summary>
    static Value[] Padded(Value[] arguments, IMethodSymbol function) =>
        [.. arguments.Concat(Enumerable.Repeat(Value.Constant, Math.Max(0, function.Parameters.Length - arguments.Length)))];

    Value CallSource(IInvocationOperation call, Value instance, Value[] arguments)
    {
        var method = call.TargetMethod.ReducedFrom ?? call.TargetMethod;
        if (call.TargetMethod.ReducedFrom is not null)
            return Call(method, method.ContainingType, [instance, .. arguments]);
        if (method.IsStatic)
            return Call(method, method.ContainingType, arguments);
        if (call.Instance is IInstanceReferenceOperation @this)
            return Call(call.IsVirtual ? Override(method, Self) : method, Self, arguments);
        if (ConcreteTypeOf(call.Instance) is not { } type)
            return Value.Combine([instance, .. arguments]);

        // Members of another object are not told apart from those of its siblings; what it brings along is in its result.
        var result = Call(Override(method, type), type, arguments);
        return instance is { MayBeLive: false, Cuts: [], Draws: [] } ? result : Value.Combine(instance, result);
    }

    /// <summary>Code that cannot be seen passes on what it is given, and may put it into what it is given.</summary>
    Value CallOther(IInvocationOperation call, Value instance, Value[] arguments)
    {
        var given = Value.Combine([instance, .. arguments]);
        if (IsRandomSource(call.TargetMethod.ContainingType) && !instance.IsSeeded && call.TargetMethod.Name != "Dispose")
            given = given.WithDraw(At(BreakKind.Draw, NameIn(call.Syntax), $"`{call.TargetMethod.ContainingType.Name}.{call.TargetMethod.Name}`"));

        var functions = arguments.Where(argument => argument.Function is not null).Select(argument => InvokeFunction(argument.Function!, given, given)).ToArray();
        var result = functions.Length == 0 ? given : projections.Contains(call.TargetMethod.Name) ? Value.Combine(functions) : Value.Combine([given, .. functions]);

        foreach (var part in call.Arguments.Select(argument => argument.Value).Append(call.Instance))
        {
            if (part is not null && IsContainer(Unconverted(part)?.Type))
                Mix(part, result);
        }

        return CarriesGradient(call.TargetMethod.ReturnType) ? Recorded(result) : result.WithoutGradient();
    }

    bool IsModuleCall(IInvocationOperation call) =>
        call.TargetMethod.Name is "call" or "forward" && call.Instance is not (null or IInstanceReferenceOperation) && IsModule(call.Instance.Type);

    Value CallModule(IInvocationOperation call, Value instance, Value[] arguments)
    {
        var called = call.TargetMethod.Name == "call";
        var value = RunModules(ModulesIn(call.Instance!), arguments, NameIn(call.Syntax), called);
        // What was switched to training mode by hand draws.
        return instance.Draws.Count == 0 ? value : Value.Combine(instance, value);
    }

    /// <summary>Runs modules one after the other.</summary>
    Value RunModules(IReadOnlyList<ITypeSymbol> modules, Value[] arguments, SyntaxNodeOrToken place, bool called)
    {
        foreach (var module in modules.OfType<INamedTypeSymbol>())
            arguments = [RunModule(module, arguments, place, called)];
        return modules.Count > 0 ? arguments[0] : Recorded(Value.Combine(arguments));
    }

    Value RunModule(INamedTypeSymbol module, Value[] arguments, SyntaxNodeOrToken place, bool called)
    {
        var given = Value.Combine(arguments);
        if (TorchNames.SaturatingModules.TryGetValue(module.Name, out var function) && IsTorch(module))
            return Recorded(Squash(arguments[0], function, place));

        var value = ForwardOf(module) is { } forward && forward.Parameters.Length >= arguments.Length
            ? Call(forward, module, Padded(arguments, forward))
            : module.SelfAndBases().Any(type => type is { Name: "FeatureNetwork", ContainingNamespace.Name: "Ensembles" })
                ? RunSplit(module, given)
                : Recorded(given);

        if (DeclaresSurrogate(module) && given.MayBeLive)
        {
            // Only call runs the hook that gives the module its surrogate's gradient.
            value = called
                ? given with { Draws = value.Draws }
                : (given with { Draws = value.Draws }).CutAt(At(BreakKind.NoGradient, place, $"`forward` of `{module.Name}`, which leaves its surrogate out where `call` would use it"));
        }

        return DeclaresRandomness(module) ? value with { Draws = given.Draws } : value;
    }

    /// <summary>A feature network's forward is its head on its features.</summary>
    Value RunSplit(INamedTypeSymbol module, Value images)
    {
        IMethodSymbol? Part(string name) => module.SelfAndBases().SelectMany(type => type.GetMembers(name)).OfType<IMethodSymbol>()
            .FirstOrDefault(method => !method.IsAbstract && method.Parameters.Length == 1 && InSource(method));

        return Part("features") is { } features && Part("head") is { } head
            ? Call(head, module, [Call(features, module, [images])])
            : Recorded(images);
    }

    /// <summary>The modules that an expression stands for, in the order in which they run.</summary>
    IReadOnlyList<ITypeSymbol> ModulesIn(IOperation module)
    {
        if (ModuleTypeOf(module) is { } type && (InSource(type) || !IsSequence(type)))
            return [type];
        var member = Unconverted(module) switch
        {
            IFieldReferenceOperation field => field.Field,
            IPropertyReferenceOperation property => property.Property,
            _ => (ISymbol?)null,
        };
        return member is not null && InSource(member)
            ? [.. bodies.ValuesOf(member, cancellation).Take(1).SelectMany(Bodies.ModulesIn)]
            : [];
    }

    bool IsSequence(ITypeSymbol type) => type is INamedTypeSymbol { Name: "Sequential" or "Module" } && IsTorch(type);

    static INamedTypeSymbol? ConcreteTypeOf(IOperation? instance) => Unconverted(instance)?.Type as INamedTypeSymbol;

    INamedTypeSymbol? ModuleTypeOf(IOperation module) => Unconverted(module)?.Type is INamedTypeSymbol type && IsModule(type) ? type : null;
}
