using Ensembles.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses.Tests.Fixtures;

/// <summary>Small members, images and gates, and the votes on a grid around images.</summary>
static class SmallVotes
{
    /// <summary>How many images there are.</summary>
    public const int Count = 8;

    const int Steps = 5;

    public static Tensor SomeImages()
    {
        manual_seed(11);
        return 0.15 + (0.7 * rand(Count, 1, 2, 2));
    }

    /// <summary>4 pixels, 8 hidden units, 3 classes.</summary>
    public static UndefendedClassifier Member(int seed)
    {
        manual_seed(20 + seed);
        var member = new UndefendedClassifier(new MlpFactory(1, 2, 3, 8));
        using var noGradient = no_grad();
        foreach (var parameter in member.parameters())
            parameter.mul_(2.5);
        // No class wins everywhere.
        member.named_parameters().Single(p => p.name.EndsWith("output.bias", StringComparison.Ordinal)).parameter
            .sub_(member.call(rand(200, 1, 2, 2)).mean([0]));
        member.eval();
        return member;
    }

    public static Tensor Decide(Components components, Tensor images)
    {
        using var noGradient = no_grad();
        return AttackSurface.FromComponents(() => components).Evaluate(images, 1).Labels;
    }

    /// <summary>Whether each image keeps its label on a grid over its ball, corners among the points.</summary>
    public static Tensor Kept(
        Components components, Tensor images, Tensor labels, Tensor radii, bool orRejected = false)
    {
        var axis = linspace(-1, 1, Steps);
        var directions = cartesian_prod([axis, axis, axis, axis]).view(-1, 1, 1, 2, 2);
        var points = (images + (directions * radii.to_type(ScalarType.Float32).view(1, -1, 1, 1, 1))).clamp(0, 1);
        var found = Decide(components, points.flatten(0, 1)).view(-1, images.size(0));
        var kept = found.eq(labels);
        return (orRejected ? kept.logical_or(found.eq(Decision.Reject)) : kept).all(0);
    }

    /// <summary>The mean of the pixels, as a layer that bounds know.</summary>
    public sealed class Brightness : Detector, ILayered
    {
        public Brightness() : base(nameof(Brightness))
        {
        }

        public IReadOnlyList<Module<Tensor, Tensor>> Layers { get; } = [AdaptiveAvgPool2d([1, 1]), Flatten(0)];

        public override Tensor forward(Tensor images) => images.mean([1, 2, 3]);
    }

    /// <summary>The same, and nobody knows.</summary>
    public sealed class Opaque() : Detector(nameof(Opaque))
    {
        public override Tensor forward(Tensor images) => images.mean([1, 2, 3]);
    }
}
