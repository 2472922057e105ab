namespace Ensembles.Graphs;

/// <summary>Functions of each element by itself, under torch's names and with torch's meaning.</summary>
public sealed partial record Term
{
    /// <summary>max(x, 0).</summary>
    public Term relu() => Of(UnaryFunction.Relu);

    /// <summary>x between 0 and 6.</summary>
    public Term relu6() => Of(new Clip(0, 6));

    /// <summary>x where it is positive, a part of x where not.</summary>
    public Term leaky_relu(double negative_slope = 0.01) => Of(new LeakyRelu((float)negative_slope));

    /// <summary>x where it is positive, alpha (exp(x) - 1) where not.</summary>
    public Term elu(double alpha = 1) => Of(new Elu((float)alpha));

    /// <summary>Elu with the numbers that keep means and variances.</summary>
    public Term selu() => Of(new Selu());

    /// <summary>x where it is positive, alpha (exp(x / alpha) - 1) where not.</summary>
    public Term celu(double alpha) => (this / alpha).elu() * alpha;

    /// <summary>x where it is positive, a weight times x where not: a weight for all, or each channel's.</summary>
    public Term prelu(Term weight) => Of(new PRelu(), weight.Shape.Count == 1 && Shape.Count > 2
        ? weight.reshape([-1, .. Shape.Skip(2).Select(_ => new Dimension(1))])
        : weight);

    /// <summary>The logarithm of the sigmoid.</summary>
    public Term logsigmoid() => -(-this).softplus();

    /// <summary>The half of a dimension times the sigmoid of its other half.</summary>
    public Term glu(long dim = -1)
    {
        var halves = chunk(2, dim);
        return halves[0] * halves[1].sigmoid();
    }

    /// <summary>x Phi(x).</summary>
    public Term gelu() => Of(new Gelu());

    /// <summary>x sigmoid(x).</summary>
    public Term silu() => this * sigmoid();

    /// <summary>x tanh(log(1 + exp(x))).</summary>
    public Term mish() => Of(UnaryFunction.Mish);

    /// <summary>x max(0, min(1, x / 6 + 1/2)).</summary>
    public Term hardswish() => Of(UnaryFunction.HardSwish);

    /// <summary>max(0, min(1, x / 6 + 1/2)).</summary>
    public Term hardsigmoid() => Of(new HardSigmoid(1f / 6));

    /// <summary>x between two numbers.</summary>
    public Term hardtanh(double min_val = -1, double max_val = 1) => Of(new Clip(min_val, max_val));

    /// <summary>log(1 + exp(x)).</summary>
    public Term softplus() => Of(UnaryFunction.Softplus);

    /// <summary>x / (1 + |x|).</summary>
    public Term softsign() => Of(UnaryFunction.Softsign);

    /// <summary>1 / (1 + exp(-x)).</summary>
    public Term sigmoid() => Of(UnaryFunction.Sigmoid);

    /// <summary>The hyperbolic tangent.</summary>
    public Term tanh() => Of(UnaryFunction.Tanh);

    /// <summary>The error function.</summary>
    public Term erf() => Of(UnaryFunction.Erf);

    /// <summary>e to the power of x.</summary>
    public Term exp() => Of(UnaryFunction.Exp);

    /// <summary>The natural logarithm.</summary>
    public Term log() => Of(UnaryFunction.Log);

    /// <summary>The square root.</summary>
    public Term sqrt() => Of(UnaryFunction.Sqrt);

    /// <summary>1 over the square root.</summary>
    public Term rsqrt() => sqrt().reciprocal();

    /// <summary>1 / x.</summary>
    public Term reciprocal() => Of(UnaryFunction.Reciprocal);

    /// <summary>x x.</summary>
    public Term square() => this * this;

    /// <summary>-x.</summary>
    public Term neg() => -this;

    /// <summary>|x|.</summary>
    public Term abs() => Of(UnaryFunction.Abs);

    /// <summary>-1, 0 or 1.</summary>
    public Term sign() => Of(UnaryFunction.Sign);

    /// <summary>The next whole number below.</summary>
    public Term floor() => Of(UnaryFunction.Floor);

    /// <summary>The next whole number above.</summary>
    public Term ceil() => Of(UnaryFunction.Ceil);

    /// <summary>The nearest whole number, the even one of two.</summary>
    public Term round() => Of(UnaryFunction.Round);

    /// <summary>x between two numbers, where they are given.</summary>
    public Term clamp(double? min = null, double? max = null) => Of(new Clip(min, max));

    /// <summary>x, or a number where it is larger.</summary>
    public Term clamp_min(double min) => Of(new Clip(min));

    /// <summary>x, or a number where it is smaller.</summary>
    public Term clamp_max(double max) => Of(new Clip(null, max));

    /// <summary>x to the power of a number.</summary>
    public Term pow(double exponent) => With(BinaryFunction.Pow, Number(exponent));

    /// <summary>x to the power of another value.</summary>
    public Term pow(Term exponent) => With(BinaryFunction.Pow, exponent);

    /// <summary>The sum with another value.</summary>
    public Term add(Term target) => this + target;

    /// <summary>The sum with a multiple of another value.</summary>
    public Term add(Term target, double alpha) => this + target * alpha;

    /// <summary>The sum with a number.</summary>
    public Term add(double scalar) => this + scalar;

    /// <summary>The difference to another value.</summary>
    public Term sub(Term target) => this - target;

    /// <summary>The difference to a number.</summary>
    public Term sub(double target) => this - target;

    /// <summary>The product with another value.</summary>
    public Term mul(Term target) => this * target;

    /// <summary>The product with a number.</summary>
    public Term mul(double target) => this * target;

    /// <summary>The quotient by another value.</summary>
    public Term div(Term target) => this / target;

    /// <summary>The quotient by a number.</summary>
    public Term div(double target) => this / target;

    /// <summary>The larger of the two.</summary>
    public Term maximum(Term other) => With(BinaryFunction.Max, other);

    /// <summary>The smaller of the two.</summary>
    public Term minimum(Term other) => With(BinaryFunction.Min, other);

    /// <summary>Whether they are equal.</summary>
    public Term eq(Term right) => With(BinaryFunction.Equal, right);

    /// <summary>Whether it is a number.</summary>
    public Term eq(double right) => eq(Number(right));

    /// <summary>Whether it is greater.</summary>
    public Term gt(Term right) => With(BinaryFunction.Greater, right);

    /// <summary>Whether it is greater than a number.</summary>
    public Term gt(double right) => gt(Number(right));

    /// <summary>Whether it is greater or equal.</summary>
    public Term ge(Term right) => With(BinaryFunction.GreaterOrEqual, right);

    /// <summary>Whether it is at least a number.</summary>
    public Term ge(double right) => ge(Number(right));

    /// <summary>Whether it is less.</summary>
    public Term lt(Term right) => With(BinaryFunction.Less, right);

    /// <summary>Whether it is less than a number.</summary>
    public Term lt(double right) => lt(Number(right));

    /// <summary>Whether it is less or equal.</summary>
    public Term le(Term right) => With(BinaryFunction.LessOrEqual, right);

    /// <summary>Whether it is at most a number.</summary>
    public Term le(double right) => le(Number(right));

    /// <summary>x where a condition holds, y where not.</summary>
    public static Term where(Term condition, Term x, Term y) => x.Where(condition, y);

    /// <summary>exp(x) over its sum along a dimension.</summary>
    public Term softmax(long dim) => Of(new Softmax(dim));

    /// <summary>exp(-x) over its sum along a dimension.</summary>
    public Term softmin(long dim) => (-this).softmax(dim);

    /// <summary>The logarithm of the softmax.</summary>
    public Term log_softmax(long dim) => Of(new LogSoftmax(dim));

    /// <summary>The same numbers in another type.</summary>
    public Term to_type(TorchSharp.torch.ScalarType type) => Value.Type.Type == type ? this : Of(new Cast(type));

    /// <inheritdoc cref="to_type"/>
    public Term to(TorchSharp.torch.ScalarType type) => to_type(type);

    /// <summary>The same value: nobody writes into a graph's.</summary>
    public Term alias() => this;

    /// <inheritdoc cref="alias"/>
    public Term clone() => this;

    /// <inheritdoc cref="alias"/>
    public Term contiguous() => this;
}
