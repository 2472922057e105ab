using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Ensembles.Training.Tests.Networks;

/// <summary>A move replaces tensors, wherever it goes; here it changes their type, which needs no GPU.</summary>
public class MovedClassifierTests
{
    [Fact]
    public void A_move_reaches_what_a_subclass_registered_and_the_fields_that_hold_it()
    {
        using var scope = NewDisposeScope();
        using var classifier = new Scaled();
        classifier.to(ScalarType.Float64);

        Assert.All(classifier.parameters(), parameter => Assert.Equal(ScalarType.Float64, parameter.dtype));
        Assert.Same(classifier.get_parameter("scale"), classifier.Scale);
        Assert.Same(classifier.get_buffer("offset"), classifier.Offset);
        Assert.Equal((2.0, 3.0), (classifier.Scale.item<double>(), classifier.Offset.item<double>()));
        Assert.True(classifier.Scale.requires_grad);
    }

    /// <summary>With a parameter and a buffer of its own, and a property of a narrower type.</summary>
    sealed class Scaled : NetworkClassifier
    {
        readonly Parameter scale = new(tensor(2f).DetachFromDisposeScope());
        readonly Tensor offset = tensor(3f).DetachFromDisposeScope();

        public Scaled() : base(new MlpFactory(channels: 1, imageSize: 2, classes: 2, 3))
        {
            register_parameter(nameof(scale), scale);
            register_buffer(nameof(offset), offset);
        }

        public override CrossEntropy Loss { get; } = new();

        public Parameter Scale => scale;

        public Tensor Offset => offset;
    }
}
