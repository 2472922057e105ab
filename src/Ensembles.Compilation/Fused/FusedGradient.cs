using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// A fused layer for autograd: values from its forward pass, gradients to its input from its backward pass.
/// </summary>
sealed class FusedGradient : autograd.SingleTensorFunction<FusedGradient>
{
    const string Layer = "layer";

    public override string Name => nameof(FusedGradient);

    /// <summary>What the layer gives for <paramref name="x"/>.</summary>
    public static Tensor Of(Tensor x, FusedLayer layer) => apply(x, layer);

    public override Tensor forward(autograd.AutogradContext context, params object[] arguments)
    {
        var layer = (FusedLayer)arguments[1];
        var (y, marks) = layer.RunMarked((Tensor)arguments[0]);
        context.save_for_backward([marks]);
        context.save_data(Layer, layer);
        return y;
    }

    public override List<Tensor> backward(autograd.AutogradContext context, Tensor gradient)
    {
        var marks = context.get_saved_variables()[0];
        return [((FusedLayer)context.get_data(Layer)).Back(gradient, marks), null!];
    }
}
