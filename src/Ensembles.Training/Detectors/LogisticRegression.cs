using static TorchSharp.torch;

namespace Ensembles.Training;

/// <summary>Logistic regression by Newton's method, in float64.</summary>
static class LogisticRegression
{
    const int MostSteps = 50;
    const double Smallest = 1e-10;

    /// <summary>Keeps the weights finite where the classes can be separated without error.</summary>
    const double Ridge = 1e-3;

    /// <summary>
    /// The weights [F] and the bias [1], float32, that minimise mean_i log(1 + exp(-s_i (w.x_i + b))) + ridge/2 |w|^2
    /// with s_i = +-1.
    /// </summary>
    /// <param name="inputs">Float32 [N, F], of comparable scale.</param>
    /// <param name="positive">Bool [N].</param>
    public static (Tensor Weights, Tensor Bias) Fit(Tensor inputs, Tensor positive)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var x = cat([inputs, ones(inputs.size(0), 1, device: inputs.device)], 1).to_type(ScalarType.Float64);
        var y = positive.to_type(ScalarType.Float64);
        var ridge = eye(x.size(1), dtype: ScalarType.Float64, device: x.device) * Ridge;
        ridge[-1, -1].zero_();

        // Newton's step, halved until it does not climb, so that it also converges from afar.
        var w = zeros(x.size(1), dtype: ScalarType.Float64, device: x.device);
        for (var i = 0; i < MostSteps; i++)
        {
            var p = x.matmul(w).sigmoid();
            var gradient = (x.t().matmul(p - y) / x.size(0)) + ridge.matmul(w);
            var hessian = ((x * (p * (1 - p)).unsqueeze(1)).t().matmul(x) / x.size(0)) + ridge;
            var step = linalg.solve(hessian, gradient);
            var before = Loss(w);
            while (Loss(w - step) > before && step.abs().max().item<double>() > Smallest)
                step /= 2;
            w -= step;
            if (step.abs().max().item<double>() <= Smallest)
                break;
        }

        double Loss(Tensor w)
        {
            var signed = x.matmul(w) * (1 - (2 * y));
            return ((nn.functional.softplus(signed).mean()) + (w.dot(ridge.matmul(w)) / 2)).item<double>();
        }

        w = w.to_type(ScalarType.Float32);
        return (
            w.narrow(0, 0, inputs.size(1)).MoveToOuterDisposeScope(),
            w.narrow(0, inputs.size(1), 1).MoveToOuterDisposeScope());
    }
}
