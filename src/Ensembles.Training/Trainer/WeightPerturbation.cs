using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>
/// Adversarial weight perturbation (Wu et al. 2020): the loss is taken where the weights have moved against training,
/// w_l + v_l with v_l = gamma ||w_l|| g_l / ||g_l|| for each layer l, g_l being the gradient of the loss on the same
/// images; the step that follows starts from w again. Weights are the parameters of two or more dimensions, of the
/// network and of the head that a loss brings in the place of the network's own.
/// </summary>
/// <param name="gamma">How far a layer moves, in shares of its norm; 0 or more.</param>
public sealed class WeightPerturbation(double gamma = 5e-3)
{
    /// <summary>How far a layer moves, in shares of its norm.</summary>
    public double Gamma { get; } = gamma is >= 0 and < double.PositiveInfinity
        ? gamma
        : throw new ArgumentOutOfRangeException(nameof(gamma), gamma, "A share is 0 or more, and finite.");

    /// <summary>The loss at the moved weights, differentiable in the parameters; the weights are as before.</summary>
    /// <param name="deciding">Whose weights move: what makes logits of images.</param>
    /// <param name="whole">The module in training; buffers change as by one call of the loss.</param>
    /// <param name="loss">
    /// The loss of the batch, whose images are perturbed already, at the weights of the moment. Called twice.
    /// </param>
    public BatchLoss Of(IReadOnlyList<Module> deciding, Module whole, Func<BatchLoss> loss)
    {
        using var scope = NewDisposeScope();
        Parameter[] parameters = [.. whole.parameters().Where(p => p.requires_grad)];
        Tensor[] buffers = [.. whole.buffers()];
        var before = Copies(buffers);
        var gradients = Gradients(loss().Loss, parameters);
        CopyInto(buffers, before);

        var own = deciding.SelectMany(m => m.parameters()).Select(p => p.Handle).ToHashSet();
        int[] moved = [.. Enumerable.Range(0, parameters.Length).Where(
            i => parameters[i].dim() >= 2 && own.Contains(parameters[i].Handle) && gradients[i] is not null)];
        Tensor[] weights = [.. moved.Select(i => parameters[i])];
        var kept = Copies(weights);
        try
        {
            foreach (var i in moved)
                Move(parameters[i], gradients[i]!);
            var (value, logits) = loss();
            return new BatchLoss(
                Linear(value, parameters, Gradients(value, parameters)).MoveToOuterDisposeScope(),
                logits.detach().MoveToOuterDisposeScope());
        }
        finally
        {
            CopyInto(weights, kept);
        }
    }

    void Move(Parameter weight, Tensor gradient)
    {
        using var noGradient = no_grad();
        var norm = gradient.norm().item<float>();
        if (norm > 0)
            weight.add_(gradient * (Gamma * weight.norm().item<float>() / norm));
    }

    /// <summary>
    /// A loss with this value and these gradients at the weights as they will be when they are back: L + sum_i (w_i -
    /// [w_i]) . g_i, brackets holding what they enclose fixed.
    /// </summary>
    static Tensor Linear(Tensor value, Parameter[] parameters, Tensor?[] gradients)
    {
        var loss = value.detach();
        for (var i = 0; i < parameters.Length; i++)
        {
            if (gradients[i] is { } gradient)
                loss = loss + ((parameters[i] - parameters[i].detach()) * gradient).sum();
        }

        return loss;
    }

    static Tensor?[] Gradients(Tensor loss, Parameter[] parameters) =>
    [
        .. autograd.grad([loss], parameters, allow_unused: true).Select(g => g is { IsInvalid: false } ? g : null),
    ];

    static Tensor[] Copies(Tensor[] tensors) => Array.ConvertAll(tensors, t => t.detach().clone());

    static void CopyInto(Tensor[] tensors, Tensor[] values)
    {
        using var noGradient = no_grad();
        for (var i = 0; i < tensors.Length; i++)
            tensors[i].copy_(values[i]);
    }
}
