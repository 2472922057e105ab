using Ensembles.Forwards;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using static Ensembles.Forwards.TorchSymbols;

namespace Ensembles.Analyzers.Gradients.Flow;

/// <summary>TorchSharp's functions.</summary>
sealed partial class Interpreter
{
    /// <summary>
    /// From a factor of 17 on, the larger of two logits that differ by 1 gets a probability of exactly 1 in float32,
    /// where a sigmoid's gradient is exactly 0: 1 + e^-g rounds to 1 from g = 24 ln 2 = 16.6 on.
    /// </summary>
    public const double SaturatingGain = 17;

    static readonly string[] spreads = ["p", "std", "stddev"];

    Value CallTorch(IInvocationOperation call, Value instance, Value[] arguments)
    {
        var name = call.TargetMethod.Name;
        if (TorchNames.ScopesWithoutGradient.Contains(name))
            return SwitchGradients(call);
        if (name == "enable_grad")
        {
            withoutGradient = null;
            return Value.Constant;
        }

        if (Mode(call, instance, arguments) is { } mode)
            return mode;
        if (name is "train" or "eval")
            return SwitchMode(call, instance, isOn: name == "train");
        if (Assemble(call, instance, arguments) is { } module)
            return module;

        var inPlace = name.EndsWith("_", StringComparison.Ordinal) && name.Length > 1;
        var plain = inPlace ? name.Substring(0, name.Length - 1) : name;
        var value = Apply(call, plain, instance, arguments);
        value = CarriesGradient(call.TargetMethod.ReturnType) || call.TargetMethod.ReturnsVoid ? Recorded(value)
            : IsTensor(call.Instance?.Type) && !TorchNames.Cutting.Contains(plain) ? Value.Constant
            : value.WithoutGradient();
        if (inPlace && call.Instance is { } target)
            StoreInPlace(target, value);
        // Tensors in a list or a span, and streams that bytes are written to.
        var parts = call.TargetMethod.ReturnsVoid ? call.Arguments.Select(argument => argument.Value) : [];
        foreach (var part in parts.Where(part => IsContainer(Unconverted(part)?.Type)))
            Mix(part, value);
        WriteBack(call, _ => value);
        return value;
    }

    Value Apply(IInvocationOperation call, string name, Value instance, Value[] arguments)
    {
        var operands = Value.Combine([instance, .. arguments]);
        var first = call.Instance is null && arguments.Length > 0 ? arguments[0] : instance;
        var place = NameIn(call.Syntax);
        var value = TorchNames.Filling.Contains(name)
            || TorchNames.DrawingInPlace.Contains(call.TargetMethod.Name)
            || name == "zero" ? Value.Constant with { Draws = [.. arguments.SelectMany(argument => argument.Draws)] }
            : name is "copy" or "fill" && arguments.Length > 0 ? arguments[0]
            : operands;

        if (TorchNames.Rounding.Contains(name) || ConvertsTo(TorchNames.IntegerTypes, call))
        {
            var rounding = At(BreakKind.NoGradient, place, $"`{call.TargetMethod.Name}`") with { KeepsImage = true };
            value = value.CutAt(rounding) with { Gain = first.Gain };
        }
        else if (TorchNames.Cutting.Contains(name) || ConvertsTo(TorchNames.BooleanTypes, call) || RoundsQuotient(call))
        {
            var cut = At(BreakKind.NoGradient, place, $"`{call.TargetMethod.Name}`");
            value = value.CutAt(cut with { KeepsImage = name is "sign" or "sgn" });
        }
        else if (TorchNames.WithPositions.Contains(name) && call.TargetMethod.ReturnType.IsTupleType)
            value = Value.Tuple([value, value.CutAt(At(BreakKind.NoGradient, place, $"the positions of `{name}`"))]);
        else if (TorchNames.Saturating.Contains(name))
            value = Squash(first, name, place);
        else if (TorchNames.Passing.Contains(name))
            value = value.LooksLike(first);
        else
            value = Rescaled(call, name, value, instance, arguments);

        return Draws(call, name) ? value.WithDraw(At(BreakKind.Draw, place, $"`{call.TargetMethod.Name}`")) : value;
    }

    /// <summary>x.mul(c) and x.div(c), which are x * c and x / c.</summary>
    Value Rescaled(IInvocationOperation call, string name, Value value, Value instance, Value[] arguments)
    {
        var (operand, factor) = call.Instance is not null ? (instance, call.Arguments.FirstOrDefault())
            : arguments.Length > 1 ? (arguments[0], call.Arguments[1])
            : default;
        if (operand is null || factor is null)
            return value;
        if (name is "mul" or "multiply")
            value = Value.Product(value, operand, Evaluate(factor.Value));
        return name switch
        {
            "mul" or "multiply" when ConstantOf(factor.Value) is { } constant =>
                value.LooksLike(operand).Times(constant, call.Syntax),
            "div" or "divide" or "true_divide" when ConstantOf(factor.Value) is { } constant and not 0 =>
                value.LooksLike(operand).Times(1 / constant, call.Syntax),
            "remainder" or "fmod" when (call.Instance ?? call.Arguments[0].Value) is { Syntax: var divided } =>
                value with { RemainderOf = divided },
            "sub" or "subtract"
                when IsRemainderOf(
                    arguments[call.Instance is null ? 1 : 0], call.Instance ?? call.Arguments[0].Value) =>
                value.CutAt(Stepping(NameIn(call.Syntax), "`%`")),
            "add" or "sub" or "subtract" =>
                Value.Sum(operand, ScaledAddend(call, arguments[call.Instance is null ? 1 : 0])),
            _ => value,
        };
    }

    Value ScaledAddend(IInvocationOperation call, Value addend)
    {
        if (Argument(call, "alpha") is not { } alpha)
            return addend;
        return ConstantOf(alpha) is { } factor
            ? addend.Times(factor, call.Syntax)
            : Value.Product(addend, addend, Evaluate(alpha));
    }

    /// <summary>Softmax, sigmoid and the like.</summary>
    Value Squash(Value value, string name, SyntaxNodeOrToken place)
    {
        var squashed = value.Gain >= SaturatingGain
            ? value.CutAt(
                At(BreakKind.Saturation, place,
                    $"`{name}` of values multiplied by {Rounded(value.Gain)} is flat for all but the smallest "
                    + $"differences"))
            : Value.Combine(value);
        return TorchNames.Normalizing.Contains(name)
            ? squashed with { Probabilities = At(
                BreakKind.Saturation, place, $"`{name}` gives probabilities where logits are expected") }
            : squashed;
    }

    public static string Rounded(double gain) =>
        gain.ToString("0.##", System.Globalization.CultureInfo.InvariantCulture);

    bool Draws(IInvocationOperation call, string name)
    {
        // Nothing is dropped at a rate of 0, and nothing varies with a deviation of 0.
        if (spreads.Any(spread => Argument(call, spread) is { } given && Evaluate(given).IsZero))
            return false;
        if (TorchNames.DrawingInTraining.Contains(name))
            return Argument(call, "training") is { } training
                && Evaluate(training).Truth == true;
        if (name == "scaled_dot_product_attention")
            return Argument(call, "p") is { } p && ConstantOf(p) > 0;
        // A generator that starts at the same seed in every call gives the same numbers in every call.
        return (TorchNames.Drawing.Contains(name) || TorchNames.DrawingInPlace.Contains(call.TargetMethod.Name))
            && !(Argument(call, "generator") is { } generator && Evaluate(generator).IsSeeded);
    }

    static IOperation? Argument(IInvocationOperation call, string parameter) =>
        call.Arguments.FirstOrDefault(argument => argument.Parameter?.Name == parameter)?.Value;

    static bool ConvertsTo(HashSet<string> types, IInvocationOperation call) =>
        call.TargetMethod.Name is "to" or "to_type" or "type" or "as_tensor" or "tensor"
        && call.Arguments.Any(argument => Unconverted(argument.Value) switch
        {
            IFieldReferenceOperation { Field: { ContainingType.Name: "ScalarType" or "torch", Name: var type } } =>
                types.Contains(type.TrimStart('@')),
            IPropertyReferenceOperation { Property.Name: var type } => types.Contains(type),
            _ => false,
        });

    static bool RoundsQuotient(IInvocationOperation call) =>
        call.TargetMethod.Name is "div" or "div_" or "divide" or "divide_"
        && Argument(call, "rounding_mode") is { } mode
            && Unconverted(mode) is IFieldReferenceOperation { Field.Name: "floor" or "trunc" };

    Value SwitchGradients(IInvocationOperation call)
    {
        var off = Argument(call, "mode") is not { } mode ? true
            : Unconverted(mode) is { ConstantValue: { HasValue: true, Value: bool on } }
                ? (call.TargetMethod.Name == "set_grad_enabled" ? !on : on)
            : (bool?)null;
        var before = withoutGradient;
        if (off == true)
            withoutGradient ??= At(BreakKind.NoGradient, NameIn(call.Syntax), $"`{call.TargetMethod.Name}`");
        else if (off == false && call.TargetMethod.Name == "set_grad_enabled")
            withoutGradient = null;
        return Value.Constant with { Callables = [new GradientScope(before, call.Syntax)] };
    }
}
