namespace Ensembles;

/// <summary>
/// Orders and divisions of images wherever they are: the same for those in memory, which are copied, and for those read
/// when they are asked for, which are read then.
/// </summary>
public static class ImageDivisions
{
    /// <summary>The images in an order drawn from <paramref name="seed"/>.</summary>
    /// <param name="images">The images, which have to outlive the result.</param>
    /// <param name="seed">The seed.</param>
    public static ILabeledImages Shuffle(this ILabeledImages images, int seed) =>
        images.Chosen(Places.Shuffled(images.Count, seed));

    /// <summary>
    /// <paramref name="firstCount"/> images and the others, such as for training and for validation: every class
    /// divided in the same proportion, up to one image, each part in the order the images have.
    /// </summary>
    /// <param name="images">The images, which have to outlive both parts.</param>
    /// <param name="firstCount">How many the first part has.</param>
    /// <exception cref="ArgumentOutOfRangeException">A count outside [0, N].</exception>
    public static (ILabeledImages First, ILabeledImages Others) SplitStratified(
        this ILabeledImages images, int firstCount)
    {
        var (first, others) = Places.Stratified(images, firstCount);
        return (images.Chosen(first), images.Chosen(others));
    }

    static ILabeledImages Chosen(this ILabeledImages images, long[] places) =>
        images is LabeledImages inMemory ? inMemory.Select(places) : new SelectedImages(images, places);
}
