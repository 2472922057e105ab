using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Tests.Checkpoints;

public sealed class CheckpointTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("ensembles").FullName;

    string Path => System.IO.Path.Combine(folder, "x.safetensors");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    sealed class Model : Module<Tensor, Tensor>
    {
        readonly Linear first;
        readonly Linear second;
        readonly Tensor statistics;

        public Model(int hidden) : base(nameof(Model))
        {
            first = Linear(3, hidden);
            second = Linear(hidden, 2);
            statistics = rand(4);
            register_buffer("statistics", statistics);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => second.call(first.call(input));
    }

    static Dictionary<string, Tensor> Copy(Module module) =>
        module.state_dict().ToDictionary(t => t.Key, t => t.Value.detach().clone());

    static void AssertEqual(IReadOnlyDictionary<string, Tensor> expected, Module module)
    {
        var actual = module.state_dict();
        Assert.Equal(expected.Keys.Order(), actual.Keys.Order());
        foreach (var (name, tensor) in expected)
            Assert.True(tensor.Equals(actual[name]), name);
    }

    [Fact]
    public void Parameters_buffers_and_metadata_come_back_bit_for_bit()
    {
        using var scope = NewDisposeScope();
        using var saved = new Model(hidden: 5);
        using var loaded = new Model(hidden: 5);
        Checkpoint.Save(
            saved,
            Path,
            new Dictionary<string, string> { ["epoch"] = "3" },
            new Dictionary<string, Tensor> { ["moment"] = ones(2) });
        var metadata = Checkpoint.Load(loaded, Path);
        Assert.Equal("3", metadata["epoch"]);
        Assert.Contains("statistics", saved.state_dict().Keys);
        AssertEqual(saved.state_dict(), loaded);
        Assert.All(loaded.parameters(), p => Assert.True(p.requires_grad));
    }

    [Fact]
    public void Another_architecture_is_refused_with_the_tensors_that_differ_and_changes_nothing()
    {
        using var scope = NewDisposeScope();
        using var saved = new Model(hidden: 5);
        using var other = new Model(hidden: 6);
        var before = Copy(other);
        Checkpoint.Save(saved, Path);
        var message = Assert.Throws<InvalidDataException>(() => Checkpoint.Load(other, Path)).Message;
        Assert.Contains(Path, message);
        Assert.Contains("first.weight expected Float32 [6, 3], found Float32 [5, 3]", message);
        AssertEqual(before, other);
    }

    [Fact]
    public void Missing_and_surplus_tensors_are_named()
    {
        using var scope = NewDisposeScope();
        using var linear = Linear(2, 1, hasBias: false);
        using var withBias = Linear(2, 1);
        Checkpoint.Save(linear, Path);
        Assert.Contains(
            "bias expected Float32 [1], found nothing",
            Assert.Throws<InvalidDataException>(() => Checkpoint.Load(withBias, Path)).Message);
        Checkpoint.Save(withBias, Path);
        Assert.Contains(
            "bias expected nothing, found Float32 [1]",
            Assert.Throws<InvalidDataException>(() => Checkpoint.Load(linear, Path)).Message);
    }

    [Theory]
    [InlineData(float.NaN, "first.weight")]
    [InlineData(float.PositiveInfinity, "second.bias")]
    [InlineData(float.NegativeInfinity, "statistics")]
    public void Weights_that_are_not_finite_are_refused_by_name_and_change_nothing(float value, string name)
    {
        using var scope = NewDisposeScope();
        using var saved = new Model(hidden: 5);
        using var loaded = new Model(hidden: 5);
        var before = Copy(loaded);
        using (no_grad())
            saved.state_dict()[name].flatten()[0].fill_(value);
        Checkpoint.Save(saved, Path);
        var message = Assert.Throws<InvalidDataException>(() => Checkpoint.Load(loaded, Path)).Message;
        Assert.Contains(Path, message);
        Assert.Contains($"1 of the {before[name].numel()} of {name}", message);
        AssertEqual(before, loaded);
    }

    /// <summary>A mask of -inf, or NaN for what is not fitted yet, is no damage.</summary>
    [Fact]
    public void What_is_not_finite_in_the_module_itself_may_be_so_in_the_file()
    {
        using var scope = NewDisposeScope();
        using var saved = new Model(hidden: 5);
        using var loaded = new Model(hidden: 5);
        foreach (var module in new[] { saved, loaded })
            module.state_dict()["statistics"][1].fill_(float.NegativeInfinity);
        Checkpoint.Save(saved, Path);
        Checkpoint.Load(loaded, Path);
        AssertEqual(saved.state_dict(), loaded);
    }

    [Fact]
    public void A_missing_checkpoint_is_named()
    {
        using var linear = Linear(2, 1);
        Assert.Contains(Path, Assert.Throws<FileNotFoundException>(() => Checkpoint.Load(linear, Path)).Message);
    }
}
