using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.Forwards;

/// <summary>
/// TorchSharp's functions of tensors: those that terms have under the same name, where the arguments that are given
/// fit.
/// </summary>
sealed partial class Translation
{
    Written Torch(InvocationExpressionSyntax call, IMethodSymbol called, ExpressionSyntax? before)
    {
        CheckCall(call, called);
        var isStatic = called.IsStatic;
        var arguments = Arguments(call);
        // A dispose scope's own method gives what it is given.
        if (before is not null && IsScope(TypeOf(before)!) && handles.Contains(called.Name)
            && arguments is [{ Value: { } handed }, ..])
            return new(Term(handed), Kind.Term);
        var first = isStatic ? arguments.FirstOrDefault(argument => argument.Parameter.Ordinal == 0).Value : before;
        if (first is null)
            throw new ObstacleException(call, $"no graph has `{called.Name}`");
        if (handles.Contains(called.Name))
            return Expression(first);
        var rest = isStatic ? [.. arguments.Where(argument => argument.Parameter.Ordinal > 0)] : arguments;
        if (TorchNames.DrawingInTraining.Contains(called.Name))
            return Expression(first);
        if (called.Name is "size" or "dim" or "numel" && TorchSymbols.IsTensor(TypeOf(first)))
            return SizeOf(call, called.Name, Term(first), rest);
        if (called.Name is "to" or "cpu" or "cuda" && rest.All(IsElsewhere))
            return new(Term(first), Kind.Term);
        var inPlace = IsInPlace(call);
        var name = called.Name.EndsWith("_", StringComparison.Ordinal) && called.Name.Length > 1
            ? called.Name.Substring(0, called.Name.Length - 1)
            : called.Name;
        var given = rest.Where(argument => argument.Parameter.Name != "inplace" && !IsOff(argument)).ToList();
        var result = HoldsTensors(called.ReturnType) && (TorchSymbols.IsTensor(TypeOf(first)) || isStatic)
            ? Matching(call, called, name, first, given)
            : null;
        if (result is not { } text)
            throw new ObstacleException(call, TorchNames.Cutting.Contains(name) && !HoldsTensors(called.ReturnType)
                ? $"what `{called.Name}` gives depends on the pixels"
                : $"no graph has `{called.Name}` with these arguments");
        if (!inPlace)
            return Result(called, text);
        if (Plain(first) is not IdentifierNameSyntax target || !Depends(target))
            return Result(called, text);
        CheckAlone(target, call);
        return new($"({target} = {text})", Kind.Term);
    }

    /// <summary>Whether it writes into the tensor that it is given.</summary>
    bool IsInPlace(ExpressionSyntax expression) =>
        expression is InvocationExpressionSyntax call
        && Model(call).GetSymbolInfo(call, cancellation).Symbol is IMethodSymbol called
        && IsTorch(called)
        && (called.Name.EndsWith("_", StringComparison.Ordinal)
            || Arguments(call).Any(argument =>
                argument.Parameter.Name == "inplace" && argument.Value is { } value && Truth(value) != false));

    /// <summary>Whether it says that this is no training.</summary>
    bool IsOff(Given argument) =>
        argument.Parameter.Name == "training" && argument.Value is { } value && Truth(value) == false;

    Written SizeOf(
        InvocationExpressionSyntax call, string name, string of, IReadOnlyList<Given> rest) => (name, rest) switch
    {
        ("size", [{ Value: { } dimension }]) when !Depends(dimension) =>
            new($"{of}.size({Verbatim(dimension)})", Kind.Size),
        ("size", []) => new($"{of}.shape", Kind.Shape),
        ("dim", []) => new($"{of}.dim()", Kind.Plain),
        ("numel", []) => new($"{of}.numel()", Kind.Size),
        _ => throw new ObstacleException(call, "it depends on the input"),
    };

    /// <summary>A device, or what a term's device or type is: a graph is of one device.</summary>
    bool IsElsewhere(Given argument) =>
        argument.Parameter.Type is { Name: "Device" or "DeviceType", ContainingAssembly: { } of }
            && SymbolEqualityComparer.Default.Equals(of, known.Module.ContainingAssembly);

    /// <summary>The call of a term's function; null where none fits.</summary>
    string? Matching(
        InvocationExpressionSyntax call, IMethodSymbol called, string name, ExpressionSyntax first, List<Given> rest)
    {
        foreach (var candidate in graphs.Term.GetMembers(name).OfType<IMethodSymbol>())
        {
            var (given, from) = candidate.IsStatic && called.IsStatic
                ? ([.. Arguments(call)], 0)
                : candidate.IsStatic ? (null, 0) : (rest, called.IsStatic ? 1 : 0);
            if (given is not null && Pairs(candidate, given, from) is { } pairs
                && pairs.All(pair => Fits(pair.Given, pair.Parameter.Type)))
            {
                var passed = pairs.Select(pair => $"{pair.Parameter.Name}: {Fitted(pair.Given, pair.Parameter.Type)}");
                var of = candidate.IsStatic ? $"{Graphs}.Term" : Receiver(first);
                return $"{of}.{name}({string.Join(", ", passed)})";
            }
        }

        return null;
    }

    string Receiver(ExpressionSyntax first)
    {
        var term = Term(Plain(first));
        return Plain(first) is IdentifierNameSyntax or InvocationExpressionSyntax or ElementAccessExpressionSyntax
            or MemberAccessExpressionSyntax
            ? term
            : $"({term})";
    }

    /// <summary>
    /// The parameter for each argument: of its name, or else at its place; null where one is left over.
    /// </summary>
    static List<(Given Given, IParameterSymbol Parameter)>? Pairs(IMethodSymbol candidate, List<Given> given, int from)
    {
        var pairs = new List<(Given Given, IParameterSymbol Parameter)>();
        foreach (var argument in given)
        {
            var parameter = candidate.Parameters.FirstOrDefault(one => one.Name == argument.Parameter.Name)
                ?? candidate.Parameters.FirstOrDefault(one => one.Ordinal == argument.Parameter.Ordinal - from);
            if (parameter is null || Has(parameter))
                return null;
            pairs.Add((argument, parameter));
        }

        return candidate.Parameters.All(parameter => parameter.IsOptional || parameter.IsParams || Has(parameter))
            ? pairs
            : null;

        bool Has(IParameterSymbol parameter) =>
            pairs.Any(pair => SymbolEqualityComparer.Default.Equals(pair.Parameter, parameter));
    }

    bool Fits(Given given, ITypeSymbol wanted)
    {
        if (IsGraphType(wanted, graphs.Term))
            return given.Value is { } one
                && (IsNothing(one) || (TypeOf(one) is INamedTypeSymbol type && IsTensorOrDerived(type)));
        if (ElementOf(wanted) is { } element)
            return IsGraphType(element, graphs.Term) ? given.Value is null || HoldsTensors(given.Parameter.Type)
                : given.Value is null || given.Parts.Count > 0 || IsEmpty(given.Value)
                    ? given.Parts.All(part => IsElement(part, element))
                    : IsGraphType(element, graphs.Dimension)
                        ? Depends(given.Value) && Expression(given.Value).Kind == Kind.Shape
                        : Converts(given.Value, wanted);
        return given.Value is { } value && (IsNothing(value)
            ? wanted is { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } or { IsReferenceType: true }
            : Converts(value, wanted) || (given.Parts.Count is 1 or 2 && IsPair(wanted)));
    }

    string Fitted(Given given, ITypeSymbol wanted)
    {
        if (IsGraphType(wanted, graphs.Term))
            return Term(given.Value!);
        if (ElementOf(wanted) is { } element)
        {
            if (IsGraphType(element, graphs.Term))
                return given.Value is null
                    ? $"new[] {{ {string.Join(", ", given.Parts.Select(Term))} }}"
                    : ListOfTerms(given.Value);
            if (given.Value is null || given.Parts.Count > 0 || IsEmpty(given.Value))
                return IsGraphType(element, graphs.Dimension)
                    ? $"new {Graphs}.Dimension[] {{ {Listed(given, part => Expression(part).Text)} }}"
                    : Numbers(given, element.SpecialType == SpecialType.System_Double ? "double" : "long");
            return IsGraphType(element, graphs.Dimension)
                ? Expression(given.Value).Text
                : Verbatim(given.Value);
        }

        return given.Parts.Count > 0 && IsPair(wanted) ? Numbers(given, "long")
            : IsNothing(given.Value!) ? "null" : Number(given.Value!, TypeOf(given.Value!));
    }

    string Numbers(Given given, string type) =>
        $"new {type}[] {{ {Listed(given, part => Number(part, TypeOf(part)))} }}";

    bool IsElement(ExpressionSyntax part, ITypeSymbol of) =>
        of.SpecialType == SpecialType.System_Double ? IsNumber(TypeOf(part)) : IsWhole(TypeOf(part));

    static string Listed(Given given, Func<ExpressionSyntax, string> write) =>
        string.Join(", ", given.Parts.Select(write));

    /// <summary>Tensors one behind the other, be they listed here or held by something.</summary>
    string ListOfTerms(ExpressionSyntax list)
    {
        var parts = PartsOf(list);
        if (parts.Count > 0)
            return $"new[] {{ {string.Join(", ", parts.Select(Term))} }}";
        return Expression(list) is { Kind: Kind.Other, Text: var text }
            && TypeOf(list)?.AllInterfaces.Any(one => one.Name == "IEnumerable") == true
            ? text
            : throw new ObstacleException(list, "it holds tensors that do not come from the input");
    }

    bool Converts(ExpressionSyntax value, ITypeSymbol wanted)
    {
        var type = TypeOf(value);
        if (type is null)
            return false;
        // A size is a number where it can be.
        return (!Depends(value) || IsNumber(type))
            && known.Compilation.ClassifyCommonConversion(type, wanted) is { Exists: true, IsImplicit: true };
    }

    static bool IsEmpty(ExpressionSyntax list) => list is CollectionExpressionSyntax { Elements.Count: 0 };

    static bool IsPair(ITypeSymbol type) => type is { Name: "Pair" }
        || type is INamedTypeSymbol { Name: "Nullable", TypeArguments: [{ Name: "Pair" }] };

    static bool IsGraphType(ITypeSymbol type, INamedTypeSymbol graphType) =>
        SymbolEqualityComparer.Default.Equals(type, graphType);

    /// <summary>What a list or an array holds; null for anything else.</summary>
    static ITypeSymbol? ElementOf(ITypeSymbol type) => type switch
    {
        IArrayTypeSymbol array => array.ElementType,
        INamedTypeSymbol { Name: "IReadOnlyList" or "IEnumerable", TypeArguments: [var element] } => element,
        _ => null,
    };

    /// <summary><c>module?.call(x) ?? x</c>: null where there is no module.</summary>
    Written Maybe(ConditionalAccessExpressionSyntax access)
    {
        if (access.WhenNotNull is InvocationExpressionSyntax
            {
                Expression: MemberBindingExpressionSyntax { Name.Identifier.ValueText: "call" or "forward" },
                ArgumentList.Arguments: [{ Expression: var input }],
            }
            && !Depends(access.Expression)
            && TypeOf(access.Expression) is { } type && IsModule(type) && IsPlainModule(type))
        {
            var name = $"module{access.SpanStart - method.SpanStart}";
            var module = type.TypeKind == TypeKind.Interface ? $"({PlainModule}){name}" : name;
            return new(
                $"({Verbatim(access.Expression)} is {{ }} {name} ? {graph}.Call({module}, {Term(input)}) : null)",
                Kind.Term);
        }

        if (access.WhenNotNull is InvocationExpressionSyntax { Expression: MemberBindingExpressionSyntax binding } call
            && binding.Name.Identifier.ValueText == "Dispose")
            return new("null", Kind.Plain);
        throw new ObstacleException(access, "no graph has such an expression");
    }
}
