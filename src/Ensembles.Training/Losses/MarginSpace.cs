namespace Ensembles.Training;

/// <summary>Where a margin of the logits is measured, by its gradient there.</summary>
public enum MarginSpace
{
    /// <summary>
    /// Among the features. Where the head is linear it is their distance to the decision between both classes.
    /// </summary>
    Features,

    /// <summary>
    /// Among the images, in pixel values: about how far an image is from the decision, in L2. It takes a second pass
    /// back through the network.
    /// </summary>
    Images,
}
