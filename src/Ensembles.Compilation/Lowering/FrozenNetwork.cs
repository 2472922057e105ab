using static TorchSharp.torch;

namespace Ensembles;

/// <summary>Frozen layers, called one after the other.</summary>
sealed class FrozenNetwork(IReadOnlyList<FrozenLayer> layers) : IDisposable
{
    public IReadOnlyList<FrozenLayer> Layers => layers;

    /// <summary>The layers, and behind each those inside it.</summary>
    public IEnumerable<FrozenLayer> AllLayers => layers.SelectMany(layer => layer.Inside.Prepend(layer));

    /// <summary>How many batch normalisations went into the layer before them.</summary>
    public int FoldedNorms { get; init; }

    /// <summary>Class names of the modules that run their own forward, as frozen copies.</summary>
    public IReadOnlyList<string> OwnForward { get; init; } = [];

    /// <summary>
    /// Whether batches must not be split: what is in it may compare the images of a batch, and nobody has looked.
    /// </summary>
    public bool NeedsWholeBatch { get; init; }

    /// <summary>Networks that share it can be stacked.</summary>
    public string Architecture => string.Join("; ", layers.Select(layer => layer.Architecture));

    /// <summary>Whether another network surely gives the same for the same input.</summary>
    public bool IsSame(FrozenNetwork other) =>
        layers.Count == other.Layers.Count && layers.Zip(other.Layers).All(pair => pair.First.IsSame(pair.Second));

    /// <summary>What the network gives for <paramref name="input"/>, which stays as it is.</summary>
    public Tensor Run(Tensor input)
    {
        var x = input;
        var isOwn = false;
        foreach (var layer in layers)
        {
            var y = layer.Run(x);
            if (ReferenceEquals(y, x))
                continue;
            if (isOwn)
                x.Dispose();
            (x, isOwn) = (y, layer.IsOwn);
        }

        return ReferenceEquals(x, input) ? input.alias() : x;
    }

    /// <summary>
    /// Writes the output for <paramref name="x"/> into a TorchScript function, and names it; null where one of the
    /// layers has no script.
    /// </summary>
    public string? Script(ScriptText text, string x)
    {
        string? y = x;
        foreach (var layer in layers)
            y = y is null ? null : layer.Script(text, y);
        return y;
    }

    /// <summary>
    /// Whether all that runs in it is known, and never records a gradient by itself, which torch's inference mode does
    /// not allow.
    /// </summary>
    readonly Lazy<bool> mayInfer = new(
        () => !new FrozenNetwork(layers).AllLayers.Any(layer => layer is ModuleLayer));

    Tensor Infer(Tensor input)
    {
        if (!mayInfer.Value)
            return Run(input);
        Tensor output;
        using (inference_mode())
            output = Run(input);
        // Outside of that mode, since what is made in it takes no part in gradients that others record of it.
        using (output)
            return output.clone();
    }

    /// <summary>
    /// Like <see cref="Run"/> without gradients, at most <paramref name="most"/> rows at once, so that what stands
    /// between two layers stays in the processor's cache; the rows of the result lie along <paramref name="rows"/>.
    /// </summary>
    public Tensor RunInParts(Tensor input, long most, int rows = 0)
    {
        var count = input.size(0);
        if (count <= most || NeedsWholeBatch)
            return Infer(input);
        var parts = new List<Tensor>();
        for (var start = 0L; start < count; start += most)
        {
            using var scope = NewDisposeScope();
            parts.Add(Infer(input.narrow(0, start, Math.Min(most, count - start))).MoveToOuterDisposeScope());
        }

        var joined = cat(parts, rows);
        parts.ForEach(part => part.Dispose());
        return joined;
    }

    /// <summary>
    /// Largest magnitude of an output for inputs of magnitude up to <paramref name="input"/>; infinity where nothing is
    /// known.
    /// </summary>
    public double Bound(double input) => layers.Aggregate(input, (bound, layer) => layer.Bound(bound));

    /// <summary>The same network without its first layers, which it no longer owns.</summary>
    public FrozenNetwork Without(int count) =>
        new([.. layers.Skip(count)]) { FoldedNorms = FoldedNorms, OwnForward = OwnForward };

    /// <summary>
    /// A network of its own with the same values on another path and in another type. Modules with their own forward
    /// are shared with this one and run in float32.
    /// </summary>
    /// <param name="path">How convolutions are computed; fused ones are float32.</param>
    /// <param name="precision">What everything else with weights computes in.</param>
    /// <param name="sample">Images of the shape the network is for; null where it is for any.</param>
    /// <param name="withGradient">Whether fused convolutions take part in autograd; all others do.</param>
    public FrozenNetwork Variant(
        ConvolutionPath path, ScalarType precision, Tensor? sample = null, bool withGradient = false)
    {
        var prepared = layers.ToList();
        var runs = new Dictionary<int, (FusedLayer Layer, int Count)>();
        List<long[]>? shapes = null;
        if (sample is not null && path != ConvolutionPath.Plain)
        {
            shapes = LayerShapes.Of(layers, sample);
            FlattenByPixel(prepared, shapes);
            if (path == ConvolutionPath.Fused)
                runs = Fusing.Runs(prepared, shapes, withGradient);
        }

        var variant = new List<FrozenLayer>();
        var type = ScalarType.Float32;
        for (var i = 0; i < prepared.Count; i++)
        {
            var (layer, count) = runs.TryGetValue(i, out var run) ? run : (prepared[i], 1);
            var wanted = layer switch
            {
                ModuleLayer or FusedLayer or ResidualLayer or ConcatLayer or GraphLayer or EngineLayer =>
                    ScalarType.Float32,
                ConvLayer or LinearLayer or ScaleLayer => precision,
                _ => type,
            };
            if (wanted != type)
                variant.Add(new CastLayer(wanted));
            type = wanted;
            variant.Add(layer switch
            {
                ResidualLayer residual => residual.Variant(path, precision, shapes?[i], withGradient),
                ConcatLayer joined => joined.Variant(path, precision, shapes?[i], withGradient),
                _ => Changed(layer, path != ConvolutionPath.Plain, precision),
            });
            i += count - 1;
        }

        if (type != ScalarType.Float32)
            variant.Add(new CastLayer(ScalarType.Float32));
        foreach (var layer in prepared.Except(layers))
            layer.Dispose();
        return new FrozenNetwork(variant) { FoldedNorms = FoldedNorms, OwnForward = OwnForward };
    }

    static FrozenLayer Changed(FrozenLayer layer, bool channelsLast, ScalarType precision)
    {
        var laid = layer.Laid(channelsLast);
        var changed = laid.To(precision);
        if (!ReferenceEquals(laid, layer) && !ReferenceEquals(laid, changed))
            laid.Dispose();
        return changed;
    }

    /// <summary>
    /// Flattening [C, H, W] copies when the channels lie last in memory. Where a linear layer follows, the flattening
    /// goes by pixel instead and the columns of the layer's weights change places with it.
    /// </summary>
    static void FlattenByPixel(List<FrozenLayer> layers, List<long[]> shapes)
    {
        using var scope = NewDisposeScope();
        for (var i = 0; i + 1 < layers.Count; i++)
        {
            if (shapes[i] is not [_, var c, var h, var w]
                || layers[i] is not FlattenLayer { IsWhole: true }
                || layers[i + 1] is not LinearLayer linear)
                continue;
            layers[i] = new PixelFlattenLayer();
            layers[i + 1] = new LinearLayer(linear.Source.Changed(l => l with
            {
                Weight = l.Weight.view(l.Weight.size(0), c, h, w).permute(0, 2, 3, 1).flatten(1),
            }));
        }
    }

    /// <summary>Whether <see cref="Refresh"/> makes it what it would be if it were made now.</summary>
    public bool CanRefresh => layers.All(layer => layer.CanRefresh);

    /// <summary>Takes the values that the parameters it was made of have now.</summary>
    public void Refresh()
    {
        foreach (var layer in layers)
            layer.Refresh();
    }

    /// <summary>Disposes what the networks kept do not use.</summary>
    public void DisposeExcept(params IEnumerable<FrozenNetwork> kept)
    {
        foreach (var layer in AllLayers.Except(kept.SelectMany(network => network.AllLayers)))
            layer.Dispose();
    }

    public void Dispose() => DisposeExcept();
}
