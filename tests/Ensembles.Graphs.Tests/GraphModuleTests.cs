using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Graphs.Tests;

/// <summary>A graph runs as the module it was made after.</summary>
public sealed class GraphModuleTests : IDisposable
{
    readonly DisposeScope scope = NewDisposeScope();
    readonly Sequential original;
    readonly GraphModule module;

    public GraphModuleTests()
    {
        manual_seed(1);
        original = Sequential(
            ("conv", Conv2d(2, 4, 3, padding: 1)), ("norm", BatchNorm2d(4, momentum: 0.2)), ("relu", ReLU()),
            ("pool", MaxPool2d(2)), ("flatten", nn.Flatten()), ("drop", nn.Dropout(0.5)), ("fc", Linear(36, 3)));
        var builder = new GraphBuilder("net");
        var x = builder.Input("images", ScalarType.Float32, Dimension.Batch, 2, 6, 6);
        Value Weight(string name) => builder.Weight(name, original.state_dict()[name]);
        x = builder.Add(
            new Conv(new(3, 3) { Padding = new(1, 1, 1, 1) }), x, Weight("conv.weight"), Weight("conv.bias"));
        x = builder.Add(
            new BatchNormalization(1e-5f, 0.8f), x, Weight("norm.weight"), Weight("norm.bias"),
            Weight("norm.running_mean"), Weight("norm.running_var"));
        x = builder.Add(new Unary(UnaryFunction.Relu), x);
        x = builder.Add(new MaxPool(new(2, 2) { Strides = (2, 2) }), x);
        x = builder.Add(new Flatten(), x);
        x = builder.Add(new Dropout(0.5), x);
        x = builder.Add(new Gemm { TransposesB = true }, x, Weight("fc.weight"), Weight("fc.bias"));
        x = builder.Add(new Binary(BinaryFunction.Mul), x, builder.Constant(tensor(1f), "one"));
        module = new(builder.Build(("logits", x)));
    }

    public void Dispose()
    {
        module.Dispose();
        original.Dispose();
        scope.Dispose();
    }

    [Fact]
    public void ItsWeightsHaveTheirNamesAndRolesAndItsConstantsAreInNoStateDict()
    {
        var own = original.state_dict().Keys.Where(name => !name.EndsWith("num_batches_tracked")).Order();

        Assert.Equal(own, module.state_dict().Keys.Order());
        Assert.Equal(
            original.named_parameters().Select(p => p.name).Order(),
            module.named_parameters().Select(p => p.name).Order());
    }

    [Fact]
    public void ValuesAndGradientsAreThoseOfTheModule()
    {
        original.eval();
        var images = rand(3, 2, 6, 6).requires_grad_();
        var other = images.detach().clone().requires_grad_();

        var (expected, given) = (original.call(images), module.call(other));
        (expected * expected).sum().backward();
        (given * given).sum().backward();

        Assert.True(expected.allclose(given, 0, 1e-6));
        Assert.True(images.grad!.allclose(other.grad!, 0, 1e-5));
        Assert.True(((Conv2d)original[0]).weight!.grad!.allclose(
            module.named_parameters().Single(p => p.name == "conv.weight").parameter.grad!, 0, 1e-5));
    }

    [Fact]
    public void TrainingUsesTheBatchAndMovesTheStatistics()
    {
        var images = rand(4, 2, 6, 6);
        original.train();
        module.train();
        manual_seed(7);
        var expected = original.call(images);
        manual_seed(7);
        var given = module.call(images);

        Assert.True(expected.allclose(given, 0, 1e-5));
        Assert.True(((BatchNorm2d)original[1]).running_var!.allclose(module.state_dict()["norm.running_var"], 0, 1e-6));
    }

    [Fact]
    public void MovesToAnotherTypeWithItsConstants()
    {
        var images = rand(2, 2, 6, 6);
        var expected = module.call(images);

        module.to(ScalarType.Float64);

        var given = module.call(images.to_type(ScalarType.Float64));
        Assert.Equal(ScalarType.Float64, given.dtype);
        Assert.True(expected.allclose(given.to_type(ScalarType.Float32), 0, 1e-5));
    }

    [Fact]
    public void ImagesOfAnotherShapeAreRefusedInWords()
    {
        var error = Assert.Throws<ArgumentException>(() => module.call(rand(2, 2, 6, 5)));

        Assert.Contains("[N, 2, 6, 6]", error.Message);
        Assert.Contains("[2, 2, 6, 5]", error.Message);
    }

    [Fact]
    public void LeavesNoTensorBehind()
    {
        var images = rand(2, 2, 6, 6);
        module.call(images).Dispose();
        var before = Tensor.TotalCount;

        module.call(images).Dispose();

        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void AGraphGoesIntoAnotherWithTheTensorsOfAModule()
    {
        var builder = new GraphBuilder("around");
        var x = builder.Input("images", ScalarType.Float32, Dimension.Batch, 2, 6, 6);
        var first = builder.Add(module.Graph, [x], module.Tensors)[0];
        var second = builder.Add(module.Graph, [x], module.Tensors)[0];
        var sum = builder.Add(new Binary(BinaryFunction.Add), first, second);
        using var twice = new GraphModule(builder.Build(("sum", sum)));
        var images = rand(2, 2, 6, 6);

        Assert.True((module.call(images) * 2).allclose(twice.call(images), 0, 1e-6));
    }
}
