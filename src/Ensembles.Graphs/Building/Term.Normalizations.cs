namespace Ensembles.Graphs;

/// <summary>Normalisations, under torch's names and with torch's meaning.</summary>
public sealed partial record Term
{
    /// <summary>Divided by its Euclidean norm along a dimension, which counts as at least eps.</summary>
    public Term normalize(long dim = 1, double eps = 1e-12) =>
        this / Of(new Reduce(ReduceFunction.ReduceL2, [dim])).clamp_min(eps);

    /// <summary>Each channel normalised by a given mean and variance.</summary>
    public Term batch_norm(
        Term running_mean, Term running_var, Term? weight = null, Term? bias = null, double eps = 1e-5) =>
        Of(
            new BatchNormalization((float)eps),
            weight ?? running_var * 0 + 1, bias ?? running_mean * 0, running_mean, running_var);

    /// <summary>The last dimensions less their mean, divided by their deviation, times a weight, plus a bias.</summary>
    public Term layer_norm(long[] normalized_shape, Term? weight = null, Term? bias = null, double eps = 1e-5)
    {
        var normalization = new LayerNormalization(-normalized_shape.Length, (float)eps);
        var scale = weight ?? Filled(1, normalized_shape);
        return bias is null ? Of(normalization, scale) : Of(normalization, scale, bias);
    }

    /// <summary>
    /// Each channel of each image less its mean, divided by its deviation, times a weight [C], plus a bias [C].
    /// </summary>
    public Term instance_norm(Term? weight = null, Term? bias = null, double eps = 1e-5)
    {
        long[] channels = [Shape[1].Number];
        return Of(new InstanceNormalization((float)eps), weight ?? Filled(1, channels), bias ?? Filled(0, channels));
    }

    /// <summary>
    /// Each group of channels of each image less its mean, divided by its deviation; then each channel times a weight
    /// [C], plus a bias [C].
    /// </summary>
    public Term group_norm(long num_groups, Term? weight = null, Term? bias = null, double eps = 1e-5)
    {
        if (Shape.Count < 2 || num_groups < 1 || Shape[1].Number % num_groups != 0)
            throw new GraphException($"The channels of {Shape} do not fall into {num_groups} groups.");
        var grouped = reshape(Shape[0], num_groups, -1).instance_norm(eps: eps).reshape([.. Shape]);
        long[] channels = [-1, .. Shape.Skip(2).Select(_ => 1L)];
        Term OfChannels(Term numbers) => numbers.reshape([.. channels.Select(size => new Dimension(size))]);
        var scaled = weight is null ? grouped : grouped * OfChannels(weight);
        return bias is null ? scaled : scaled + OfChannels(bias);
    }

    Term Filled(double number, long[] shape) => this with
    {
        Value = Graph.Constant(
            TorchSharp.torch.full(shape, number, dtype: Value.Type.Type), number == 0 ? "zeros" : "ones"),
    };
}
