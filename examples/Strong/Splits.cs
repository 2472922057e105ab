using Ensembles;
using Ensembles.Data;

namespace Strong;

/// <summary>The test images of MNIST, each used for one thing.</summary>
/// <param name="Chosen">Ensembles are chosen on these.</param>
/// <param name="HeldOut">The winner is judged on these.</param>
/// <param name="Validation">The detector's thresholds are set on these.</param>
sealed record Splits(LabeledImages Chosen, LabeledImages HeldOut, LabeledImages Validation) : IDisposable
{
    /// <summary>The first 400, the next 1,000 and 1,000 after them.</summary>
    /// <param name="data">Where MNIST is.</param>
    public static Splits Of(DataFolder data)
    {
        using var test = data.Mnist(Subset.Test, Limit.First(2400));
        var (chosen, others) = test.Split(400);
        using (others)
        {
            var (heldOut, validation) = others.Split(1000);
            return new(chosen, heldOut, validation);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Chosen.Dispose();
        HeldOut.Dispose();
        Validation.Dispose();
    }
}
