using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>
/// Plans in the place of a defense's components while it is under attack. Components that no plan can stand in for are
/// called themselves.
/// </summary>
/// <remarks>A plan is made when its component is first called.</remarks>
/// <param name="withGradient">Whether gradients to the images are asked for.</param>
/// <param name="whileTrained">Whether the components' weights change between calls; see <see cref="Refresh"/>.</param>
sealed class AttackPlans(bool withGradient, bool whileTrained = false) : IDisposable
{
    readonly Dictionary<Module<Tensor, Tensor>, AttackPlan?> plans = new(ReferenceEqualityComparer.Instance);

    /// <summary>Whether any plan has answered in the place of a component.</summary>
    public bool Any => plans.Values.Any(plan => plan is { HasAnswered: true });

    /// <summary>What a component gives for images [N, C, H, W]: by its plan where it has one, or by itself.</summary>
    public Tensor Call(Module<Tensor, Tensor> component, Tensor images)
    {
        if (!plans.TryGetValue(component, out var plan))
            plans.Add(component, plan = AttackPlan.Of(component, images, withGradient, whileTrained));
        return plan?.Run(images) ?? Draws.Answer(component, images);
    }

    /// <summary>Takes the weights that a component has now.</summary>
    public void Refresh(Module<Tensor, Tensor> component) => plans.GetValueOrDefault(component)?.Refresh();

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var plan in plans.Values)
            plan?.Dispose();
        plans.Clear();
    }
}
