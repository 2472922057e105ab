using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// Runs M networks of one architecture on the same images as one network: convolutions side by side as groups of one
/// convolution, linear layers as one batched product. A small batch is bound by the number of operations, and there are
/// M times fewer of them.
/// </summary>
static class Stacking
{
    /// <summary>How the M members' values lie beside each other between two layers.</summary>
    enum Form
    {
        /// <summary>All members see the same values.</summary>
        Shared,

        /// <summary>[N, M C, H, W], the channels of one member after those of another.</summary>
        Channels,

        /// <summary>[M, N, F].</summary>
        Matrices,
    }

    /// <summary>
    /// The networks as one that gives [M, N, K]; null where one of the layers, or their order, has no such form.
    /// </summary>
    public static FrozenNetwork? Of(IReadOnlyList<FrozenNetwork> alike)
    {
        using var scope = NewDisposeScope();
        var stacked = new List<FrozenLayer>();
        var form = Form.Shared;
        for (var i = 0; i < alike[0].Layers.Count; i++)
        {
            if (Joined([.. alike.Select(network => network.Layers[i])], ref form) is not { } layer)
            {
                new FrozenNetwork(stacked).DisposeExcept(alike);
                return null;
            }

            stacked.Add(layer);
        }

        var network = new FrozenNetwork(stacked);
        if (form == Form.Matrices)
            return network;
        network.DisposeExcept(alike);
        return null;
    }

    static FrozenLayer? Joined(FrozenLayer[] layers, ref Form form)
    {
        var members = layers.Length;
        switch (layers[0], form)
        {
            case (ConvLayer { Groups: 1 } first, Form.Shared):
                form = Form.Channels;
                return first.With(Weights(layers), 1);
            case (ConvLayer first, Form.Channels):
                return first.With(Weights(layers), first.Groups * members);
            case (ScaleLayer { Scale: var scale }, Form.Channels) when scale.dim() == 3:
                return new ScaleLayer(WeightSource.Of(() => Joined(layers)));
            case (FlattenLayer { IsWhole: true }, Form.Channels):
                form = Form.Matrices;
                return new SplitLayer(members, byPixel: false);
            case (PixelFlattenLayer, Form.Channels):
                form = Form.Matrices;
                return new SplitLayer(members, byPixel: true);
            case (LinearLayer, Form.Shared):
                form = Form.Matrices;
                return new SharedLinearLayer(members, layers);
            case (LinearLayer, Form.Matrices):
                return new BatchedLinearLayer(layers);
            case (ReluLayer or CastLayer, _) or (ChannelwiseLayer, Form.Shared or Form.Channels) or (
                FlattenLayer { IsWhole: true } or PixelFlattenLayer, Form.Shared):
                return layers[0];
            default:
                return null;
        }
    }

    static WeightSource Weights(FrozenLayer[] layers) => WeightSource.Of(() =>
    {
        var joined = Joined(layers);
        // Joining may lose the layout.
        var isLaid = ((ConvLayer)layers[0]).Weight.stride(1) == 1;
        return isLaid ? joined with { Weight = ConvLayer.ChannelsLast(joined.Weight) } : joined;
    });

    static LayerWeights Joined(FrozenLayer[] layers)
    {
        var weighted = layers.Cast<WeightedLayer>().ToList();
        var bias = weighted[0].Bias is null ? null : cat([.. weighted.Select(layer => layer.Bias!)]);
        return new LayerWeights(cat([.. weighted.Select(layer => layer.Weight)]), bias);
    }

    /// <summary>[N, M C, H, W] to [M, N, F], with the features in the order the linear layers expect.</summary>
    sealed class SplitLayer(int members, bool byPixel) : FrozenLayer
    {
        public override string Architecture => "split and flatten";

        public override bool IsFresh => false;

        public override Tensor Run(Tensor x)
        {
            var (n, c, h, w) = (x.size(0), x.size(1) / members, x.size(2), x.size(3));
            using var apart = byPixel
                ? x.permute(0, 2, 3, 1).reshape(n, h, w, members, c).permute(3, 0, 1, 2, 4)
                : x.reshape(n, members, c, h, w).transpose(0, 1);
            return apart.reshape(members, n, -1);
        }

        public override string Script(ScriptText text, string x)
        {
            var n = text.Let($"torch.size({x}, 0)");
            var channels = text.Let($"torch.size({x}, 1) // {members}");
            var apart = byPixel
                ? $"torch.permute(torch.reshape(torch.permute({x}, [0, 2, 3, 1]), [{n}, torch.size({x}, 2), "
                    + $"torch.size({x}, 3), {members}, {channels}]), [3, 0, 1, 2, 4])"
                : $"torch.transpose(torch.reshape({x}, [{n}, {members}, {channels}, torch.size({x}, 2), "
                    + $"torch.size({x}, 3)]), 0, 1)";
            return text.Let($"torch.reshape({apart}, [{members}, {n}, -1])");
        }
    }

    /// <summary>M linear layers on the same [N, F].</summary>
    sealed class SharedLinearLayer(int members, FrozenLayer[] layers) : FrozenLayer
    {
        readonly LinearLayer joined = Join(layers);

        public override string Architecture => $"{members} linear layers on one input";

        public override Tensor Run(Tensor x)
        {
            using var y = joined.Run(x);
            return y.view(y.size(0), members, -1).transpose(0, 1);
        }

        public override string Script(ScriptText text, string x)
        {
            var y = joined.Script(text, x);
            return text.Let($"torch.transpose(torch.reshape({y}, [torch.size({y}, 0), {members}, -1]), 0, 1)");
        }

        static LinearLayer Join(FrozenLayer[] layers)
        {
            using var scope = NewDisposeScope();
            return new LinearLayer(WeightSource.Of(() => Joined(layers)));
        }

        public override void Dispose() => joined.Dispose();
    }

    /// <summary>M linear layers, each on its own part of [M, N, F].</summary>
    sealed class BatchedLinearLayer : FrozenLayer
    {
        readonly Tensor weight;
        readonly Tensor? bias;

        public BatchedLinearLayer(FrozenLayer[] layers)
        {
            using var scope = NewDisposeScope();
            var linears = layers.Cast<LinearLayer>().ToList();
            weight = Own(stack([.. linears.Select(layer => layer.Weight)]).transpose(1, 2));
            bias = linears[0].Bias is null ? null : Own(stack([.. linears.Select(layer => layer.Bias!)]).unsqueeze(1));
        }

        public override string Architecture => "batched linear layers";

        public override Tensor Run(Tensor x)
        {
            var y = bmm(x, weight);
            return bias is null ? y : y.add_(bias, Constant.Of(1));
        }

        public override string Script(ScriptText text, string x) => text.Let(bias is null
            ? $"torch.bmm({x}, {text.Held(weight)})"
            : $"torch.baddbmm({text.Held(bias)}, {x}, {text.Held(weight)})");

        public override void Dispose()
        {
            weight.Dispose();
            bias?.Dispose();
        }
    }
}
