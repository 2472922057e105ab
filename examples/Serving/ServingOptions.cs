namespace Serving;

/// <summary>
/// What may be set: in the environment (<c>Serving__BatchSize</c>) or with <c>--Serving:BatchSize=64</c>.
/// </summary>
sealed record ServingOptions
{
    /// <summary>The file of the trained ensemble; where it is missing the first start trains, and writes it.</summary>
    public string Weights { get; init; } = Path.Combine("artifacts", "serving", "guarded.safetensors");

    /// <summary>The most images that are decided on together, 1 or more.</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>The most images that wait, 1 or more; further requests are answered with 503.</summary>
    public int QueueLength { get; init; } = 256;

    /// <exception cref="ArgumentOutOfRangeException">A number that makes no sense.</exception>
    public ServingOptions Checked()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(QueueLength, 1);
        return this;
    }
}
