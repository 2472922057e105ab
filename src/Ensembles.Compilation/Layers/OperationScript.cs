using Ensembles.Graphs;

namespace Ensembles;

/// <summary>Operations as expressions of TorchScript.</summary>
static class OperationScript
{
    /// <summary>The expression; null for an operation that has none here.</summary>
    public static string? Of(Operation operation, IReadOnlyList<string> inputs) => operation switch
    {
        Binary { Function: var function } => Of(function, inputs[0], inputs[1]),
        MatMul => $"torch.matmul({inputs[0]}, {inputs[1]})",
        Gemm { Alpha: 1, Beta: 1, TransposesA: false, TransposesB: true } =>
            $"torch.linear({inputs[0]}, {inputs[1]}, {(inputs.Count > 2 ? inputs[2] : "None")})",
        Conv { Window: { Padding.IsSymmetric: true } window, Groups: var groups } =>
            $"torch.conv2d({inputs[0]}, {inputs[1]}, {(inputs.Count > 2 ? inputs[2] : "None")}, "
                + $"{Pair(window.Strides)}, {Pair((window.Padding.Top, window.Padding.Left))}, "
                + $"{Pair(window.Dilations)}, {groups})",
        BatchNormalization { Epsilon: var epsilon } =>
            $"torch.batch_norm({string.Join(", ", inputs)}, False, 0.0, {ScriptText.Of(epsilon)}, True)",
        LayerNormalization { Epsilon: var epsilon } =>
            $"torch.layer_norm({inputs[0]}, torch.size({inputs[1]}), {inputs[1]}, "
                + $"{(inputs.Count > 2 ? inputs[2] : "None")}, {ScriptText.Of(epsilon)})",
        Concat { Axis: var axis } => $"torch.cat([{string.Join(", ", inputs)}], {axis})",
        PRelu => $"torch.add(torch.clamp({inputs[0]}, 0.0, None), "
            + $"torch.mul({inputs[1]}, torch.clamp({inputs[0]}, None, 0.0)))",
        _ when inputs.Count == 1 => Of(operation, inputs[0]),
        _ => null,
    };

    static string? Of(BinaryFunction function, string a, string b) => function switch
    {
        BinaryFunction.Min => $"torch.minimum({a}, {b})",
        BinaryFunction.Max => $"torch.maximum({a}, {b})",
        BinaryFunction.Add or BinaryFunction.Sub or BinaryFunction.Mul or BinaryFunction.Div or BinaryFunction.Pow =>
            $"torch.{function.ToString().ToLowerInvariant()}({a}, {b})",
        _ => null,
    };

    /// <summary>The expression; null for an operation that has none here.</summary>
    public static string? Of(Operation operation, string x) => operation switch
    {
        Unary { Function: var function } => Of(function, x),
        LeakyRelu { Alpha: var slope } => $"torch.leaky_relu({x}, {ScriptText.Of(slope)})",
        Elu { Alpha: var alpha } => $"torch.elu({x}, {ScriptText.Of(alpha)})",
        Selu { Alpha: var alpha, Gamma: var gamma } =>
            $"torch.mul(torch.elu({x}, {ScriptText.Of(alpha)}), {ScriptText.Of(gamma)})",
        HardSigmoid { Alpha: var slope, Beta: var at } =>
            $"torch.clamp(torch.add(torch.mul({x}, {ScriptText.Of(slope)}), {ScriptText.Of(at)}), 0.0, 1.0)",
        Gelu { IsApproximate: false } => $"torch.gelu({x})",
        Clip { Least: null, Most: null } => x,
        Clip { Least: var least, Most: var most } => $"torch.clamp({x}, {Limit(least)}, {Limit(most)})",
        Graphs.Dropout => x,
        Transpose { Order: var order } => $"torch.permute({x}, {ScriptText.List(order)})",
        Reshape { Sizes: var sizes } => $"torch.reshape({x}, [{string.Join(", ", sizes.Select(
            (size, i) => size == 0 ? $"torch.size({x}, {i})" : $"{size}"))}])",
        Flatten { Axis: 1 } => $"torch.flatten({x}, 1)",
        Slice { Step: > 0 } part =>
            $"torch.slice({x}, {part.Axis}, {part.Start}, {part.End}, {part.Step})",
        // One after the other, in an order in which none changes the place of those that are left.
        Squeeze { Axes: var axes } when axes.All(axis => axis >= 0) =>
            axes.OrderDescending().Aggregate(x, (y, axis) => $"torch.squeeze({y}, {axis})"),
        Unsqueeze { Axes: var axes } when axes.All(axis => axis >= 0) =>
            axes.Order().Aggregate(x, (y, axis) => $"torch.unsqueeze({y}, {axis})"),
        Softmax { Axis: var axis } => $"torch.softmax({x}, {axis})",
        LogSoftmax { Axis: var axis } => $"torch.log_softmax({x}, {axis})",
        MaxPool { Window: { Padding.IsSymmetric: true } window } when IsSmall(window) =>
            $"torch.max_pool2d({x}, {Places(window)}, {Pair(window.Dilations)}, {ScriptText.Of(window.Ceiling)})",
        AveragePool { Window: { Padding.IsSymmetric: true } window, CountsPadding: var counts } when IsSmall(window) =>
            $"torch.avg_pool2d({x}, {Places(window)}, {ScriptText.Of(window.Ceiling)}, {ScriptText.Of(counts)})",
        GlobalAveragePool => $"torch.mean({x}, [-2, -1], True)",
        Reduce { Function: ReduceFunction.ReduceMean, Axes: var axes, KeepsDimensions: var keeps } =>
            $"torch.mean({x}, {ScriptText.List(axes)}, {ScriptText.Of(keeps)})",
        Reduce { Function: ReduceFunction.ReduceSum, Axes: var axes, KeepsDimensions: var keeps } =>
            $"torch.sum({x}, {ScriptText.List(axes)}, {ScriptText.Of(keeps)})",
        _ => null,
    };

    static string? Of(UnaryFunction function, string x) => function switch
    {
        UnaryFunction.Identity => x,
        UnaryFunction.Softsign => $"torch.div({x}, torch.add(torch.abs({x}), 1))",
        UnaryFunction.HardSwish => $"torch.hardswish({x})",
        UnaryFunction.Relu or UnaryFunction.Sigmoid or UnaryFunction.Tanh or UnaryFunction.Softplus
            or UnaryFunction.Mish or UnaryFunction.Erf or UnaryFunction.Exp or UnaryFunction.Log or UnaryFunction.Sqrt
            or UnaryFunction.Reciprocal or UnaryFunction.Neg or UnaryFunction.Abs or UnaryFunction.Sign
            or UnaryFunction.Floor or UnaryFunction.Ceil or UnaryFunction.Round =>
            $"torch.{function.ToString().ToLowerInvariant()}({x})",
        _ => null,
    };

    /// <summary>Whether torch's own padding does: at most half a window.</summary>
    static bool IsSmall(Window window) =>
        window.Padding.Top * 2 <= window.Height && window.Padding.Left * 2 <= window.Width;

    static string Places(Window window) =>
        $"{Pair((window.Height, window.Width))}, {Pair(window.Strides)}, "
            + Pair((window.Padding.Top, window.Padding.Left));

    static string Pair((long, long) sizes) => ScriptText.List([sizes.Item1, sizes.Item2]);

    static string Limit(double? limit) => limit is { } number ? ScriptText.Of(number) : "None";
}
