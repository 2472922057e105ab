using static TorchSharp.torch;

namespace Ensembles;

/// <summary>Frozen layers, called one after the other.</summary>
sealed class FrozenNetwork(IReadOnlyList<FrozenLayer> layers) : IDisposable
{
    public IReadOnlyList<FrozenLayer> Layers => layers;

    /// <summary>How many batch normalisations went into the layer before them.</summary>
    public int FoldedNorms { get; init; }

    /// <summary>Class names of the modules that run their own forward, as frozen copies.</summary>
    public IReadOnlyList<string> OwnForward { get; init; } = [];

    /// <summary>Networks that share it can be stacked.</summary>
    public string Architecture => string.Join("; ", layers.Select(layer => layer.Architecture));

    /// <summary>What the network gives for <paramref name="input"/>, which stays as it is.</summary>
    public Tensor Run(Tensor input)
    {
        var x = input;
        var isFresh = false;
        foreach (var layer in layers)
        {
            var y = layer.Run(x);
            if (ReferenceEquals(y, x))
                continue;
            // What is not fresh may belong to a module or share its memory; the caller's dispose scope has it.
            if (isFresh)
                x.Dispose();
            (x, isFresh) = (y, layer.IsFresh);
        }

        return ReferenceEquals(x, input) ? input.alias() : x;
    }

    /// <summary>
    /// Like <see cref="Run"/>, at most <paramref name="most"/> rows at once, so that what stands between two layers stays in the processor's cache;
    /// the rows of the result lie along <paramref name="rows"/>.
    /// </summary>
    public Tensor RunInParts(Tensor input, long most, int rows = 0)
    {
        var count = input.size(0);
        if (count <= most)
            return Run(input);
        var parts = new List<Tensor>();
        for (var start = 0L; start < count; start += most)
        {
            using var scope = NewDisposeScope();
            parts.Add(Run(input.narrow(0, start, Math.Min(most, count - start))).MoveToOuterDisposeScope());
        }

        var joined = cat(parts, rows);
        parts.ForEach(part => part.Dispose());
        return joined;
    }

    /// <summary>Largest magnitude of an output for inputs of magnitude up to <paramref name="input"/>; infinity where nothing is known.</summary>
    public double Bound(double input) => layers.Aggregate(input, (bound, layer) => layer.Bound(bound));

    /// <summary>The same network without its first layer, which it no longer owns.</summary>
    public FrozenNetwork WithoutFirst() => new([.. layers.Skip(1)]) { FoldedNorms = FoldedNorms, OwnForward = OwnForward };

    /// <summary>A network of its own with the same values in another layout and type. Modules with their own forward are shared with this one and run in float32.</summary>
    public FrozenNetwork Variant(bool channelsLast, ScalarType precision, Tensor? sample = null)
    {
        var flattens = channelsLast && sample is not null ? PixelFlattens(sample) : [];
        var variant = new List<FrozenLayer>();
        var type = ScalarType.Float32;
        for (var i = 0; i < layers.Count; i++)
        {
            var layer = flattens.TryGetValue(i, out var replaced) ? replaced : layers[i];
            var wanted = layer switch
            {
                ModuleLayer => ScalarType.Float32,
                ConvLayer or LinearLayer or ScaleLayer => precision,
                _ => type,
            };
            if (wanted != type)
                variant.Add(new CastLayer(wanted));
            type = wanted;
            variant.Add(Changed(layer, channelsLast, precision));
            if (!ReferenceEquals(layer, layers[i]))
                layer.Dispose();
        }

        if (type != ScalarType.Float32)
            variant.Add(new CastLayer(ScalarType.Float32));
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
    /// Flattening [C, H, W] copies when the channels lie last in memory. Where a linear layer follows, the flattening goes by pixel instead and
    /// the columns of the layer's weights change places with it.
    /// </summary>
    Dictionary<int, FrozenLayer> PixelFlattens(Tensor sample)
    {
        using var scope = NewDisposeScope();
        var replaced = new Dictionary<int, FrozenLayer>();
        var x = sample;
        for (var i = 0; i < layers.Count; i++)
        {
            if (x.dim() == 4 && i + 1 < layers.Count && layers[i] is FlattenLayer { IsWhole: true } && layers[i + 1] is LinearLayer linear)
            {
                var byPixel = linear.Weight.view(linear.Weight.size(0), x.size(1), x.size(2), x.size(3)).permute(0, 2, 3, 1).flatten(1);
                replaced.Add(i, new PixelFlattenLayer());
                replaced.Add(i + 1, new LinearLayer(byPixel, linear.Bias));
            }

            x = layers[i].Run(x);
        }

        return replaced;
    }

    /// <summary>Disposes what the networks kept do not use.</summary>
    public void DisposeExcept(params IEnumerable<FrozenNetwork> kept)
    {
        foreach (var layer in layers.Except(kept.SelectMany(network => network.Layers)))
            layer.Dispose();
    }

    public void Dispose() => DisposeExcept();
}
