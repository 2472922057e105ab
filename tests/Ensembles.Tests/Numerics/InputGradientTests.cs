using Ensembles.Numerics;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Tests.Numerics;

public class InputGradientTests
{
    [Fact]
    public void Of_a_module_and_an_objective_and_parameters_get_none()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var linear = Linear(3, 2);
        var images = rand(4, 3);
        var gradient = InputGradient.Of(linear, images, logits => logits.select(1, 1).sum());
        Assert.True(gradient.Equals(linear.weight[1].expand(4, 3)));
        Assert.False(images.requires_grad);
        Assert.Null(linear.weight.grad);
    }

    [Fact]
    public void Zero_where_the_images_do_not_matter()
    {
        using var scope = NewDisposeScope();
        var images = rand(4, 3);
        var weight = ones(3, requires_grad: true);
        Assert.True(InputGradient.Of(_ => weight, images, output => output.sum()).Equals(zeros(4, 3)));
        Assert.True(InputGradient.Of(x => x.round().detach(), images, output => output.sum()).Equals(zeros(4, 3)));
    }
}
