using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>Finds members an attack would be blind to, before the first step.</summary>
static class GradientCheck
{
    /// <summary>What a user can do about a gradient that is zero.</summary>
    public const string Advice =
        "A part that rounds, thresholds, quantises or takes an argmax needs a stand-in: implement INonDifferentiable on it and compose it " +
        "with call(images), not forward(images), so that the surrogate's gradient takes part.";

    /// <summary>
    /// Throws when a member's logits have a zero gradient on all the clean images, and on as many images of noise: the members with
    /// a gradient would hide it, and the ensemble would seem to gain from it.
    /// </summary>
    /// <exception cref="ZeroGradientException">Names the members.</exception>
    public static void ThrowIfMemberHasNone(Victim victim, Tensor images, Tensor labels)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(0);
        var blind = Blind(victim, images, labels);
        if (blind.Length > 0)
            blind = [.. blind.Intersect(Blind(victim, rand(images.shape, generator: generator).to(images.device), labels))];
        if (blind.Length == 0)
            return;

        string[] surrogates = [.. victim.Surface.Modules.Where(m => m is INonDifferentiable).Select(m => m.GetType().Name).Distinct()];
        throw new ZeroGradientException(
            $"The gradient of {string.Join(" and ", blind.Select(b => $"member {b}"))} with respect to the images is zero on every image: the gradient is masked, or the logits " +
            $"do not depend on the image. {Advice} Surrogates this defense declares: {(surrogates.Length == 0 ? "none" : string.Join(", ", surrogates))}.");
    }

    static string[] Blind(Victim victim, Tensor images, Tensor labels)
    {
        using var scope = NewDisposeScope();
        var leaf = images.detach().clone().requires_grad_(true);
        var output = victim.Evaluate(leaf, draws: 1, seed: 0);
        return [.. victim.Surface.Members.Where((_, m) =>
        {
            // The logits' margin has a gradient where probabilities and cross-entropy have saturated.
            var gradient = Victim.Gradient(SurfaceView.Lead(output.MemberLogits[m], labels), leaf);
            return !gradient.ne(0).any().item<bool>();
        })];
    }
}
