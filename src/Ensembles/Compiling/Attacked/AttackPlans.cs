using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>Plans in the place of a defense's components while it is under attack. Components that no plan can stand in for are called themselves.</summary>
/// <remarks>A plan is made when its component is first called while the plans are in use.</remarks>
/// <param name="withGradient">Whether gradients to the images are asked for.</param>
sealed class AttackPlans(bool withGradient) : IDisposable
{
    [ThreadStatic]
    static AttackPlans? inUse;

    readonly Dictionary<Module<Tensor, Tensor>, AttackPlan?> plans = new(ReferenceEqualityComparer.Instance);

    /// <summary>Whether anything has answered in the place of a component.</summary>
    public bool Any => plans.Values.Any(plan => plan is { HasAnswered: true });

    /// <summary>What a component gives for images [N, C, H, W]: by its plan where the plans in use on this thread have one, or by itself.</summary>
    public static Tensor Call(Module<Tensor, Tensor> component, Tensor images) => inUse is { } plans ? plans.Run(component, images) : component.call(images);

    /// <summary>Uses these plans on this thread until the result is disposed.</summary>
    public IDisposable Use() => new Usage(this);

    Tensor Run(Module<Tensor, Tensor> component, Tensor images)
    {
        // What the component calls inside is its own business.
        using var none = new Usage(null);
        if (!plans.TryGetValue(component, out var plan))
            plans.Add(component, plan = AttackPlan.Of(component, images, withGradient));
        return plan?.Run(images) ?? component.call(images);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var plan in plans.Values)
            plan?.Dispose();
        plans.Clear();
    }

    sealed class Usage : IDisposable
    {
        readonly AttackPlans? before = inUse;

        public Usage(AttackPlans? plans) => inUse = plans;

        public void Dispose() => inUse = before;
    }
}
