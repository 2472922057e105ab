namespace Ensembles.Training;

/// <summary>Checks before a training starts.</summary>
static class TrainingChecks
{
    /// <summary>Throws unless the network has an output for each class of the training images, and no others.</summary>
    public static void ThrowIfOtherClasses(this FeatureNetwork network, ILabeledImages training)
    {
        if (network.ClassCount != training.ClassCount)
            throw new ArgumentException(
                $"The network has {network.ClassCount} classes and the training images have {training.ClassCount}: "
                + $"make the network factory for {training.ClassCount} classes.",
                nameof(training));
    }
}
