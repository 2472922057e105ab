using Ensembles.Defenses.Tests.Fixtures;
using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Defenses.Tests.Detection;

public class SpecialistsTests
{
    /// <summary>
    /// Of class 0, 9 in 10 go to class 1; of class 1, 5, 4 and 1 to three classes; class 2 stays; of class 3 all go to
    /// class 0.
    /// </summary>
    [Fact]
    public void Specialists_know_the_classes_that_make_up_four_fifths_of_the_confusions_or_the_rest()
    {
        using var scope = NewDisposeScope();
        var confusions = tensor(new float[,] { { 90, 9, 1, 0 }, { 5, 0, 1, 4 }, { 0, 0, 9, 0 }, { 7, 0, 0, 2 } });
        var domains = SpecialistsDetector.DomainsOf(confusions);
        bool[] expected =
        [
            false, true, false, false,
            true, false, false, true,
            true, true, false, true,
            true, false, false, false,
        ];
        Assert.Equal([.. expected, .. expected.Select(known => !known)], domains.data<bool>().ToArray());
        Assert.Equal([4, 4, 4, 4], domains.sum([0], type: ScalarType.Int64).data<long>().ToArray());
    }

    /// <summary>
    /// Two classes, so that each specialist knows one: where the generalist and those of its class agree, these alone
    /// vote; else all do.
    /// </summary>
    [Fact]
    public void Those_that_know_the_class_vote_where_they_agree_and_all_where_they_do_not()
    {
        using var scope = NewDisposeScope();
        var domains = SpecialistsDetector.DomainsOf(eye(2));
        // U_0 = {1}, U_1 = {0}, U_2 = {0}, U_3 = {1}.
        float[] first = [0.9f, 0.2f, 0.7f, 0.8f, 0.1f];
        float[] second = [0.9f, 0.2f, 0.3f, 0.8f, 0.1f];
        var p = stack([tensor(first), tensor(second)], 1);
        var vote = SpecialistsDetector.Vote(stack([p, 1 - p], 2), domains);

        TensorAssert.Near(tensor(new[,] { { 0.8f, 0.2f }, { 0.46f, 0.54f } }), vote);
    }

    [Fact]
    public void Each_class_has_as_many_specialists_as_there_are_classes()
    {
        using var scope = NewDisposeScope();
        using var training = Bars.Make(150, seed: 1);
        using var detector = (SpecialistsDetector)Trainables.Make(nameof(SpecialistsDetector));
        detector.Train(training, new TrainingOptions { Seed = 1, Epochs = 2, BatchSize = 50 });
        var domains = detector.CopyDomains();
        Assert.Equal([3, 3, 3], domains.sum([0], type: ScalarType.Int64).data<long>().ToArray());
        Assert.True(domains.any(1).all().item<bool>());
        using var noGradient = no_grad();
        var scores = detector.call(training.Images);
        Assert.InRange(scores.min().item<float>(), 0, 2.0 / 3);
        Assert.InRange(scores.max().item<float>(), 0, 2.0 / 3);
    }
}
