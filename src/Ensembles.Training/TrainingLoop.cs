using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>The loss of a batch, a scalar that is differentiable in the parameters, and the logits [N, K] it came from.</summary>
/// <param name="Loss">Scalar.</param>
/// <param name="Logits">Float32 [N, K], for the training accuracy.</param>
public readonly record struct BatchLoss(Tensor Loss, Tensor Logits);

/// <summary>
/// The training loop of every defense here, for your own too: Adam at a falling rate, an order of batches and a state of torch's
/// generator that follow from the seed and the epoch alone, and a checkpoint after every epoch.
/// </summary>
public static class TrainingLoop
{
    /// <summary>Trains a module with cross-entropy.</summary>
    /// <inheritdoc cref="Run"/>
    public static void RunCrossEntropy(Module<Tensor, Tensor> module, LabeledImages training, TrainingOptions options, string recipe, string stage = "network") =>
        Run(module, training, options, recipe, (images, labels) =>
        {
            var logits = module.call(images);
            return new BatchLoss(functional.cross_entropy(logits, labels), logits);
        }, stage);

    /// <summary>Trains a module's parameters and leaves it in evaluation mode.</summary>
    /// <param name="module">The module; its checkpoints hold all its parameters and buffers.</param>
    /// <param name="training">Clean training images; batches move to the module's device.</param>
    /// <param name="options">Seed, length, progress, cancellation, checkpoint.</param>
    /// <param name="recipe">The defense with its hyperparameters. A checkpoint made with another recipe is refused.</param>
    /// <param name="batchLoss">The loss of images [N, C, H, W] with labels [N], in training mode. Tensors it makes are disposed after the batch.</param>
    /// <param name="stage">What is being trained, for progress.</param>
    /// <param name="finish">What is fitted, in evaluation mode, after the last epoch and before its checkpoint, which then holds it.</param>
    /// <exception cref="ArgumentException">No images, or a module without parameters.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    /// <exception cref="InvalidOperationException">The loss stopped being a number, or the checkpoint belongs to another run.</exception>
    public static void Run(Module module, LabeledImages training, TrainingOptions options, string recipe, Func<Tensor, Tensor, BatchLoss> batchLoss, string stage = "network", Action? finish = null)
    {
        options.ThrowIfInvalid();
        if (training.Count == 0)
            throw new ArgumentException("There are no training images.", nameof(training));
        var parameters = module.named_parameters().Where(p => p.parameter.requires_grad).ToArray();
        if (parameters.Length == 0)
            throw new ArgumentException($"{module.GetName()} has no parameters to train.", nameof(module));

        using var optimizer = new Adam(parameters.Select(p => p.parameter).ToArray(), options.LearningRate);
        var checkpoint = new TrainingCheckpoint(module, optimizer, [.. parameters.Select(p => p.name)], training, options, recipe);
        try
        {
            for (var epoch = checkpoint.Resume() + 1; epoch <= options.Epochs; epoch++)
            {
                module.train();
                // From the rate asked for down to rate / epochs: the last epochs settle what the first ones found.
                foreach (var group in optimizer.ParamGroups)
                    group.LearningRate = options.LearningRate * (options.Epochs - epoch + 1) / options.Epochs;
                TrainEpoch(epoch, parameters[0].parameter.device);
                if (epoch == options.Epochs)
                {
                    module.eval();
                    finish?.Invoke();
                }

                checkpoint.Save(epoch);
            }
        }
        finally
        {
            module.eval();
        }

        void TrainEpoch(int epoch, Device device)
        {
            var seed = TrainingOptions.SeedOf(options.Seed, epoch);
            random.manual_seed(seed);
            var batches = (training.Count + options.BatchSize - 1) / options.BatchSize;
            var (batch, seen, right, lossSum) = (0, 0L, 0L, 0.0);
            foreach (var (images, labels) in training.Batches(options.BatchSize, seed))
            {
                options.Cancellation.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                using var gradient = enable_grad();
                var target = labels.to(device);
                var (loss, logits) = batchLoss(images.to(device), target);
                var value = loss.item<float>();
                batch++;
                if (!float.IsFinite(value))
                    throw new InvalidOperationException(
                        $"The training loss became {value} in epoch {epoch}, batch {batch}. Lower the learning rate, which is {options.LearningRate}, or check the images.");

                optimizer.zero_grad();
                loss.backward();
                optimizer.step();

                seen += images.size(0);
                right += logits.argmax(1).eq(target).sum().item<long>();
                lossSum += value;
                options.Progress?.Report(new TrainingProgress(stage, epoch, options.Epochs, batch, batches, lossSum / batch, (double)right / seen));
            }
        }
    }
}
