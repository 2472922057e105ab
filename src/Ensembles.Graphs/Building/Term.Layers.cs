using TorchSharp;

namespace Ensembles.Graphs;

/// <summary>Products, windows and means, under torch's names and with torch's meaning.</summary>
public sealed partial record Term
{
    /// <summary>The product of matrices, or of each pair in two stacks of them; also with a vector.</summary>
    public Term matmul(Term target) => target.Shape.Count == 1
        ? Of(new MatMul(), target.unsqueeze(1)).squeeze(-1)
        : Of(new MatMul(), target);

    /// <inheritdoc cref="matmul"/>
    public Term mm(Term target) => matmul(target);

    /// <inheritdoc cref="matmul"/>
    public Term bmm(Term batch2) => matmul(batch2);

    /// <summary>The product with weights [K, D], and a bias.</summary>
    public Term linear(Term weights, Term? bias = null)
    {
        if (Shape.Count == 2)
            return bias is null
                ? Of(new Gemm { TransposesB = true }, weights)
                : Of(new Gemm { TransposesB = true }, weights, bias);
        var product = matmul(weights.t());
        return bias is null ? product : product + bias;
    }

    /// <summary>The convolution with weights [C', C / groups, h, w], and a bias.</summary>
    public Term conv2d(
        Term weight, Term? bias = null, Pair? strides = null, Pair? padding = null, Pair? dilation = null,
        long groups = 1)
    {
        if (weight.Shape.Count != 4)
            throw new GraphException($"A kernel of the shape {weight.Shape}, and four dimensions are needed.");
        var window = WindowOf((weight.Shape[2].Number, weight.Shape[3].Number), strides ?? 1, padding, dilation);
        var convolution = new Conv(window, groups);
        return bias is null ? Of(convolution, weight) : Of(convolution, weight, bias);
    }

    /// <summary>The transpose of a convolution, with weights [C, C' / groups, h, w], and a bias.</summary>
    public Term conv_transpose2d(
        Term weight, Term? bias = null, Pair? strides = null, Pair? padding = null, Pair? output_padding = null,
        Pair? dilation = null, long groups = 1)
    {
        if (weight.Shape.Count != 4)
            throw new GraphException($"A kernel of the shape {weight.Shape}, and four dimensions are needed.");
        var window = WindowOf((weight.Shape[2].Number, weight.Shape[3].Number), strides ?? 1, padding, dilation);
        var besides = output_padding ?? 0;
        var convolution = new ConvTranspose(window, groups, besides.Rows, besides.Columns);
        return bias is null ? Of(convolution, weight) : Of(convolution, weight, bias);
    }

    /// <summary>The largest value in each window.</summary>
    public Term max_pool2d(
        Pair kernel_size, Pair? stride = null, Pair? padding = null, Pair? dilation = null, bool ceil_mode = false) =>
        Of(new MaxPool(WindowOf(kernel_size, stride, padding, dilation) with { Ceiling = ceil_mode }));

    /// <summary>The mean of each window.</summary>
    public Term avg_pool2d(
        Pair kernel_size, Pair? stride = null, Pair? padding = null, bool ceil_mode = false,
        bool count_include_pad = true) =>
        Of(new AveragePool(
            WindowOf(kernel_size, stride, padding, null) with { Ceiling = ceil_mode }, count_include_pad));

    /// <summary>Means, so that so many rows and columns are left.</summary>
    /// <exception cref="GraphException">The windows would be of unlike sizes.</exception>
    public Term adaptive_avg_pool2d(Pair output_size)
    {
        if (output_size == new Pair(1, 1) && Shape.Count == 4)
            return Of(new GlobalAveragePool());
        return avg_pool2d(EqualWindows(output_size));
    }

    /// <summary>Pixels put around: from the last dimension on, how many before and behind.</summary>
    public Term pad(long[] pad, PaddingModes mode = PaddingModes.Constant, double value = 0)
    {
        if (pad.Length % 2 != 0 || pad.Length > 2 * Shape.Count)
            throw new GraphException($"[{string.Join(", ", pad)}] are not two numbers for dimensions of {Shape}.");
        var (before, after) = (new long[Shape.Count], new long[Shape.Count]);
        for (var i = 0; i < pad.Length / 2; i++)
            (before[^(i + 1)], after[^(i + 1)]) = (pad[2 * i], pad[(2 * i) + 1]);
        return Of(new Pad(before, after, mode switch
        {
            PaddingModes.Constant or PaddingModes.Zeros => PadMode.Constant,
            PaddingModes.Reflect => PadMode.Reflect,
            PaddingModes.Replicate => PadMode.Edge,
            _ => throw new GraphException($"Padding by {mode}, which ONNX does not have."),
        }, (float)value));
    }

    /// <inheritdoc cref="pad(long[], PaddingModes, double)"/>
    public Term pad((long, long, long, long) pad, PaddingModes mode = PaddingModes.Constant, double value = 0) =>
        this.pad([pad.Item1, pad.Item2, pad.Item3, pad.Item4], mode, value);

    /// <inheritdoc cref="pad(long[], PaddingModes, double)"/>
    public Term pad((long, long) pad, PaddingModes mode = PaddingModes.Constant, double value = 0) =>
        this.pad([pad.Item1, pad.Item2], mode, value);

    /// <summary>The mean along dimensions.</summary>
    public Term mean(long[] dimensions, bool keepdim = false) =>
        Of(new Reduce(ReduceFunction.ReduceMean, dimensions, keepdim));

    /// <summary>The sum along dimensions.</summary>
    public Term sum(long[] dim, bool keepdim = false) => Of(new Reduce(ReduceFunction.ReduceSum, dim, keepdim));

    /// <summary>The sum along a dimension.</summary>
    public Term sum(long dim, bool keepdim = false) => sum([dim], keepdim);

    /// <summary>The largest along dimensions.</summary>
    public Term amax(long[] dims, bool keepdim = false) => Of(new Reduce(ReduceFunction.ReduceMax, dims, keepdim));

    /// <summary>The smallest along dimensions.</summary>
    public Term amin(long[] dims, bool keepdim = false) => Of(new Reduce(ReduceFunction.ReduceMin, dims, keepdim));

    /// <summary>The logarithm of the sum of exponentials along a dimension.</summary>
    public Term logsumexp(long dim, bool keepdim = false) =>
        Of(new Reduce(ReduceFunction.ReduceLogSumExp, [dim], keepdim));

    static Window WindowOf(Pair size, Pair? stride, Pair? padding, Pair? dilation) => new(size.Rows, size.Columns)
    {
        Strides = (stride ?? size).AsSteps,
        Padding = (padding ?? 0).AsPadding,
        Dilations = (dilation ?? 1).AsSteps,
    };
}
