using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>Where the classes lie in the space of penultimate features h(x).</summary>
/// <param name="WithinDistance">mean_i |h_i - c_{y_i}|: how far images lie from their class center.</param>
/// <param name="CenterDistance">min_{j != k} |c_j - c_k|: how far the two nearest class centers are apart.</param>
/// <param name="Spread">sqrt(mean_i |h_i - mean h|^2): the size of the whole cloud.</param>
sealed record ClassGeometry(double WithinDistance, double CenterDistance, double Spread)
{
    /// <exception cref="ArgumentException">
    /// A module that shows no features, or images of fewer than two classes.
    /// </exception>
    public static ClassGeometry Of(Module<Tensor, Tensor> module, LabeledImages images, string argument)
    {
        if (module is not IFeatureExtractor extractor)
            throw new ArgumentException(
                $"This strength is measured on penultimate features, which {module.GetType().Name} does not show: "
                    + $"let it implement {nameof(IFeatureExtractor)}.", argument);

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var features = InBatches.Map(images.Images, extractor.features)
            .view(images.Count, -1)
            .to_type(ScalarType.Float64);

        var centers = new List<Tensor>();
        var distances = new List<Tensor>();
        for (var label = 0; label < images.ClassCount; label++)
        {
            var members = features[images.Labels.eq(label)];
            // The only image of a class would be its own center.
            if (members.size(0) < 2)
                continue;
            var center = members.mean([0], keepdim: true);
            centers.Add(center);
            distances.Add(Rows.Lengths(members - center));
        }
        if (centers.Count < 2)
            throw new ArgumentException(
                "Class centers need at least two images of at least two classes.", nameof(images));

        var between = cdist(cat(centers), cat(centers));
        var others = eye(centers.Count, dtype: ScalarType.Bool, device: between.device).logical_not();
        return new ClassGeometry(
            cat(distances).mean().item<double>(),
            between[others].min().item<double>(),
            Math.Sqrt((features - features.mean([0], keepdim: true)).square().sum([1]).mean().item<double>()));
    }
}
