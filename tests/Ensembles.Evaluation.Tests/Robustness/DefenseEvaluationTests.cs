using Ensembles.Attacks;
using Ensembles.Evaluation.Tests.Fakes;
using static TorchSharp.torch;

namespace Ensembles.Evaluation.Tests.Robustness;

public class DefenseEvaluationTests
{
    [Fact]
    public void What_an_attack_finds_is_judged_once()
    {
        using var images = FourPixels.Of(40, [0.1, 0, 0, 0]);
        var classifier = new CountingClassifier();
        classifier.eval();
        var evaluation = new DefenseEvaluation(
            AttackSurface.FromClassifier(classifier), "defense", images, Norm.Linf, [0.2], new EvaluationOptions());
        // The attack moves images without asking the defense, so every image counted is one that is judged.
        var up = new MoveAttack("up", (x, threat) => x + threat.Epsilon * 0.999);

        evaluation.JudgeClean();
        Assert.Equal(40, classifier.Images);
        var found = Assert.Single(evaluation.Attack(level: 1, [up], starts: [], progress: null).Found);
        Assert.Equal(80, classifier.Images);

        var worst = new WorstCandidates(evaluation.Judge, evaluation.Clean);
        worst.Add(found);
        var survival = worst.Settle();
        Assert.Equal(80, classifier.Images);
        Assert.Equal(0.5, survival.Worst(Criterion.Misclassified, 0.2).Value);
        Assert.Equal(evaluation.Standing.Lenient[1], survival.Lenient[1]);
        found.Candidates.Dispose();
    }

    /// <summary>Decides by the first pixel, and counts the images it sees.</summary>
    sealed class CountingClassifier : Classifier
    {
        readonly LinearClassifier inner = LinearClassifier.OfPixel(0);

        public long Images { get; private set; }

        public override Tensor forward(Tensor images)
        {
            Images += images.size(0);
            return inner.call(images);
        }
    }
}
