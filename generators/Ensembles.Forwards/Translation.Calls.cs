using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Ensembles.Forwards;

/// <summary>Calls: of modules, of methods in source, and of the few others that only pass tensors on.</summary>
sealed partial class Translation
{
    /// <summary>Handles to a tensor that a graph has one of.</summary>
    static readonly HashSet<string> handles =
        ["MoveToOuterDisposeScope", "DetachFromDisposeScope", "MoveToOtherDisposeScope", "MoveToOuter", "Detach"];

    /// <summary>
    /// An argument with its parameter; one that is a list of what is written has no value of its own.
    /// </summary>
    readonly record struct Given(
        IParameterSymbol Parameter, ExpressionSyntax? Value, IReadOnlyList<ExpressionSyntax> Parts);

    IReadOnlyList<Given> Arguments(InvocationExpressionSyntax call)
    {
        if (Model(call).GetOperation(call, cancellation) is not IInvocationOperation operation)
            throw new ObstacleException(call, "it cannot be read yet");
        return operation.Arguments
            .Where(argument => argument.ArgumentKind != ArgumentKind.DefaultValue && argument.Parameter is not null)
            .Where(argument => !IsReceiver(argument, call))
            .Select(argument => GivenBy(argument, call))
            .ToList();
    }

    static Given GivenBy(IArgumentOperation argument, InvocationExpressionSyntax call)
    {
        if (argument.ArgumentKind != ArgumentKind.ParamArray)
            return Number(argument.Value).Syntax is ExpressionSyntax value
                ? new(argument.Parameter!, value, PartsOf(value))
                : throw new ObstacleException(call, "one of its arguments has no code");
        var parts = argument.Value.ChildOperations.OfType<IArrayInitializerOperation>()
            .SelectMany(list => list.ElementValues)
            .Select(part => part.Syntax)
            .OfType<ExpressionSyntax>();
        return new(argument.Parameter!, null, parts.ToList());
    }

    /// <summary>A number that is held while an operation runs is that number.</summary>
    static IOperation Number(IOperation value) => value is IInvocationOperation
    {
        TargetMethod: { Name: "Of", ContainingType: { Name: "Constant", ContainingNamespace.Name: "Numerics" } },
        Arguments: [var number],
    }
        ? number.Value
        : value;

    /// <summary>An extension method's first argument stands before the point.</summary>
    static bool IsReceiver(IArgumentOperation argument, InvocationExpressionSyntax call) =>
        argument.Parameter is { Ordinal: 0, ContainingSymbol: IMethodSymbol { IsExtensionMethod: true } }
        && call.Expression is MemberAccessExpressionSyntax access
        && argument.Value.Syntax.Span == access.Expression.Span;

    /// <summary>The elements of an array or a collection that is written where it is used.</summary>
    static IReadOnlyList<ExpressionSyntax> PartsOf(ExpressionSyntax? list) => (list switch
    {
        ArrayCreationExpressionSyntax { Initializer: { } initializer } => initializer.Expressions,
        ImplicitArrayCreationExpressionSyntax array => array.Initializer.Expressions,
        CollectionExpressionSyntax { Elements: var elements }
            when elements.All(element => element is ExpressionElementSyntax) =>
            elements.Cast<ExpressionElementSyntax>().Select(element => element.Expression),
        _ => Enumerable.Empty<ExpressionSyntax>(),
    }).ToList();

    Written Call(InvocationExpressionSyntax call)
    {
        if (Model(call).GetSymbolInfo(call, cancellation).Symbol is not IMethodSymbol called)
            throw new ObstacleException(call, "it is not known what it calls");
        var before = (call.Expression as MemberAccessExpressionSyntax)?.Expression;
        if (called.MethodKind == MethodKind.LocalFunction)
            return Called(called, $"{call.Expression}({Passed(call, called)})", isOriginal: IsClosed(called));
        if (called.MethodKind == MethodKind.DelegateInvoke)
            return Invoked(call, called);
        if (called.Name is "call" or "forward" && before is not (null or BaseExpressionSyntax or ThisExpressionSyntax)
            && IsModule(TypeOf(before)))
            return Module(call, before);
        if (TorchSymbols.InSource(called) || IsFeatureNetwork(called.ContainingType))
            return Source(call, called, before);
        if (IsTorch(called))
            return Torch(call, called, before);
        if (called is { Name: "ReferenceEquals", ContainingType.SpecialType: SpecialType.System_Object })
            return new($"ReferenceEquals({Passed(call, called)})", Kind.Plain);
        return called.ContainingNamespace?.ToDisplayString() switch
        {
            "System.Linq" or "System.Collections.Generic" => Collected(call, called, before),
            "System" when called.ContainingType.Name == "Math" =>
                new($"global::System.Math.{called.Name}({Passed(call, called)})", Kind.Plain),
            _ => throw new ObstacleException(
                call, $"`{called.ContainingType.Name}.{called.Name}` is not in this project"),
        };
    }

    Written Result(IMethodSymbol called, string text) => new(text, KindOf(called.ReturnType));

    /// <summary>What a call gives; the tensor of a method that stays as it is, is a constant.</summary>
    Written Called(IMethodSymbol called, string text, bool isOriginal) =>
        isOriginal && TorchSymbols.IsTensor(called.ReturnType)
            ? new($"{graph}.Held(\"constant\", {text})", Kind.Term)
            : Result(called, text);

    string Passed(InvocationExpressionSyntax call, IMethodSymbol called)
    {
        return string.Join(", ", call.ArgumentList.Arguments.Select(argument =>
        {
            if (argument.RefKindKeyword != default)
                throw new ObstacleException(argument, "it is passed by reference");
            var name = argument.NameColon is { } colon ? $"{Identifier(colon.Name.Identifier.ValueText)}: " : "";
            var parameter = Arguments(call).FirstOrDefault(given => given.Value == argument.Expression).Parameter;
            var wanted = parameter?.Type is { SpecialType: not SpecialType.System_Object } type
                ? type
                : TypeOf(argument.Expression);
            return name + As(argument.Expression, wanted);
        }));
    }

    /// <summary>A function that a local or a parameter holds.</summary>
    Written Invoked(InvocationExpressionSyntax call, IMethodSymbol called) =>
        call.Expression is IdentifierNameSyntax name && IsLocal(name) && Depends(name)
            ? Result(called, $"{name}({Passed(call, called)})")
            : throw new ObstacleException(call, "the function that it calls is not known before the class is made");

    Written Module(InvocationExpressionSyntax call, ExpressionSyntax module)
    {
        var type = TypeOf(module);
        if (Depends(module))
            throw new ObstacleException(module, "which module it is depends on the input");
        if (!IsPlainModule(type) || call.ArgumentList.Arguments is not [{ Expression: var input }])
            throw new ObstacleException(call, $"`{type?.Name}` takes or gives more than one tensor");
        return new($"{graph}.Call({ModuleText(module, type!)}, {Term(input)})", Kind.Term);
    }

    /// <summary>The module, as the class that a graph calls.</summary>
    string ModuleText(ExpressionSyntax module, ITypeSymbol type) => type is { TypeKind: TypeKind.Interface }
        ? $"({PlainModule}){Verbatim(module)}"
        : Verbatim(module);

    const string PlainModule =
        "global::TorchSharp.torch.nn.Module<global::TorchSharp.torch.Tensor, global::TorchSharp.torch.Tensor>";

    /// <summary>A method of this class, or a static one of any: it is written for terms, too.</summary>
    Written Source(InvocationExpressionSyntax call, IMethodSymbol called, ExpressionSyntax? before)
    {
        var isBase = before is BaseExpressionSyntax;
        if (!called.IsStatic && before is not (null or ThisExpressionSyntax) && !isBase)
            throw new ObstacleException(call, $"`{called.Name}` is a method of another object");
        if (called.IsExtensionMethod || called.IsGenericMethod)
            throw new ObstacleException(call, $"`{called.Name}` is an extension or a generic method");
        var code = called.IsStatic || isBase ? called.OriginalDefinition : TorchSymbols.Override(called, self);
        if (!TorchSymbols.InSource(code) && !IsFeatureNetwork(code.ContainingType))
            throw new ObstacleException(call, $"`{code.ContainingType.Name}.{code.Name}` is not in this project");
        if (!SymbolEqualityComparer.Default.Equals(code.ContainingType, code.ContainingType.OriginalDefinition)
            || (code.ContainingType.IsGenericType && !SymbolEqualityComparer.Default.Equals(code.ContainingType, self)))
            throw new ObstacleException(call, $"`{code.ContainingType.Name}` is generic");
        if (!code.Parameters.Any(parameter => HoldsTensors(parameter.Type))
            && (!HoldsTensors(code.ReturnType) || TorchSymbols.IsTensor(code.ReturnType)))
            return Called(code, $"{Verbatim(call.Expression)}({Passed(call, called)})", isOriginal: true);
        var passed = Passed(call, called);
        return Result(code, $"{NameOf(code, call)}({graph}{(passed.Length > 0 ? $", {passed}" : "")})");
    }

    /// <summary>Lists and queries, which hold terms as they held tensors.</summary>
    Written Collected(InvocationExpressionSyntax call, IMethodSymbol called, ExpressionSyntax? before)
    {
        if (before is null || call.Expression is not MemberAccessExpressionSyntax access)
            throw new ObstacleException(call, "it depends on the input");
        var types = access.Name is GenericNameSyntax
            ? $"<{string.Join(", ", called.TypeArguments.Select(type => TypeText(type, call)))}>"
            : "";
        var name = $"{access.Name.Identifier.Text}{types}";
        if (called.ReducedFrom is not null)
            usings.Add("System.Linq");
        string of;
        if (Depends(before))
        {
            var holder = Expression(before);
            of = holder.Kind == Kind.Other
                ? holder.Text
                : throw new ObstacleException(before, "it depends on the input");
        }
        else
        {
            of = HoldsTensors(TypeOf(before))
                ? throw new ObstacleException(before, "it holds tensors that do not come from the input")
                : Verbatim(before);
        }

        var arguments = call.ArgumentList.Arguments.Select(argument => argument.Expression switch
        {
            AnonymousFunctionExpressionSyntax lambda => Lambda(lambda).Text,
            var other => As(other, TypeOf(other)),
        });
        var result = called.ReturnType;
        var kind = KindOf(result);
        return new($"{of}.{name}({string.Join(", ", arguments)})", kind);
    }

    /// <summary>An expression that is a statement; null where a graph needs none.</summary>
    string? Effect(ExpressionSyntax expression)
    {
        if (expression is InvocationExpressionSyntax call
            && Model(call).GetSymbolInfo(call, cancellation).Symbol is IMethodSymbol called)
        {
            if (called is { Name: "Dispose" }
                && call.Expression is MemberAccessExpressionSyntax { Expression: var disposed }
                && (Depends(disposed) || IsScope(TypeOf(disposed)!)))
                return null;
            // Checks of what is given, as of shapes: the graph checks its own.
            var isDebug = called.ContainingType?.Name == "Debug";
            if (called is { IsStatic: true, ReturnsVoid: true }
                && (isDebug || called.Name.StartsWith("ThrowIf", StringComparison.Ordinal)))
                return isDebug || Depends(call) ? null : $"{Verbatim(call)};";
            if (!Depends(call) && !IsOfLocal(call))
                throw new ObstacleException(call, "it does something beside computing the result");
        }

        if (expression is PostfixUnaryExpressionSyntax { Operand: var target } step && Depends(target))
            return $"{Step(step, target, step.IsKind(SyntaxKind.PostIncrementExpression)).Text};";
        if (expression is AssignmentExpressionSyntax assignment && Depends(assignment))
            return $"{Assignment(assignment).Text};";
        if (!Depends(expression))
            return $"{Verbatim(expression)};";
        var written = Expression(expression).Text;
        return IsVoid(expression) ? $"{written};"
            : written.StartsWith("(", StringComparison.Ordinal) && IsInPlace(expression)
                ? $"{written.Substring(1, written.Length - 2)};"
                : $"_ = {written};";
    }

    bool IsVoid(ExpressionSyntax expression) =>
        Model(expression).GetTypeInfo(expression, cancellation).Type?.SpecialType == SpecialType.System_Void;

    bool IsOfLocal(InvocationExpressionSyntax call) =>
        call.Expression is MemberAccessExpressionSyntax { Expression: IdentifierNameSyntax name } && IsLocal(name);
}
