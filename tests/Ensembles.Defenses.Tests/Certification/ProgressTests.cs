using Ensembles.Numerics;
using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Defenses.Tests.Certification;

/// <summary>Certificates say how far they are, and stop where they are told to.</summary>
public class ProgressTests
{
    delegate void Certification(Tensor images, IProgress<double>? progress, CancellationToken cancellation);

    static readonly Dictionary<string, Func<UndefendedClassifier, Certification>> certifications = new()
    {
        ["bounds"] = network => (images, progress, cancellation) =>
            new BoundCertifier().Certify(network, images, progress, cancellation).Dispose(),
        ["bounds at one radius"] = network => (images, progress, cancellation) => new BoundCertifier()
            .Holds(network, images, zeros(images.size(0), ScalarType.Int64), 0.05, progress, cancellation).Dispose(),
        ["an ensemble"] = network => (images, progress, cancellation) => new EnsembleCertifier()
            .Certify(
                new Components([new Component("A", network)], VotingRule.From<MeanLogit>(), ones(1), quorum: 1),
                images, progress, cancellation)
            .Dispose(),
        ["smoothing"] = network => (images, progress, cancellation) => new RandomizedSmoothing(0.1) { Counting = 600 }
            .Certify(network, images, progress, cancellation).Dispose(),
        ["complete verification"] = network => (images, progress, cancellation) =>
            new CompleteVerifier { Tolerance = 0.1 }.Certify(network, images, progress, cancellation).Dispose(),
    };

    public static TheoryData<string> Names => [.. certifications.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Progress_rises_to_the_whole_and_cancellation_stops_before_it(string name)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(5);
        var network = new UndefendedClassifier(new MlpFactory(1, 2, 3, 5));
        network.eval();
        var images = rand(5, 1, 2, 2);
        var certify = certifications[name](network);

        var shares = new List<double>();
        certify(images, new ImmediateProgress<double>(shares.Add), CancellationToken.None);
        Assert.True(shares.Count > 2, $"{shares.Count} reports");
        Assert.Equal(1, shares[^1], 1e-9);
        Assert.True(shares.Zip(shares.Skip(1)).All(pair => pair.First <= pair.Second), string.Join(", ", shares));

        using var source = new CancellationTokenSource();
        var reports = 0;
        Assert.Throws<OperationCanceledException>(() => certify(
            images,
            new ImmediateProgress<double>(_ =>
            {
                if (++reports == 2)
                    source.Cancel();
            }),
            source.Token));
        Assert.Equal(2, reports);
    }
}
