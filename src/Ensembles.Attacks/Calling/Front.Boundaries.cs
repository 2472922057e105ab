using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>The boundaries of the vote around the images of a front, linearised.</summary>
sealed partial class Front
{
    /// <summary>The leads s_k - s_y [A] of wrong classes over the true one, and their gradients.</summary>
    (Tensor[] Values, Tensor[] Gradients) Linearize(Tensor images, IReadOnlyList<int> ranks)
    {
        using var scope = NewDisposeScope();
        var look = Track(images);
        Tensor[] leads = [.. ranks.Select(look.View.Lead)];
        Tensor[] gradients = [.. leads.Select(Gradient)];
        return ([.. leads.Select(lead => look.View.MeanOverDraws(lead.detach()).MoveToOuterDisposeScope())], [.. gradients.Select(g => g.MoveToOuterDisposeScope())]);

        Tensor Gradient(Tensor lead)
        {
            var gradient = look.Gradient(lead, batch.Victim, out var largest) / look.View.Draws;
            batch.Victim.Watch(gate: null, largest.Any(size => size > 0));
            return gradient;
        }
    }

    /// <summary>
    /// Of some wrong classes the one whose linearised boundary s_k = s_y is nearest to images [A, C, H, W] in place of those of the front,
    /// by |f_k| / ||grad f_k||_*: its lead f_k [A] there, and the gradient of it.
    /// </summary>
    /// <param name="images">Images, anywhere in [0, 1].</param>
    /// <param name="ranks">The wrong classes, 0 being the likeliest on the clean image.</param>
    public (Tensor Lead, Tensor Normal) NearestBoundary(Tensor images, IReadOnlyList<int> ranks)
    {
        using var scope = NewDisposeScope();
        var (values, gradients) = Linearize(images, ranks);
        var distances = stack(gradients.Zip(values, (g, f) => f.abs() / (batch.Ball.Gain(g) + 1e-12)));
        var nearest = distances.argmin(0, keepdim: true);
        var lead = stack(values).gather(0, nearest).squeeze(0);
        var normal = stack(gradients).gather(0, nearest.view(1, -1, 1, 1, 1).expand([1, .. images.shape])).squeeze(0);
        return (lead.MoveToOuterDisposeScope(), normal.MoveToOuterDisposeScope());
    }
}
