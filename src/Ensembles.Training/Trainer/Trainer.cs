using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>
/// Trains modules: an order of batches and a state of torch's generator that follow from the seed and the epoch alone,
/// and a checkpoint after every epoch, so that a run that is killed at any moment and started again ends with the same
/// bits.
/// </summary>
/// <param name="module">What is trained; its checkpoint can be loaded with <see cref="Checkpoint.Load"/>.</param>
/// <param name="options">Seed, length, optimizer, progress, cancellation, checkpoint.</param>
public sealed class Trainer(Module module, TrainingOptions options)
{
    readonly List<(string Name, Module Module, TrainingOptimizer Optimizer)> others = [];

    /// <summary>What is being trained, for progress.</summary>
    public string Stage { get; init; } = "network";

    /// <summary>
    /// What the result depends on beside the module and the options, for example a loss or a perturbation that are no
    /// properties of the module. A checkpoint made with others is refused.
    /// </summary>
    public IReadOnlyList<object> Recipe { get; init; } = [];

    /// <summary>The classifier that validation measures; null for the module itself.</summary>
    public Module<Tensor, Tensor>? Validated { get; init; }

    /// <summary>
    /// What is fitted, in evaluation mode, when the weights are final and before their checkpoint, which then holds it.
    /// </summary>
    public Action? Finish { get; init; }

    /// <summary>
    /// Trains another module in the same run, or a part of the module by an optimizer of its own. The checkpoint holds
    /// both.
    /// </summary>
    /// <param name="name">A name for the checkpoint.</param>
    /// <param name="part">The other module, or one inside the module.</param>
    /// <param name="optimizer">Its optimizer; null for that of the options.</param>
    public Trainer With(string name, Module part, TrainingOptimizer? optimizer = null)
    {
        others.Add(($"{name}/", part, optimizer ?? options.Optimizer));
        return this;
    }

    /// <summary>Trains and leaves all modules in evaluation mode.</summary>
    /// <param name="training">
    /// Clean training images, in memory or read when a batch needs them; batches move to the module's device.
    /// </param>
    /// <param name="loss">
    /// The loss of a batch, in training mode. Tensors it makes are disposed of after the batch. It may be that of a
    /// single network or one over all members of an ensemble.
    /// </param>
    /// <exception cref="ArgumentException">No images, or a module without parameters.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    /// <exception cref="InvalidOperationException">
    /// The loss stopped being a number, or the checkpoint belongs to another run.
    /// </exception>
    public void Train(ILabeledImages training, Func<TrainingBatch, BatchLoss> loss)
    {
        options.ThrowIfInvalid();
        options.Validation?.ThrowIfInvalid();
        if (training.Count == 0)
            throw new ArgumentException("There are no training images.", nameof(training));

        var parts = Parts();
        var parameters = parts[0].Parameters;
        using var average = options.WeightAveraging is { } kept ? new WeightAverage(parameters, kept) : null;
        using var best = options.Validation is null ? null : new BestWeights(module);
        try
        {
            var checkpoint = new TrainingCheckpoint(
                options.CheckpointPath, options.CheckpointIsCache, module, parts, average, best, Identity(training));
            var (done, finished) = checkpoint.Resume();
            // What was fitted is of other weights from the first step on, also if this run is stopped.
            if (!finished && module is IFittedToImages { FittedTo: var fitted })
                fitted.Forget();
            for (var epoch = done + 1; !finished && epoch <= options.Epochs; epoch++)
            {
                parts.ForEach(p => p.Module.train());
                var device = parameters[0].Parameter.device;
                TrainEpoch(epoch, training, loss, parts, average, device);
                parts.ForEach(p => p.Module.eval());
                finished = IsOver(epoch, average, best, device);
                if (finished)
                    Settle(average, best);
                checkpoint.Save(epoch, finished);
            }
        }
        finally
        {
            parts.ForEach(p => p.Module.eval());
            parts.ForEach(p => p.Dispose());
        }
    }

    /// <summary>
    /// Fits a module that follows from the images in one go, without steps of an optimizer, and leaves it in evaluation
    /// mode. It draws from torch's generator, which is seeded; a finished checkpoint is loaded in its place.
    /// </summary>
    /// <param name="training">Clean training images.</param>
    /// <param name="fit">Fits the module, in evaluation mode, without gradients; what it makes is disposed of.</param>
    /// <exception cref="ArgumentException">No images.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    /// <exception cref="InvalidOperationException">The checkpoint belongs to another run.</exception>
    public void Fit(ILabeledImages training, Action fit)
    {
        options.ThrowIfInvalid();
        if (training.Count == 0)
            throw new ArgumentException("There are no training images.", nameof(training));

        module.eval();
        var checkpoint = new TrainingCheckpoint(
            options.CheckpointPath, options.CheckpointIsCache, module, [], average: null, best: null,
            Identity(training));
        if (checkpoint.Resume().Finished)
            return;
        using (NewDisposeScope())
        using (no_grad())
        {
            random.manual_seed(TrainingOptions.SeedOf(options.Seed, 1));
            fit();
        }

        checkpoint.Save(epoch: 1, finished: true);
    }

    /// <summary>
    /// The main part first; parameters that another part names, or a loss with an optimizer of its own, are theirs.
    /// </summary>
    List<TrainedPart> Parts()
    {
        var claimed = new HashSet<IntPtr>();
        var named = others.Concat(LossesWithOptimizers())
            .Select(o => new TrainedPart(o.Name, o.Module, o.Optimizer, options, claimed)).ToArray();
        return [new TrainedPart("", module, options.Optimizer, options, claimed), .. named];
    }

    IEnumerable<(string Name, Module Module, TrainingOptimizer Optimizer)> LossesWithOptimizers()
    {
        foreach (var (name, part) in module.named_modules())
        {
            if (part is TrainingLoss { Optimizer: { } optimizer })
                yield return ($"{name}/", part, optimizer);
        }
    }

    IReadOnlyDictionary<string, string> Identity(ILabeledImages training)
    {
        Module[] modules = [module, .. others.Select(o => o.Module)];
        var identity = TrainingIdentity.Of(
            modules,
            [
                ("Images", training), ("Options", options), (module.GetType().Name, module),
                .. others.SelectMany(o => new[] { (o.Name, (object)o.Module), ($"{o.Name}Optimizer", o.Optimizer) }),
                .. Recipe.Select((part, i) => ($"Recipe[{i}]", part)),
            ]);
        return options.CheckpointIsCache
            ? identity.Concat(TrainingIdentity.OfStart(modules, training, [.. Recipe, .. options.Hooks]))
                .ToDictionary()
            : identity;
    }

    void TrainEpoch(
        int epoch,
        ILabeledImages training,
        Func<TrainingBatch, BatchLoss> loss,
        List<TrainedPart> parts,
        WeightAverage? average,
        Device device)
    {
        var seed = TrainingOptions.SeedOf(options.Seed, epoch);
        random.manual_seed(seed);
        var sampling = options.Sampling ?? new ShuffledSampling();
        var batches = sampling.Batches(HostMemory.ReadLongs(training.Labels), options.BatchSize, seed);
        var (number, seen, right, lossSum) = (0, 0L, 0L, 0.0);
        foreach (var places in batches)
        {
            options.Cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            number++;
            var step = new TrainingStep(
                epoch, options.Epochs, number, batches.Count, Seeds.Of(options.Seed, epoch, number));
            using var shown = training.Select(places);
            var images = Augmented(shown.Images.to(device), step);
            var batch = new TrainingBatch(images, shown.Labels.to(device), step) { Training = training };
            var (value, logits) = TakeStep(batch, loss, parts);
            average?.Update();

            seen += images.size(0);
            right += logits.numel() == 0 ? 0 : logits.argmax(1).eq(batch.Labels).sum().item<long>();
            lossSum += value;
            options.Progress?.Report(new TrainingProgress(
                Stage, epoch, options.Epochs, number, batches.Count, lossSum / number, (double)right / seen));
        }
    }

    (float Loss, Tensor Logits) TakeStep(
        TrainingBatch batch, Func<TrainingBatch, BatchLoss> batchLoss, List<TrainedPart> parts)
    {
        foreach (var hook in options.Hooks)
            hook.BeforeLoss(batch);
        using var gradient = enable_grad();
        var result = batchLoss(batch);
        var (loss, logits) = result;
        var value = loss.item<float>();
        if (!float.IsFinite(value))
            throw new InvalidOperationException(
                $"The training loss became {value} in epoch {batch.Step.Epoch}, batch {batch.Step.Batch}. Lower the "
                + $"learning rate, which is {options.LearningRate}, or check the images.");

        parts.ForEach(p => p.ZeroGradients());
        loss.backward();
        foreach (var hook in options.Hooks)
            hook.BeforeUpdate(batch);
        var moved = parts.Where(p => result.Moved?.Contains(p.Module) ?? true).ToList();
        if (options.GradientClipping is { } most)
            GradientNorm.Clip(moved.SelectMany(p => p.Parameters.Select(q => q.Parameter)), most);
        moved.ForEach(p => p.Step(options.Schedule, batch.Step));
        return (value, logits);
    }

    Tensor Augmented(Tensor images, TrainingStep step)
    {
        for (var i = 0; i < options.Augmentations.Count; i++)
        {
            using var generator = new Generator((ulong)Seeds.Of(step.Seed, i));
            images = options.Augmentations[i].Apply(images, generator);
        }

        return images;
    }

    /// <summary>Measures the weights that the run would end with now, and says whether it ends.</summary>
    bool IsOver(int epoch, WeightAverage? average, BestWeights? best, Device device)
    {
        if (options.Validation is not { } validation || best is null)
            return epoch == options.Epochs;

        var classifier = Validated ?? module as Module<Tensor, Tensor>
            ?? throw new ArgumentException("Validation needs a classifier: set Trainer.Validated.");
        average?.Swap();
        best.Consider(validation.Measure(classifier, device, options.Seed, options.Cancellation));
        average?.Swap();
        return epoch == options.Epochs || best.EpochsSince >= validation.Patience;
    }

    /// <summary>Gives the module the weights that the run ends with.</summary>
    void Settle(WeightAverage? average, BestWeights? best)
    {
        if (best is not null)
            best.Restore();
        else
            average?.Swap();
        Finish?.Invoke();
    }
}
