using Ensembles.Defenses.Tests.Fixtures;
using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Defenses.Tests.Marginalization;

public class FewShotTests
{
    /// <summary>
    /// Another order of the prototypes is the same order of the logits, and the loss does not see it.
    /// </summary>
    [Fact]
    public void The_numbers_of_the_classes_do_not_matter()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var (features, prototypes, numbers) = (randn(6, 4), randn(3, 4), arange(6) % 3);
        var permutation = tensor([2L, 0, 1]);
        var logits = FewShotClassifier.Logits(features, prototypes);
        var permuted = FewShotClassifier.Logits(features, prototypes.index_select(0, permutation));
        TensorAssert.Near(logits.index_select(1, permutation), permuted, 1e-5);
        TensorAssert.Near(
            nn.functional.cross_entropy(logits, numbers),
            nn.functional.cross_entropy(permuted, permutation.argsort().index_select(0, numbers)),
            1e-5);
        Assert.Equal(-25, FewShotClassifier.Logits(tensor(new float[,] { { 3, 4 } }), zeros(1, 2)).item<float>());
    }

    [Fact]
    public void Queries_are_perturbed_and_the_head_is_fitted_on_frozen_features()
    {
        using var scope = NewDisposeScope();
        using var images = Bars.Make(120, seed: 1);
        manual_seed(1);
        var seen = new Recording();
        using var classifier = new FewShotClassifier(Bars.Networks, ways: 2, shots: 3, queries: 4)
        {
            Perturbation = seen,
        };
        Tensor? before = null;
        classifier.Train(images, new TrainingOptions
        {
            Epochs = 2,
            Progress = new Ensembles.Numerics.ImmediateProgress<TrainingProgress>(p =>
            {
                if (p.Stage == "head")
                    before ??= classifier.features(images.Images).detach().DetachFromDisposeScope();
            }),
        });
        // 120 images in episodes of 14, twice.
        Assert.Equal(18, seen.Batches.Count);
        Assert.All(seen.Batches, b => Assert.Equal([0L, 0, 0, 0, 1, 1, 1, 1], b));
        using var kept = before!;
        TensorAssert.Near(kept, classifier.features(images.Images).detach(), 0);
        Assert.All(classifier.parameters(), p => Assert.True(p.requires_grad));
    }

    sealed class Recording : Perturbation
    {
        [NotPartOfIdentity]
        public List<long[]> Batches { get; } = [];

        public override Tensor Of(PerturbedBatch batch)
        {
            Assert.Equal([8L, 2], batch.Classifier.call(batch.Images).shape);
            Batches.Add(batch.Labels.data<long>().ToArray());
            return batch.Images.detach().clone();
        }
    }

    /// <summary>What is expected of it: training on tasks is no defense; adversarial querying holds.</summary>
    [Fact]
    public void Falls_when_trained_on_clean_queries_and_holds_when_trained_on_perturbed_ones()
    {
        using var images = Bars.Make(150, seed: 1);
        var (clean, fallen) = Train(null);
        var (_, held) = Train(new PgdPerturbation(0.2, steps: 5) { WarmUp = 0.5 });
        Assert.True(clean > 0.9, $"clean accuracy {clean}");
        Assert.True(fallen < 0.2, $"robust accuracy {fallen} after training on clean queries");
        Assert.True(held > fallen + 0.15, $"robust accuracy {held} after training on perturbed queries");

        (double Clean, double Robust) Train(Perturbation? perturbation)
        {
            manual_seed(1);
            using var classifier = new FewShotClassifier(Bars.Networks, ways: 3, shots: 4, queries: 6)
            {
                Perturbation = perturbation,
            };
            classifier.Train(images, new TrainingOptions { Epochs = 30, LearningRate = 3e-3 });
            return (Bars.Accuracy(classifier, images), UnderAttack.Robust(classifier, images, 0.2));
        }
    }
}
