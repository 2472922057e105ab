using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>The boundaries of the vote around the images of an active set, linearised.</summary>
public sealed partial class ActiveSet
{
    /// <summary>
    /// Of some target classes the one whose linearised boundary s_t = s_y is nearest to images [A, C, H, W] in place of
    /// those of the set, by |f_t| / ||grad f_t||_*: its lead f_t = s_t - s_y there, [A], and the gradient of it.
    /// </summary>
    /// <param name="images">Images, anywhere in [0, 1].</param>
    /// <param name="ranks">The target classes, 0 being the likeliest on the clean image.</param>
    public (Tensor Lead, Tensor Normal) NearestBoundary(Tensor images, IReadOnlyList<int> ranks)
    {
        using var scope = NewDisposeScope();
        var here = Follow(images);
        Tensor[] leads = [.. ranks.Select(here.Lead)];
        var seen = new List<float[]>();
        Tensor[] normals = [.. leads.Select(GradientOf)];
        foreach (var largest in seen)
            batch.NoteGradients(rows, largest, new bool[rows.Length]);
        Tensor[] values = [.. leads.Select(lead => here.MeanOverDraws(lead.detach()))];
        if (ranks.Count == 1)
            return (values[0].MoveToOuterDisposeScope(), normals[0].MoveToOuterDisposeScope());
        var distances = stack(normals.Zip(values, (g, f) => f.abs() / (Ball.Gain(g) + 1e-12)));
        var nearest = distances.argmin(0, keepdim: true);
        var value = stack(values).gather(0, nearest).squeeze(0);
        var place = nearest.view(1, -1, 1, 1, 1).expand([1, .. images.shape]);
        var normal = stack(normals).gather(0, place).squeeze(0);
        return (value.MoveToOuterDisposeScope(), normal.MoveToOuterDisposeScope());

        Tensor GradientOf(Tensor lead)
        {
            var gradient = batch.Defense.Gradient(lead, here, out var largest) / here.Draws;
            batch.Defense.Watch(gate: null, largest.Any(size => size > 0));
            seen.Add(largest);
            return gradient;
        }
    }
}
