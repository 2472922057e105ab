namespace Ensembles.Forwards;

/// <summary>
/// What TorchSharp's functions do to gradients, by their names without the underscore of the form that works in place.
/// </summary>
static class TorchNames
{
    /// <summary>Rounding, also by conversion: gradient zero almost everywhere, and values as large as before.</summary>
    public static readonly HashSet<string> Rounding =
        ["round", "floor", "ceil", "trunc", "fix", "byte", "char", "short", "int", "long"];

    /// <summary>Gradient zero almost everywhere, or none at all.</summary>
    public static readonly HashSet<string> Cutting =
    [
        // Steps.
        .. Rounding, "sign", "sgn", "heaviside", "floor_divide", "bucketize", "searchsorted", "histc", "histogram",
        "bincount",
        // Positions and counts.
        "argmax", "argmin", "argsort", "argwhere", "nonzero", "nonzero_as_list", "count_nonzero", "one_hot",
        // Comparisons.
        "eq", "ne", "lt", "le", "gt", "ge", "less", "less_equal", "greater", "greater_equal", "not_equal", "equal",
        "isclose", "allclose", "isin",
        "isnan", "isinf", "isfinite", "isposinf", "isneginf", "isreal", "signbit", "is_nonzero", "any", "all",
        "logical_and", "logical_or", "logical_xor", "logical_not",
        "bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_not", "bitwise_left_shift", "bitwise_right_shift", "gcd",
        "lcm",
        // Integer types. Quantisers named "fake" are not here: they pass the gradient straight through.
        "bool", "quantize_per_tensor", "quantize_per_channel", "int_repr",
        // Out of the graph.
        "detach", "item", "data", "tolist", "numpy", "ToScalar", "storage", "WriteBytesToStream",
        "ToBoolean", "ToByte", "ToSByte", "ToInt16", "ToInt32", "ToInt64", "ToHalf", "ToBFloat16", "ToSingle",
        "ToDouble", "ToComplex32", "ToComplex64",
        "ToComplexFloat32", "ToComplexFloat64",
        // Distributions' gradient stops at their parameters.
        "bernoulli", "binomial", "multinomial", "poisson", "normal", "sample",
    ];

    /// <summary>Functions that give values and, in second place, their positions.</summary>
    public static readonly HashSet<string> WithPositions =
    [
        "max", "min", "topk", "sort", "kthvalue", "median", "mode", "cummax", "cummin",
        "max_pool1d_with_indices", "max_pool2d_with_indices", "max_pool3d_with_indices",
    ];

    /// <summary>Functions that only use the shape of what they are given.</summary>
    public static readonly HashSet<string> Filling =
    [
        "zeros_like", "ones_like", "empty_like", "full_like", "rand_like", "randn_like", "randint_like", "new_zeros",
        "new_ones", "new_empty", "new_full",
        "zeros", "ones", "empty", "full", "eye", "arange", "rand", "randn", "randint", "randperm",
    ];

    /// <summary>Functions that draw random numbers whatever the mode is.</summary>
    public static readonly HashSet<string> Drawing =
    [
        "rand", "rand_like", "rand_out", "rand_float", "randn", "randn_like", "randn_out", "randn_float", "randint",
        "randint_like", "randint_out",
        "randint_bool", "randint_int", "randint_long", "randperm", "randperm_out", "bernoulli", "binomial",
        "multinomial", "poisson", "normal", "sample", "rsample",
        // Pools over regions that are drawn in every call.
        "fractional_max_pool2d", "fractional_max_pool3d", "fractional_max_pool2d_with_indices",
        "fractional_max_pool3d_with_indices",
    ];

    /// <summary>Modules that draw random numbers whatever the mode is.</summary>
    public static readonly HashSet<string> DrawingModules = ["FractionalMaxPool2d", "FractionalMaxPool3d"];

    /// <summary>Transforms of torchvision that draw random numbers whatever the mode is, by their names.</summary>
    public static bool IsDrawingTransform(string name) =>
        name.StartsWith("Rand", StringComparison.Ordinal) || name is "AutoAugment" or "ColorJitter";

    /// <summary>
    /// Methods that fill a tensor with random numbers in place; the functions of the same names without the underscore,
    /// too.
    /// </summary>
    public static readonly HashSet<string> DrawingInPlace =
        ["normal_", "uniform_", "bernoulli_", "random_", "exponential_", "geometric_", "cauchy_", "log_normal_"];

    /// <summary>Functions that draw where an argument called "training" is true.</summary>
    public static readonly HashSet<string> DrawingInTraining =
        ["dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout"];

    /// <summary>Functions, and modules of the same names in capitals, that are flat for all but small inputs.</summary>
    public static readonly HashSet<string> Saturating =
        ["softmax", "log_softmax", "softmax2d", "softmin", "sigmoid", "logsigmoid", "log_sigmoid", "expit", "tanh"];

    public static readonly Dictionary<string, string> SaturatingModules = new()
    {
        ["Softmax"] = "softmax", ["Softmax2d"] = "softmax2d", ["Softmin"] = "softmin", ["LogSoftmax"] = "log_softmax",
        ["Sigmoid"] = "sigmoid", ["LogSigmoid"] = "log_sigmoid", ["Tanh"] = "tanh",
    };

    /// <summary>Functions whose values are probabilities of classes.</summary>
    public static readonly HashSet<string> Normalizing = ["softmax", "softmin"];

    /// <summary>Functions that leave the numbers as they are.</summary>
    public static readonly HashSet<string> Passing =
    [
        "alias", "clone", "contiguous", "to", "cpu", "cuda", "view", "reshape", "squeeze", "unsqueeze", "flatten",
        "permute", "transpose", "expand",
        "MoveToOuterDisposeScope", "MoveToOtherDisposeScope", "DetachFromDisposeScope", "requires_grad", "float",
        "type", "to_type", "double",
    ];

    /// <summary>Functions whose result shares memory with what they are given.</summary>
    public static readonly HashSet<string> Viewing = [
        "narrow", "select", "slice", "view", "squeeze", "unsqueeze", "diagonal", "t", "transpose", "permute", "index",
        "alias", "flatten", "expand"];

    /// <summary>Of these, the functions whose result shows all of what they are given.</summary>
    public static readonly HashSet<string> ViewingAll =
        ["view", "squeeze", "unsqueeze", "t", "transpose", "permute", "alias", "flatten"];

    /// <summary>The element types that have no gradient, but for Bool.</summary>
    public static readonly HashSet<string> IntegerTypes = [
        "Byte", "Int8", "Int16", "Int32", "Int64", "uint8", "int8", "int16", "int32", "int64", "long", "int", "short"];

    public static readonly HashSet<string> BooleanTypes = ["Bool", "bool"];

    public static readonly HashSet<string> ScopesWithoutGradient = ["no_grad", "inference_mode", "set_grad_enabled"];
}
