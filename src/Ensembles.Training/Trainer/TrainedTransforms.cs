using TorchSharp.Modules;

namespace Ensembles.Training;

/// <summary>Trains the transforms before a network, those of them that are trained, before the network is.</summary>
static class TrainedTransforms
{
    /// <summary>
    /// Trains a transform, or those in a chain one after the other, each on what those before make of the images, and
    /// freezes their parameters. One whose parameters are frozen already stays as it is.
    /// </summary>
    /// <param name="transform">What stands before the network; null for nothing.</param>
    /// <param name="training">Clean training images.</param>
    /// <param name="options">The network's; checkpoints stand beside its own.</param>
    public static void Train(InputTransform? transform, ILabeledImages training, TrainingOptions options)
    {
        if (transform is null)
            return;
        InputTransform[] all =
            transform is TransformChain chain ? [.. chain.Layers.Cast<InputTransform>()] : [transform];
        List<InputTransform> before = options.Front is { } front ? [front] : [];
        for (var i = 0; i < all.Length; i++)
        {
            Parameter[] parameters = [.. all[i].parameters()];
            if (all[i] is ITrainable trained && (parameters.Length == 0 || parameters.Any(p => p.requires_grad)))
            {
                trained.Train(training, Of(i).Behind([.. before]));
                foreach (var parameter in parameters)
                    parameter.requires_grad = false;
            }
            before.Add(all[i]);
        }

        TrainingOptions Of(int place) => options with
        {
            Validation = null,
            CheckpointPath = options.CheckpointPath is { } path ? $"{path}.transform{place}" : null,
            Progress = options.Progress is { } whole
                ? new ImmediateProgress<TrainingProgress>(p => whole.Report(p with { Stage = $"transform: {p.Stage}" }))
                : null,
        };
    }
}
