using Ensembles.Graphs;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>A member or gate of a plan: a frozen network, or the ensemble's own module.</summary>
/// <param name="Name">The property's name.</param>
/// <param name="Network">What runs. For a module that runs as it is, the module is its only layer.</param>
/// <param name="Own">
/// The module's own forward, operation by operation, on a copy; null where there is no such copy.
/// </param>
/// <param name="RunsAsIs">Why the module runs as it is; null when it is frozen.</param>
sealed record CompiledComponent(string Name, FrozenNetwork Network, FrozenNetwork? Own, string? RunsAsIs)
{
    const double Tolerance = 1e-5;

    /// <summary>A GPU adds up in another order, and by algorithms that differ with the layout.</summary>
    const double ToleranceOnCuda = 1e-3;

    /// <summary>
    /// Freezes a component in evaluation mode, and checks the result on <paramref name="sample"/> images: by a copy of
    /// the component, so that what it counts or remembers stays as it is. It is called itself, once, only where it can
    /// be taken apart and not copied, or where the copy fails.
    /// </summary>
    /// <param name="name">The property's name.</param>
    /// <param name="original">The component.</param>
    /// <param name="device">The plan's device.</param>
    /// <param name="sample">Some images where the component is.</param>
    /// <param name="engine">What computes it where that is possible; null for torch.</param>
    /// <exception cref="ArgumentException">The component fails on such images.</exception>
    /// <exception cref="InvalidOperationException">
    /// Layers that do not compute what the component's forward does, or answers that depend on the batch.
    /// </exception>
    public static CompiledComponent Of(
        string name, Module<Tensor, Tensor> original, Device device, Tensor sample, InferenceEngine? engine = null)
    {
        if (Draws.IsRandomized(original))
            return AsIs("it draws random numbers");
        FrozenNetwork? network = null, own = null;
        try
        {
            network = Lowering.Of(original, device);
            own = OwnForward(original, device);
            using var scope = NewDisposeScope();
            using var exact = device.type == DeviceType.CUDA ? new WithoutTf32() : null;
            var here = sample.to(device);
            var expected = AnswerOf(ref own, here) ?? AnswerOf(name, original, sample).to(device);
            if ((engine is null ? null : InEngine(engine, original, here, expected, network.Bound(1))) is { } held)
            {
                network.Dispose();
                network = held;
            }
            else if (network.OwnForward.Count > 0 && FromSource(original, device, here, expected) is { } read)
            {
                network.Dispose();
                network = read;
            }

            var answer = AnswerOf(network, here);
            if (!Agree(expected, answer, device))
                throw network.OwnForward.Count > 0
                    ? new NotCopiedException("its copy computes something else")
                    : new InvalidOperationException(
                        $"The layers of {name} do not compute what its forward does: "
                            + $"a module that is {nameof(ILayered)} calls its layers one after the other and does "
                            + "nothing else.");
            BatchDependence.ThrowIfAny(name, network, here, answer);
            return new(name, network, own, null);
        }
        catch (Exception exception)
        {
            network?.Dispose();
            own?.Dispose();
            if (exception is NotCopiedException)
                return AsIs(exception.Message);
            throw;
        }

        CompiledComponent AsIs(string reason) =>
            new(
                name,
                new FrozenNetwork([new ModuleLayer(original, oneAtATime: true, owned: [])]) { NeedsWholeBatch = true },
                null,
                reason);
    }

    /// <summary>The component on a path and in a precision, as a plan runs it.</summary>
    public FrozenNetwork On(ConvolutionPath path, ScalarType precision, Tensor sample) =>
        RunsAsIs is not null ? Network
        : path is not ConvolutionPath.Own ? Network.Variant(path, precision, sample)
        : Own ?? Network.Variant(ConvolutionPath.Plain, ScalarType.Float32, sample);

    /// <summary>Everything that holds tensors.</summary>
    public IEnumerable<FrozenNetwork> Frozen => Own is null ? [Network] : [Network, Own];

    /// <summary>
    /// What was read of its forward when it was built, as layers; null where that is nothing, or something else.
    /// </summary>
    static FrozenNetwork? FromSource(Module<Tensor, Tensor> original, Device device, Tensor here, Tensor expected)
    {
        if (Lowering.OfGraph(original, here, device) is not { } read)
            return null;
        if (Agree(expected, read.Run(here), device))
            return read;
        read.Dispose();
        return null;
    }

    /// <summary>The component in an engine; null where that does not take it, or computes something else.</summary>
    static FrozenNetwork? InEngine(
        InferenceEngine engine, Module<Tensor, Tensor> original, Tensor here, Tensor expected, double bound)
    {
        EngineSession session;
        try
        {
            session = engine.Open(original, here);
        }
        catch (GraphException)
        {
            return null;
        }

        var held = new FrozenNetwork([new EngineLayer(session, engine.Name, bound)]);
        if (Agree(expected, held.Run(here), CPU))
            return held;
        held.Dispose();
        return null;
    }

    static FrozenNetwork? OwnForward(Module<Tensor, Tensor> original, Device device)
    {
        try
        {
            return new FrozenNetwork([ModuleCopier.Layer(original, device, lower: false)]);
        }
        catch (NotCopiedException)
        {
            return null;
        }
    }

    /// <summary>What the copy answers; null, as the copy then is too, where it fails.</summary>
    static Tensor? AnswerOf(ref FrozenNetwork? own, Tensor sample)
    {
        try
        {
            return own?.Run(sample);
        }
        catch (Exception)
        {
            own!.Dispose();
            own = null;
            return null;
        }
    }

    /// <summary>What the component itself answers, in evaluation mode; afterwards it has the mode it had.</summary>
    static Tensor AnswerOf(string name, Module<Tensor, Tensor> original, Tensor sample)
    {
        using var mode = ModuleMode.Keep(original);
        original.eval();
        try
        {
            return original.call(sample);
        }
        catch (Exception exception)
        {
            throw new ArgumentException(
                $"{name} fails on images [{string.Join(", ", sample.shape)}]: {exception.Message}",
                "options",
                exception);
        }
    }

    static Tensor AnswerOf(FrozenNetwork network, Tensor sample)
    {
        try
        {
            return network.Run(sample);
        }
        catch (Exception exception) when (network.OwnForward.Count > 0)
        {
            throw new NotCopiedException($"its copy fails: {exception.Message}");
        }
    }

    static bool Agree(Tensor expected, Tensor actual, Device device)
    {
        var tolerance = device.type == DeviceType.CUDA ? ToleranceOnCuda : Tolerance;
        return actual.shape.SequenceEqual(expected.shape)
            && actual.allclose(expected, rtol: tolerance, atol: tolerance, equal_nan: true);
    }
}
