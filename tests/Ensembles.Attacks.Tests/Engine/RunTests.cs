using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Attacks.Tests;

/// <summary>
/// What the calling convention promises: determinism, cancellation, flat memory, an input left as it was.
/// </summary>
public class RunTests
{
    const double Epsilon = 0.05;

    static readonly ThreatModel threat = new(Norm.Linf, Epsilon);

    static readonly Tensor images = Samples.Images(32).DetachFromDisposeScope();
    static readonly LinearNetwork network = Samples.Linear();
    static readonly Tensor labels = Samples.LabelsOf(network, images).DetachFromDisposeScope();

    static RandomClassifier Noisy() => new(3, x =>
    {
        using var logits = network.call(x);
        return logits + randn_like(logits) * 0.05;
    });

    [Theory]
    [MemberData(nameof(Attacks.All), MemberType = typeof(Attacks))]
    public void One_seed_is_one_result_and_another_seed_another(string attack)
    {
        var threat = Attacks.Threat(attack, Epsilon);
        using var scope = NewDisposeScope();
        var (half, labelsOfHalf) = (images.narrow(0, 0, 16), labels.narrow(0, 0, 16));
        foreach (Module<Tensor, Tensor> defense in new Module<Tensor, Tensor>[] { network, Noisy() })
        {
            var run = new AttackOptions { Seed = 3, BatchSize = 8 };
            var first = Attacks.Named(attack).Run(defense, half, labelsOfHalf, threat, run);
            var again = Attacks.Named(attack).Run(defense, half, labelsOfHalf, threat, run);
            Assert.Equal(Samples.Floats(first.Images), Samples.Floats(again.Images));
            Assert.Equal((first.Forwards, first.Backwards), (again.Forwards, again.Backwards));
            Assert.Equal(first.Success, again.Success);
        }
        // Steps from the clean image, and walks that start there, draw nothing.
        var restless = Attacks.Named(attack);
        var drawsNothing = restless.IsMinimalNorm && restless is not HopSkipJump;
        if (restless is Fgsm or Bim or MiFgsm or FeatureAttack || drawsNothing)
            return;
        var one = restless.Run(network, images, labels, threat, new AttackOptions { Seed = 1 });
        var other = restless.Run(network, images, labels, threat, new AttackOptions { Seed = 2 });
        Assert.NotEqual(Samples.Floats(one.Images), Samples.Floats(other.Images));
    }

    /// <summary>A batch's draws follow from where it starts, so images of another batch change nothing.</summary>
    [Theory]
    [MemberData(nameof(Attacks.All), MemberType = typeof(Attacks))]
    public void A_batch_does_not_depend_on_the_batches_after_it(string attack)
    {
        var threat = Attacks.Threat(attack, Epsilon);
        using var scope = NewDisposeScope();
        // Three draws of eight images.
        var run = new AttackOptions { BatchSize = 24 };
        var both = Attacks.Named(attack).Run(Noisy(), images, labels, threat, run);
        var first = Attacks.Named(attack).Run(Noisy(), images.narrow(0, 0, 16), labels.narrow(0, 0, 16), threat, run);
        Assert.Equal(Samples.Floats(first.Images), Samples.Floats(both.Images)[..Samples.Floats(first.Images).Length]);
        Assert.Equal(first.Success, both.Success.Take(16));
    }

    /// <summary>More restarts repeat the earlier ones exactly: what was broken stays broken.</summary>
    [Fact]
    public void More_restarts_lose_nothing()
    {
        using var scope = NewDisposeScope();
        var few = new Pgd { Steps = 3, Restarts = 1 }.Run(network, images, labels, threat);
        var many = new Pgd { Steps = 3, Restarts = 6 }.Run(network, images, labels, threat);
        Assert.All(few.Success.Zip(many.Success), pair => Assert.True(!pair.First || pair.Second));
        Assert.True(many.Success.Count(s => s) >= few.Success.Count(s => s));
    }

    [Theory]
    [MemberData(nameof(Attacks.All), MemberType = typeof(Attacks))]
    public void A_cancelled_run_stops_at_the_next_evaluation(string attack)
    {
        var threat = Attacks.Threat(attack, Epsilon);
        using var source = new CancellationTokenSource();
        var calls = 0;
        var counted = new FunctionClassifier(x =>
        {
            if (++calls == 1)
                source.Cancel();
            return network.call(x) + tensor(new[] { 99f, 0, 0, 0 });
        });
        using var zero = zeros(32, dtype: ScalarType.Int64);
        Assert.Throws<OperationCanceledException>(
            () => Attacks.Named(attack).Run(
                counted, images, zero, threat, new AttackOptions { Cancellation = source.Token }));
        // What had begun when it was cancelled: the evaluation of the clean images, and the check of gradients.
        Assert.InRange(calls, 1, 3);
    }

    [Theory]
    [MemberData(nameof(Attacks.All), MemberType = typeof(Attacks))]
    public void Progress_rises_to_one(string attack)
    {
        var threat = Attacks.Threat(attack, Epsilon);
        var seen = new List<double>();
        using var result = Attacks.Named(attack).Run(
            network, images, labels, threat, new AttackOptions { BatchSize = 8, Progress = new Listener(seen.Add) });
        Assert.Equal(seen.Order(), seen);
        Assert.InRange(seen[0], 0, 1);
        Assert.Equal(1, seen[^1]);
    }

    /// <summary>Live tensors after each batch, and after the run.</summary>
    [Theory]
    [MemberData(nameof(Attacks.All), MemberType = typeof(Attacks))]
    public void Batches_leave_no_tensors_behind(string attack)
    {
        var threat = Attacks.Threat(attack, Epsilon);
        // Eight batches.
        using Tensor images = RunTests.images.narrow(0, 0, 16), labels = RunTests.labels.narrow(0, 0, 16);
        var gate = new FunctionDetector(x => x.flatten(1).square().mean([1]));
        AttackSurface[] surfaces =
        [
            AttackSurface.FromClassifier(network), AttackSurface.FromClassifier(Noisy()),
            new HandmadeSurface<MeanLogit>([network, Samples.Linear(seed: 3)], [(gate, 0.36f)]),
        ];
        foreach (var surface in surfaces)
        {
            // The count may still fall by itself, but not rise.
            var before = LiveTensors.Count();
            // The last report at each share of the work: those at the ends of the batches are the same distance from
            // it.
            var live = new SortedDictionary<double, long>();
            var run = new AttackOptions { BatchSize = 2, Progress = new Listener(
                done => live[done] = Tensor.TotalCount) };
            Attacks.Named(attack).Run(surface, images, labels, threat, run).Dispose();
            var ends = live.Where(report => report.Key > 0 && double.IsInteger(8 * report.Key)).Select(
                report => report.Value).ToList();
            // Some batches end a few tensors earlier than others; what grows does so in every one.
            Assert.Equal(8, ends.Count);
            Assert.InRange(ends.Skip(4).Max(), 0, ends.Take(4).Max());
            Assert.InRange(Tensor.TotalCount, 0, before);
        }
    }

    [Theory]
    [MemberData(nameof(Attacks.All), MemberType = typeof(Attacks))]
    public void Images_labels_and_parameters_are_left_as_they_were(string attack)
    {
        var threat = Attacks.Threat(attack, Epsilon);
        using var scope = NewDisposeScope();
        var network = Samples.Linear();
        var (before, weights) = (images.clone(), network.parameters().Select(p => p.clone()).ToArray());
        Attacks.Named(attack).Run(network, images, labels, threat);
        Assert.Equal(Samples.Floats(before), Samples.Floats(images));
        Assert.Equal(weights.Select(Samples.Floats), network.parameters().Select(p => Samples.Floats(p)));
        Assert.All(network.parameters(), p => Assert.True(p.requires_grad));
        Assert.All(network.parameters(), p => Assert.Null(p.grad));
    }

    [Theory]
    [MemberData(nameof(Attacks.All), MemberType = typeof(Attacks))]
    public void No_images_give_an_empty_result(string attack)
    {
        var threat = Attacks.Threat(attack, Epsilon);
        using var scope = NewDisposeScope();
        var result = Attacks.Named(attack).Run(network, images.narrow(0, 0, 0), labels.narrow(0, 0, 0), threat);
        Assert.Empty(result.Success);
        Assert.Equal([0, 1, 4, 4], result.Images.shape);
    }

    [Theory]
    [MemberData(nameof(Attacks.All), MemberType = typeof(Attacks))]
    public void Images_that_are_wrong_already_are_returned_untouched(string attack)
    {
        var threat = Attacks.Threat(attack, Epsilon);
        using var scope = NewDisposeScope();
        var wrong = labels.add(1).remainder(4);
        var result = Attacks.Named(attack).Run(network, images, wrong, threat);
        Assert.All(result.Success, Assert.True);
        Assert.All(result.Distance, d => Assert.Equal(0, d));
    }

    /// <summary>
    /// One forward pass of the clean images is their judgement and the first step's, and the step's own gradient shows
    /// that the one member has one.
    /// </summary>
    [Fact]
    public void The_first_step_repeats_nothing()
    {
        using var scope = NewDisposeScope();
        var safe = new FunctionClassifier(x => network.call(x) + tensor(new[] { 50f, 0, 0, 0 }));
        var result = new Fgsm().Run(safe, images, zeros(32, dtype: ScalarType.Int64), threat);
        Assert.Equal((64, 32), (result.Forwards, result.Backwards));
    }

    /// <summary>
    /// Evaluations check that more of a budget breaks nothing more: an attack that named none would escape the check.
    /// </summary>
    [Theory]
    [MemberData(nameof(Attacks.All), MemberType = typeof(Attacks))]
    public void Each_budget_can_be_doubled(string name)
    {
        var attack = Attacks.Named(name);
        string[] budgets = ["Steps", "SearchSteps", "Restarts", "Queries", "Tries", "Samples", "Rounds"];
        var (mine, doubled) = (BudgetsOf(attack), attack.StrongerVariants.Where(
            stronger => stronger.Attack.GetType() == attack.GetType()).Select(
                stronger => BudgetsOf(stronger.Attack)).ToArray());
        Assert.Equal(
            mine.Keys.Order(),
            doubled.Select(
                theirs => Assert.Single(theirs, budget => budget.Value == 2 * mine[budget.Key]).Key).Order());

        Dictionary<string, int> BudgetsOf(IAttack of) =>
            of is Transfer transfer ? BudgetsOf(transfer.Attack) : of.GetType().GetProperties()
            .Where(property => budgets.Contains(property.Name)).ToDictionary(
                property => property.Name, property => (int)property.GetValue(of)!);
    }

    [Fact]
    public void It_runs_from_inference_mode()
    {
        var classifier = network;
        using var inference = inference_mode();
        using var result = new Pgd { Steps = 5 }.Run(classifier, images.clone(), labels.clone(), threat);
        Assert.Contains(true, result.Success);
    }

    sealed class Listener(Action<double> listen) : IProgress<double>
    {
        public void Report(double value) => listen(value);
    }
}
