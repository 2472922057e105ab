using Ensembles.Forwards;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using static Ensembles.Forwards.TorchSymbols;

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
            return ResultsOf(instance, arguments) is { Count: > 0 } results
                ? results.Aggregate(Value.Join)
                : Value.Combine([instance, .. arguments]);
        if (IsModuleCall(call))
            return CallModule(call, instance, InOrder(call.Arguments, method, arguments));
        if (method.MethodKind == MethodKind.LocalFunction || InSource(method))
            return CallSource(call, instance, InOrder(call.Arguments, method, arguments));
        return IsTorch(method) ? CallTorch(call, instance, arguments) : CallOther(call, instance, arguments);
    }

    /// <summary>Arguments in the order of the parameters; the parts of a "params" argument are one.</summary>
    static Value[] InOrder(IEnumerable<IArgumentOperation> written, IMethodSymbol? method, Value[] arguments)
    {
        var ordered = Enumerable.Repeat(Value.Constant, method?.Parameters.Length ?? 0).ToArray();
        foreach (var (argument, value) in written.Zip(arguments, (argument, value) => (argument, value)))
        {
            if (argument.Parameter is { Ordinal: var ordinal } && ordinal < ordered.Length)
                ordered[ordinal] = value;
        }

        return ordered;
    }

    /// <summary>What comes out of each function that a value may be, or that is in it.</summary>
    List<Value> ResultsOf(Value function, params Value[] arguments)
    {
        var results = new List<Value>();
        var functions = function.Callables.OfType<Function>();
        Fork(functions.Select<Function, Action>(one => () => results.Add(Invoke(one.Code, arguments))));
        return results;
    }

    Value Invoke(IOperation function, Value[] arguments) => function switch
    {
        IAnonymousFunctionOperation lambda when IsFollowed(lambda.Symbol) =>
            Run(lambda.Body, lambda.Symbol, lambda.Symbol.Parameters, Self, Padded(arguments, lambda.Symbol)),
        IMethodReferenceOperation { Method: { MethodKind: MethodKind.LocalFunction } local }
            when IsFollowed(local) && bodies.Of(local, cancellation) is { } body =>
            Run(body, local, local.Parameters, Self, Padded(arguments, local)),
        IMethodReferenceOperation { Method.Name: "call" or "forward", Instance: { } module }
            when IsModule(module.Type) && module is not IInstanceReferenceOperation =>
            RunModules(module, Evaluate(module), arguments, module.Syntax, called: true),
        IMethodReferenceOperation { Method: var method, Instance: null or IInstanceReferenceOperation }
            when InSource(method) =>
            Call(Override(method, Self), method.IsStatic ? method.ContainingType : Self, Padded(arguments, method)),
        IMethodReferenceOperation { Method: var method, Instance: { } other } when InSource(method) =>
            CallOn(InstancesOf(other, Evaluate(other)), method, Padded(arguments, method)),
        _ => Value.Combine(arguments),
    };

    /// <summary>
    /// As many arguments as parameters: a position that goes with an element does not depend on the input.
    /// </summary>
    static Value[] Padded(Value[] arguments, IMethodSymbol function) =>
    [
        .. arguments,
        .. Enumerable.Repeat(Value.Constant, Math.Max(0, function.Parameters.Length - arguments.Length)),
    ];

    Value CallSource(IInvocationOperation call, Value instance, Value[] arguments)
    {
        var method = call.TargetMethod;
        if (method.MethodKind == MethodKind.LocalFunction)
            return Call(call, method, Self, arguments);
        if (method.IsStatic)
            return Call(call, method, method.ContainingType, arguments);
        if (call.Instance is IInstanceReferenceOperation)
            return Call(call, call.IsVirtual ? Override(method, Self) : method, Self, arguments);

        // Members of another object are not told apart from those of its siblings; what it brings along is in its
        // result.
        var result = CallOn(InstancesOf(call.Instance!, instance), method, arguments, call);
        return instance is { MayBeLive: false, Cuts: [], Draws: [] } ? result : Value.Combine(instance, result);
    }

    Value CallOn(
        IReadOnlyList<Instance> objects, IMethodSymbol method, Value[] arguments,
        IInvocationOperation? call = null) => AnyOf(objects, one =>
    {
        var code = Override(method, one.Type);
        if (IsFollowed(code))
            Construct(one);
        return call is null ? Call(code, one.Type, arguments) : Call(call, code, one.Type, arguments);
    });

    /// <summary>Runs what a call reaches, and stores what it leaves in arguments passed by reference.</summary>
    Value Call(IInvocationOperation call, IMethodSymbol code, INamedTypeSymbol self, Value[] arguments)
    {
        var isRun = IsFollowed(code) && bodies.Of(code, cancellation) is not null;
        var result = Call(code, self, arguments);
        WriteBack(call, parameter => isRun ? bindings[code.Parameters[parameter.Ordinal]] : result);
        return result;
    }

    /// <summary>
    /// torchvision's functions, and its transforms: some draw, and so do those that are made of them.
    /// </summary>
    Value CallVision(IInvocationOperation call, Value given)
    {
        if (IsTensor(call.TargetMethod.ReturnType))
            return Recorded(given.WithDraws(
            [
                .. given.Callables.OfType<DrawingTransform>()
                    .Select(transform => At(BreakKind.Draw, NameIn(call.Syntax), $"`{transform.Name}`"))
                    .Take(1),
            ]));
        return TorchNames.IsDrawingTransform(call.TargetMethod.Name)
            ? given with
            {
                Callables = [.. given.Callables, new DrawingTransform(call.TargetMethod.Name, call.Syntax)],
            }
            : given;
    }

    /// <summary>Code that cannot be seen passes on what it is given, and may put it into what it is given.</summary>
    Value CallOther(IInvocationOperation call, Value instance, Value[] arguments)
    {
        var given = Value.Combine([instance, .. arguments]);
        if (IsVision(call.TargetMethod))
            return CallVision(call, given);
        if (IsRandomSource(call.TargetMethod.ContainingType)
            && !instance.IsSeeded
            && call.TargetMethod.Name != "Dispose")
            given = given.WithDraw(
                At(BreakKind.Draw, NameIn(call.Syntax),
                    $"`{call.TargetMethod.ContainingType.Name}.{call.TargetMethod.Name}`"));

        var functions = arguments.SelectMany(argument => ResultsOf(argument, given, given)).ToArray();
        var result = functions.Length == 0 ? given
            : projections.Contains(call.TargetMethod.Name) ? functions.Aggregate(Value.Join)
            : Value.Combine([given, .. functions]);

        foreach (var part in call.Arguments.Select(argument => argument.Value).Append(call.Instance))
        {
            if (part is not null && IsContainer(Unconverted(part)?.Type))
                Mix(part, result);
        }

        WriteBack(call, _ => result);
        if (call.TargetMethod is { Name: "Dispose", ReturnsVoid: true }
            && instance.Callables.OfType<GradientScope>().FirstOrDefault() is { } scope)
            withoutGradient = scope.Before;
        return CarriesGradient(call.TargetMethod.ReturnType) || call.TargetMethod.ReturnsVoid
            ? Recorded(result)
            : result.WithoutGradient();
    }
}
