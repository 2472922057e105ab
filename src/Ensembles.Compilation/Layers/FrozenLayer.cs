using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>One step of a frozen network, with weights that belong to it. Several threads may run it at once.</summary>
abstract class FrozenLayer : IDisposable
{
    /// <summary>What the layer gives for <paramref name="x"/>.</summary>
    public abstract Tensor Run(Tensor x);

    /// <summary>What it is, down to the shapes of its weights: layers that share it can run as one.</summary>
    public abstract string Architecture { get; }

    /// <summary>
    /// Whether another layer surely gives the same for the same input; false where nobody has looked.
    /// </summary>
    public virtual bool IsSame(FrozenLayer other) => false;

    /// <summary>Whether another layer is of the same class and architecture, which is all that some are.</summary>
    protected bool IsAlike(FrozenLayer other) => GetType() == other.GetType() && Architecture == other.Architecture;

    /// <summary>Whether nobody else holds the result's memory, so that it may be overwritten.</summary>
    public virtual bool IsFresh => true;

    /// <summary>
    /// Whether the result is a tensor of the layer's own, if only a view, so that it is disposed once it was read.
    /// </summary>
    public virtual bool IsOwn => true;

    /// <summary>The layers that it is made of, if any; a network disposes of them with its own.</summary>
    public virtual IEnumerable<FrozenLayer> Inside => [];

    /// <summary>
    /// Largest magnitude of an output when no input is larger than <paramref name="input"/>; infinity where nothing is
    /// known.
    /// </summary>
    public virtual double Bound(double input) => double.PositiveInfinity;

    /// <summary>The layer with weights of another type; the same one where there are none.</summary>
    public virtual FrozenLayer To(ScalarType precision) => this;

    /// <summary>The layer with four-dimensional weights laid out channels last, or as torch does by default.</summary>
    public virtual FrozenLayer Laid(bool channelsLast) => this;

    /// <summary>
    /// Writes what <see cref="Run"/> gives for <paramref name="x"/> into a TorchScript function, and names it; null
    /// where that cannot be said there.
    /// </summary>
    public virtual string? Script(ScriptText text, string x) => null;

    /// <inheritdoc/>
    public virtual void Dispose()
    {
    }

    /// <summary>
    /// Takes the values that the parameters it was made of have now. Nothing else may have changed.
    /// </summary>
    public virtual void Refresh()
    {
    }

    /// <summary>Whether <see cref="Refresh"/> makes it what it would be if it were made now.</summary>
    public virtual bool CanRefresh => true;

    /// <summary>A copy of values outside of every dispose scope, without gradients.</summary>
    protected static Tensor Own(Tensor values)
    {
        using var detached = values.detach();
        return detached.clone().DetachFromDisposeScope();
    }

    protected static string Shape(Tensor tensor) => string.Join("x", tensor.shape);

    protected static string List(IEnumerable<long> numbers) => string.Join(",", numbers);
}

/// <summary>max(x, 0), into its input where the layer before hands over a result that nobody else holds.</summary>
sealed class ReluLayer(bool inPlace) : FrozenLayer
{
    public bool InPlace => inPlace;

    public override bool IsSame(FrozenLayer other) => IsAlike(other);

    public override string Architecture => inPlace ? "relu in place" : "relu";

    public override Tensor Run(Tensor x) => inPlace ? x.relu_() : x.relu();

    // TorchScript fuses functions that change nothing.
    public override string Script(ScriptText text, string x) => text.Let($"torch.relu({x})");

    public override double Bound(double input) => input;
}

/// <summary>
/// Something without weights that acts on each channel by itself and never enlarges a value, such as pooling.
/// </summary>
/// <param name="architecture">What it is.</param>
/// <param name="run">The function.</param>
/// <param name="isMaximum">
/// Whether it takes maxima, which change places with every function that never falls: max(relu(x)) = relu(max(x)).
/// </param>
/// <param name="maximum">The windows of the maxima, where all of them lie inside the image.</param>
/// <param name="script">The function as an expression of TorchScript; null where there is none.</param>
sealed class ChannelwiseLayer(
    string architecture, Func<Tensor, Tensor> run, bool isMaximum = false, MaximumWindow? maximum = null,
    Func<string, string?>? script = null) : FrozenLayer
{
    public bool IsMaximum => isMaximum;

    public override bool IsSame(FrozenLayer other) => IsAlike(other);

    public MaximumWindow? Maximum => maximum;

    public override string Architecture => architecture;

    public override Tensor Run(Tensor x) => run(x);

    public override string? Script(ScriptText text, string x) =>
        script?.Invoke(x) is { } expression ? text.Let(expression) : null;

    public override double Bound(double input) => input;
}

/// <summary>Windows that maxima are taken over.</summary>
/// <param name="Size">Height and width.</param>
/// <param name="Stride">From one to the next.</param>
sealed record MaximumWindow((int Row, int Column) Size, (int Row, int Column) Stride);

/// <summary>Joins dimensions from start to end. The result may share its memory with the input.</summary>
sealed class FlattenLayer(long start, long end) : FrozenLayer
{
    /// <summary>Whether every image becomes one row.</summary>
    public bool IsWhole => start == 1 && end == -1;

    public override bool IsSame(FrozenLayer other) => IsAlike(other);

    public override string Architecture => $"flatten {start} to {end}";

    public override bool IsFresh => false;

    public override Tensor Run(Tensor x) => x.flatten(start, end);

    public override string Script(ScriptText text, string x) => text.Let($"torch.flatten({x}, {start}, {end})");

    public override double Bound(double input) => input;
}

/// <summary>
/// Flattens [N, C, H, W] to [N, H W C], pixel by pixel, in the order that channels last has in memory, so that nothing
/// is copied. The linear layer behind it has its columns in the same order.
/// </summary>
sealed class PixelFlattenLayer : FrozenLayer
{
    public override string Architecture => "flatten by pixel";

    public override bool IsSame(FrozenLayer other) => IsAlike(other);

    public override bool IsFresh => false;

    public override Tensor Run(Tensor x)
    {
        using var pixels = x.permute(0, 2, 3, 1);
        return pixels.flatten(1);
    }

    public override string Script(ScriptText text, string x) =>
        text.Let($"torch.flatten(torch.permute({x}, [0, 2, 3, 1]), 1)");

    public override double Bound(double input) => input;
}

/// <summary>Changes the type of the values.</summary>
sealed class CastLayer(ScalarType type) : FrozenLayer
{
    public override string Architecture => $"to {type}";

    public override bool IsSame(FrozenLayer other) => IsAlike(other);

    // Nothing happens, and the input comes back, where the type is this one already.
    public override bool IsFresh => false;

    public override Tensor Run(Tensor x) => x.to_type(type);

    // Types are numbers in TorchScript.
    public override string Script(ScriptText text, string x) => text.Let($"torch.to({x}, {(int)type})");

    public override double Bound(double input) => input;
}

/// <summary>A module that runs its own forward: a frozen copy, or the ensemble's own where none can be made.</summary>
/// <param name="module">What runs.</param>
/// <param name="oneAtATime">Whether the module may keep something between the start and the end of a call.</param>
/// <param name="owned">What is disposed with the layer.</param>
sealed class ModuleLayer(Module<Tensor, Tensor> module, bool oneAtATime, IReadOnlyList<IDisposable> owned) : FrozenLayer
{
    readonly Lock turn = new();

    public Module<Tensor, Tensor> Module => module;

    public override string Architecture => $"{module.GetType().Name}'s own forward";

    // What else a module may be, nobody knows: another may count its calls.
    public override bool IsSame(FrozenLayer other) =>
        module is InputTransform && other is ModuleLayer { Module: var its } && SameModules.AreSame(its, module);

    // A module may return its input, or a tensor it keeps.
    public override bool IsFresh => false;

    public override bool IsOwn => false;

    public override bool CanRefresh => !module.parameters().Any() && !module.buffers().Any();

    public override Tensor Run(Tensor x)
    {
        if (!oneAtATime)
            return Draws.Answer(module, x);
        lock (turn)
            return Draws.Answer(module, x);
    }

    public override void Dispose()
    {
        foreach (var item in owned)
            item.Dispose();
    }
}
